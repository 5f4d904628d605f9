"""A link that opens nothing says nothing of itself: wrong, used, expired, revoked, over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from bot import tokens
from bot.channels import Asked, Incoming
from bot.fieldwork import fielding
from flows.actions import Command
from storage import rounds
from storage.tables import round_, token
from tests.access.pages import browser
from tests.bot.workspace.companies import BENCHMARK, founded
from tests.invited import invited, someone

SURVEY = "asi-certification-survey-2021"
DEAD = ("wrong", "used", "expired", "revoked", "closed", "colleague-used", "colleague-revoked")


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
async def dead(fieldwork, clock):
    """The links that open nothing any more, by what befell them."""
    talk = fieldwork
    found = {each: f"link-that-is-{each}" for each in DEAD}
    acme = await founded(talk, "Acme", "Olga")
    found["colleague-used"] = await acme.link_for("Ben")
    await talk.take([Incoming("web", "ben", Asked(Command("start", found["colleague-used"])))])
    found["colleague-revoked"] = await acme.link_for("Cleo")
    team = (await talk.page("web", acme.owner.address, "work.team")).card
    waiting = {
        each.action.argument.partition(".")[2]
        for each in (*(b for g in team.buttons for b in g), *team.lines)
        if each.action is not None and each.action.argument.startswith("waiting.")
    }
    assert waiting
    for each in waiting:
        await acme.owner.wants("work", f"revoke.{each}")
    now = talk.house.universe.seconds()
    async with talk.database.writing() as tx:
        of = await fielding.open_new(talk.house, tx, SURVEY)
        for each in ("used", "expired", "revoked"):
            ends = now - 1 if each == "expired" else now + 1_000_000
            who = someone(f"{each}@example.org")
            await invited(tx, who, SURVEY, tokens.digest(found[each]), expires_at=ends)
        who = someone("closed@example.org")
        closed = tokens.digest(found["closed"])
        await invited(tx, who, SURVEY, closed, round_name=of.name, expires_at=now + 1_000_000)
        await tx.execute(delete(token).where(token.c.token_hash == tokens.digest(found["revoked"])))
    await talk.take([Incoming("web", "first", Asked(Command("start", found["used"])))])
    async with talk.database.writing() as tx:
        kept = next(each for each in await rounds.every(tx) if each.round == of)
        await fielding.close(talk.house, tx, kept.round)
    clock.passes(days=1)
    return found


async def test_on_the_page_they_are_answered_alike_byte_for_byte(fieldwork, dead):
    looked, pressed = set(), set()
    for link in dead.values():
        async with browser(fieldwork) as client:
            looked.add((await client.get(f"/i/{link}")).text.replace(link, "LINK"))
        async with browser(fieldwork) as client:
            answer = await client.post(f"/i/{link}")
            pressed.add((answer.status_code, answer.text, str(dict(answer.headers))))

    assert len(looked) == 1
    assert len(pressed) == 1
    assert "closed" not in str(pressed)


@pytest.mark.parametrize("channel", ["telegram", "terminal", "web"])
async def test_at_every_door_they_are_answered_alike(fieldwork, dead, channel):
    outcomes = []
    for number, link in enumerate(dead.values()):
        at = Incoming(channel, f"{900 + number}", Asked(Command("start", link)))
        outcomes += await fieldwork.take([at])
        shown = await fieldwork.current(channel, at.address)
        outcomes[-1] = (outcomes[-1], replace(shown, stamp=""))

    assert all(outcome.refused for outcome, _ in outcomes)
    assert all(each == outcomes[0] for each in outcomes)


async def test_codes_that_are_wrong_used_or_late_are_answered_alike(fieldwork, clock):
    acme = await founded(fieldwork, "Acme", "Olga")

    async def made():
        (page,) = (await acme.owner.asks("code")).pages
        return page.card.paragraphs[0].split(": ")[1].split(" ")[0]

    used = await made()
    await fieldwork.take([Incoming("web", "new", Asked(Command("continue", used)))])
    late = await made()
    clock.passes(minutes=11)
    said = []
    for number, code in enumerate(("WRONG-CODES", used, late)):
        (each,) = await fieldwork.take(
            [Incoming("web", f"door {number}", Asked(Command("continue", code)))]
        )
        said.append(each)

    assert said[0].refused
    assert all(each == said[0] for each in said)


async def test_who_opened_it_is_told_that_the_round_is_over(fieldwork, clock):
    async with fieldwork.database.writing() as tx:
        of = await fielding.open_new(fieldwork.house, tx, SURVEY)
        ends = fieldwork.house.universe.seconds() + 9_000_000
        mine = tokens.digest("mine")
        await invited(tx, someone(), SURVEY, mine, round_name=of.name, expires_at=ends)
    mine = Incoming("web", "me", Asked(Command("start", "mine")))
    await fieldwork.take([mine])
    async with fieldwork.database.writing() as tx:
        await fielding.close(fieldwork.house, tx, of)
    clock.passes(days=1)
    (again,) = await fieldwork.take([mine])

    assert again.refused
    assert "closed" in again.notices[0]


async def test_a_round_that_opens_later_is_told_to_who_was_invited_and_they_keep_their_place(
    fieldwork, clock
):
    today = fieldwork.house.universe.now().date()
    async with fieldwork.database.writing() as tx:
        of = await fielding.open_new(fieldwork.house, tx, BENCHMARK)
        opens = (today + timedelta(days=2)).isoformat()
        await tx.execute(update(round_).where(round_.c.name == of.name).values(opens=opens))
        early = tokens.digest("early")
        ends = fieldwork.house.universe.seconds() + 9_000_000
        await invited(tx, someone(), BENCHMARK, early, round_name=of.name, expires_at=ends)
    async with browser(fieldwork) as client:
        first = await client.post("/i/early")
        clock.passes(days=3)
        second = await client.post("/i/early")

    assert first.status_code == 422
    assert second.status_code == 303
