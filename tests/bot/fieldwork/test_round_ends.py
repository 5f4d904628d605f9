"""A round begins, ends and goes on under the hands of whoever answers."""

from __future__ import annotations

from datetime import UTC, date
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot import tokens
from bot.channels import Incoming, Outcome, Typed
from bot.fieldwork import fielding, figures
from flows.rounds import Round
from storage import mixing, participation, people, requests, rounds
from storage.mixing import Mixing
from tests.bot.fieldwork.desks import SURVEY, AtDesk, appointed, words
from tests.invited import invited, someone

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.conversation import Conversation

CLOSED = "This is closed: no more answers are taken. Thank you."
NUMBERS = count(1)


async def held(
    talk: Conversation, opens: date, closes: date | None, zone: tzinfo = UTC, name: str = "spring"
) -> Round:
    """A round, and Mei who is invited to it and opened her link in Telegram."""
    of = Round(SURVEY, name, opens, closes, zone)
    token = f"link-{next(NUMBERS)}"
    async with talk.database.writing() as tx:
        assert await fielding.plan(tx, of)
        await invited(tx, someone(), SURVEY, tokens.digest(token), round_name=name)
    await AtDesk(talk, "7").asks("start", token)
    return of


async def says(talk: Conversation, text: str) -> Outcome:
    (outcome,) = await talk.take([Incoming("telegram", "7", Typed(text))])
    return outcome


async def at_a_question(talk: Conversation) -> str:
    """Mei begins; the name of the question she is at."""
    await AtDesk(talk, "7").asks("take", SURVEY)
    await says(talk, "start")
    await says(talk, "1")
    shown = (await talk.current("telegram", "7")).card
    assert shown.name == "choice"
    return shown.title


async def state(talk: Conversation, name: str = "spring") -> str | None:
    async with talk.database.reading() as tx:
        person = await people.at_address(tx, "telegram", "7")
        assert person is not None
        return await participation.state(tx, person.id, SURVEY, name)


async def test_nobody_begins_before_the_first_day(fieldwork, clock):
    await held(fieldwork, date(2026, 11, 24), None, ZoneInfo("Asia/Shanghai"))

    early = await AtDesk(fieldwork, "7").asks("take", SURVEY)
    assert early.notices == ("This is not open yet.",)
    clock.at = clock.at.replace(hour=16)  # midnight in Shanghai

    assert not (await AtDesk(fieldwork, "7").asks("take", SURVEY)).refused


async def test_an_answer_that_was_on_its_way_at_the_end_counts_and_a_later_one_does_not(
    fieldwork, clock
):
    await held(fieldwork, date(2026, 11, 1), date(2026, 11, 23))
    await at_a_question(fieldwork)

    clock.at = clock.at.replace(day=24, hour=0, minute=0, second=59)
    assert not (await says(fieldwork, "1")).refused
    clock.passes(seconds=1)

    assert (await says(fieldwork, "2")).notices == (CLOSED,)


async def test_a_round_that_goes_on_goes_on_at_the_same_question(fieldwork, clock):
    of = await held(fieldwork, date(2026, 11, 1), date(2026, 11, 23))
    question = await at_a_question(fieldwork)
    clock.passes(days=1)
    async with fieldwork.database.writing() as tx:
        await fielding.every_round_in_time(fieldwork.house, tx, clock.at)
    assert await state(fieldwork) == "expired"
    assert (await fieldwork.current("telegram", "7")).card.name == "home"
    assert (await AtDesk(fieldwork, "7").asks("take", SURVEY)).notices == (CLOSED,)

    async with fieldwork.database.writing() as tx:
        await fielding.extend(fieldwork.house, tx, of, date(2026, 12, 6))
    assert await state(fieldwork) == "begun"
    await AtDesk(fieldwork, "7").asks("take", SURVEY)

    assert (await fieldwork.current("telegram", "7")).card.title == question


async def test_what_was_sent_stays_sent_when_the_round_ends(fieldwork, clock):
    of = await held(fieldwork, date(2026, 11, 1), None)
    await at_a_question(fieldwork)
    async with fieldwork.database.writing() as tx:
        person = await people.at_address(tx, "telegram", "7")
        assert await participation.finish(tx, person.id, SURVEY, "spring")

        await fielding.close(fieldwork.house, tx, of)

    assert await state(fieldwork) == "finished"


async def test_a_list_is_not_invited_to_a_round_that_was_closed_meanwhile(fieldwork):
    of = await held(fieldwork, date(2026, 11, 1), None)
    desk = await appointed(fieldwork)
    await desk.uploads("name,company,email,language,certification,certified_on\n"
                       "Jan,Co,jan@example.org,en,,")  # fmt: skip
    yes = await desk.finds("admin.upload", "links!", "spring")
    async with fieldwork.database.writing() as tx:
        await fielding.close(fieldwork.house, tx, of)

    assert (await desk.wants(yes)).refused
    async with fieldwork.database.reading() as tx:
        assert await people.at_address(tx, "mail", "jan@example.org") is None


