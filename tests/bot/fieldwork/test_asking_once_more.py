"""Whatever sends or gives out asks once more, with the number of people that it reaches."""

from __future__ import annotations

import pytest

from bot import tokens
from bot.channels import Asked, Incoming
from bot.fieldwork import reminders as planning
from flows.actions import Command
from storage import people, reminders, rounds
from tests.bot.fieldwork.desks import SURVEY, AtDesk, appointed, words
from tests.invited import invited, someone


@pytest.fixture
async def desk(fieldwork):
    async with fieldwork.database.writing() as tx:
        of = await rounds.get(tx, SURVEY, "open")
        for n in range(3):
            person = await invited(tx, someone(f"{n}@x.org"), SURVEY, bytes([n]) * 32)
            await planning.plan(fieldwork.house, tx, await people.get(tx, person), of)
    return await appointed(fieldwork, "survey")


async def asked(talk):
    async with talk.database.reading() as tx:
        return (await reminders.tally(tx, SURVEY, "open"))["asked"]


async def round_page(desk):
    page = await desk.sees("admin")
    line = next(each for each in page.lines if "ASI" in each.label)
    return line.action.argument.partition(".")[2]


async def test_reminding_names_whom_it_reaches_and_reaches_them(desk, fieldwork):
    number = await round_page(desk)

    assert "Up to 5 people get their next reminder" in words(
        await desk.sees(f"admin.sure.remind.{number}")
    )
    assert await asked(fieldwork) == 0
    assert not (await desk.agrees(f"admin.sure.remind.{number}", "remind")).refused
    assert await asked(fieldwork) == 3


async def test_a_yes_is_too_old_after_two_minutes(desk, fieldwork, clock):
    number = await round_page(desk)
    yes = await self_yes(desk, number)
    clock.passes(seconds=121)

    assert (await desk.wants(yes)).refused
    assert await asked(fieldwork) == 0


async def test_a_yes_to_another_number_is_none(desk, fieldwork):
    number = await round_page(desk)
    yes = await self_yes(desk, number)
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone("new@x.org"), SURVEY, bytes([9]) * 32)
        (slot,) = await reminders.due(tx, 2**40, 1, "telegram")
        await reminders.decide(tx, slot.id, "skipped:late")
        assert (
            await reminders.can_be_reminded(
                tx, (SURVEY, "open"), frozenset({"invited"}), ("telegram", "mail")
            )
            == 3
        )
        for each in await reminders.due(tx, 2**40, 99, "telegram"):
            await reminders.decide(tx, each.id, "skipped:late")

    assert (await desk.wants(yes)).refused


async def test_a_yes_of_somebody_else_is_none(desk, fieldwork):
    number = await round_page(desk)
    yes = await self_yes(desk, number)
    other = await appointed(fieldwork, "owner", "2")

    assert (await other.wants(yes)).refused
    assert await asked(fieldwork) == 0


async def test_a_made_up_yes_is_none(desk, fieldwork):
    number = await round_page(desk)
    now = fieldwork.house.universe.seconds()

    for seal in ("", "00000000", "x"):
        assert (await desk.wants(f"remind!.{number}.3.{now}.{seal}")).refused
    assert (await desk.wants("remind!")).refused
    assert await asked(fieldwork) == 0


async def self_yes(desk, number):
    card = await desk.sees(f"admin.sure.remind.{number}")
    return card.buttons[0][0].action.argument


async def test_a_yes_counts_once(desk, fieldwork):
    number = await round_page(desk)
    card = await desk.sees(f"admin.sure.close.{number}")
    yes = card.buttons[0][0].action.argument
    assert not (await desk.wants(yes)).refused
    await desk.wants(f"extend.{number}.7")

    assert (await desk.wants(yes)).refused
    assert "closed" not in words(await desk.sees("admin"))


async def test_a_yes_is_to_the_round_as_it_was_shown(desk, fieldwork):
    number = await round_page(desk)
    yes = (await desk.sees(f"admin.sure.close.{number}")).buttons[0][0].action.argument
    other = await appointed(fieldwork, "owner", "2")
    await other.wants(f"extend.{number}.7")

    assert (await desk.wants(yes)).refused
    assert "closed" not in words(await desk.sees("admin"))


async def test_a_yes_counts_no_more_once_the_role_is_taken_away(desk, fieldwork):
    number = await round_page(desk)
    yes = await self_yes(desk, number)
    await appointed(fieldwork, "analyst")
    unknown = await desk.asks("nonsense")

    assert (await desk.wants(yes)).notices == unknown.notices
    assert await asked(fieldwork) == 0


async def test_a_closed_round_takes_no_answer_and_leads_to_the_front_page(desk, fieldwork):
    number = await round_page(desk)
    mei = AtDesk(fieldwork, "7", "web")
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("good"))
    await mei.asks("start", "good")

    await desk.agrees(f"admin.sure.close.{number}", "close")

    shown = await fieldwork.current("web", "7")
    assert shown.card.name == "home"
    assert shown.card.lines[0].detail == "closed"
    (outcome,) = await fieldwork.take([Incoming("web", "7", Asked(Command("take", SURVEY)))])
    assert outcome.notices == ("This is closed: no more answers are taken. Thank you.",)

    await desk.wants(f"extend.{number}.7")

    assert not (await mei.asks("take", SURVEY)).refused
    assert (await fieldwork.current("web", "7")).card.name == "introduction"