async def test_nobody_is_let_into_a_round_that_is_over_and_they_go_on_waiting(fieldwork):
    await AtDesk(fieldwork, "8").asks("ask", "Jan of Co")
    desk = await appointed(fieldwork)
    let_in = await desk.finds("admin.people", "approve.", "ASI")
    async with fieldwork.database.writing() as tx:
        await fielding.close(fieldwork.house, tx, await rounds.get(tx, SURVEY, "open"))

    assert (await desk.wants(let_in)).notices == (CLOSED,)
    async with fieldwork.database.reading() as tx:
        assert await requests.count(tx) == 1


async def test_when_very_many_wait_nobody_more_can_ask(fieldwork, monkeypatch):
    monkeypatch.setattr("bot.commands.MOST_WAITING", 2)
    said = [await AtDesk(fieldwork, str(n)).asks("ask", "Jan of Co") for n in range(3)]

    assert [each.refused for each in said] == [False, False, True]
    async with fieldwork.database.reading() as tx:
        assert await requests.count(tx) == 2


async def test_who_is_turned_away_is_told_in_the_chat(fieldwork):
    await AtDesk(fieldwork, "8").asks("ask", "Jan of Co")
    desk = await appointed(fieldwork)
    away = await desk.finds("admin.people", "refuse.")

    assert not (await desk.wants(away)).refused

    async with fieldwork.database.reading() as tx:
        assert await requests.count(tx) == 0
    shown, _ = await fieldwork.redrawn("telegram", "8", "asked_refused:0")
    assert shown.card.notices
    assert "Nobody" in words(await desk.sees("admin.people"))


async def test_a_yes_to_one_person_lets_no_other_in(fieldwork):
    await AtDesk(fieldwork, "8").asks("ask", "Alice of Acme")
    desk = await appointed(fieldwork)
    for_alice = await desk.finds("admin.people", "approve.", "ASI")
    await desk.wants(for_alice.replace("approve", "refuse").rpartition(".")[0])
    await AtDesk(fieldwork, "7").asks("ask", "Mallory")

    assert (await desk.wants(for_alice)).refused

    async with fieldwork.database.reading() as tx:
        assert await requests.count(tx) == 1


@pytest.mark.parametrize(("people_there", "told"), [(4, False), (5, True)])
async def test_where_people_stopped_is_said_from_five_up(fieldwork, people_there, told):
    of = await held(fieldwork, date(2026, 11, 1), None)
    for number in range(people_there):
        talk = AtDesk(fieldwork, str(100 + number))
        token = f"one-of-{people_there}-{number}"
        async with fieldwork.database.writing() as tx:
            contact = someone(f"{number}@example.org")
            await invited(tx, contact, SURVEY, tokens.digest(token), round_name="spring")
        await talk.asks("start", token)
        await talk.asks("take", SURVEY)
        await fieldwork.take([Incoming("telegram", talk.address, Typed("start"))])

    async with fieldwork.database.reading() as tx:
        standing = await figures.standing(fieldwork.house, tx, of)
        found = await figures.gathered(fieldwork.house, tx, of, standing, None)

    assert [each.stopped for each in found.drop_outs] == ([5] if told else [])


async def test_a_press_at_a_draft_of_a_closed_round_is_refused_and_kept_as_it_was(fieldwork):
    of = await held(fieldwork, date(2026, 11, 1), None)
    question = await at_a_question(fieldwork)
    async with fieldwork.database.writing() as tx:
        await rounds.keep(tx, Round(of.instrument, of.name, of.opens, date(2026, 11, 20)))

    assert (await says(fieldwork, "2")).notices == (CLOSED,)
    assert (await fieldwork.current("telegram", "7")).card.title == question


async def test_a_round_that_is_over_for_good_offers_no_extension(fieldwork: Conversation) -> None:
    desk = await appointed(fieldwork)
    of = await held(fieldwork, date(2026, 11, 1), date(2026, 11, 2))
    (number,) = [each.id for each in await every_round(fieldwork) if each.round == of]
    assert await desk.finds(f"admin.round.{number}", "extend") == f"extend.{number}"

    async with fieldwork.database.writing() as tx:
        await mixing.keep(tx, SURVEY, of.name, Mixing(final=True))

    shown = await desk.sees(f"admin.round.{number}")
    assert "This round is over for good" in words(shown)
    assert "extend" not in str(shown.buttons)


async def every_round(talk: Conversation) -> list[rounds.Kept]:
    async with talk.database.reading() as tx:
        return list(await rounds.every(tx))
