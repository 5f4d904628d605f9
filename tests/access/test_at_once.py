"""Fifty who bring one link, or one code, at the same moment: one is let in."""

from __future__ import annotations

import asyncio

import pytest

from bot import tokens
from bot.channels import Asked, Incoming
from bot.fieldwork import appointments
from flows.actions import Command
from storage import administrators, people
from tests.bot.workspace.companies import founded
from tests.invited import invited, someone

SURVEY = "asi-certification-survey-2021"
PEOPLE = 50


async def bring(talk, name, secret):
    """What came of it for each; everybody comes from a place of their own."""

    async def one(number):
        said = Asked(Command(name, secret))
        (outcome,) = await talk.take([Incoming("web", f"{number}", said, renewed=f"new {number}")])
        return outcome

    return await asyncio.gather(*(one(number) for number in range(PEOPLE)))


@pytest.mark.timeout(120)
async def test_a_link_is_redeemed_once(fieldwork):
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("one-link"))

    outcomes = await bring(fieldwork, "start", "one-link")

    assert sorted(each.refused for each in outcomes) == [False] + [True] * (PEOPLE - 1)
    assert len({each.notices for each in outcomes if each.refused}) == 1
    cards = [await fieldwork.current("web", f"new {number}") for number in range(PEOPLE)]
    assert sum(each.card.name == "introduction" for each in cards) == 1


@pytest.mark.timeout(120)
async def test_a_colleagues_link_is_redeemed_once(fieldwork):
    acme = await founded(fieldwork, "Acme", "Olga")
    link = await acme.link_for("Ben")

    outcomes = await bring(fieldwork, "start", link)

    assert sum(not each.refused for each in outcomes) == 1
    assert len({each.notices for each in outcomes if each.refused}) == 1


@pytest.mark.timeout(120)
async def test_a_code_is_taken_once(fieldwork):
    acme = await founded(fieldwork, "Acme", "Olga")
    (page,) = (await acme.owner.asks("code")).pages
    code = page.card.paragraphs[0].split(": ")[1].split(" ")[0]

    outcomes = await bring(fieldwork, "continue", code)

    assert sum(not each.refused for each in outcomes) == 1
    async with fieldwork.database.reading() as tx:
        olga = await people.at_address(tx, "web", acme.owner.address)
        assert len([c for c, _ in await people.addresses(tx, olga.id) if c != people.MAIL]) == 2


@pytest.mark.timeout(120)
async def test_an_owners_code_makes_one_owner(fieldwork):
    code = await appointments.first_code(fieldwork.database, fieldwork.house.universe)

    outcomes = await bring(fieldwork, "claim", code)

    assert sum(not each.refused for each in outcomes) == 1
    async with fieldwork.database.reading() as tx:
        assert [each.role for each in await administrators.every(tx)] == ["owner"]


@pytest.mark.timeout(120)
async def test_one_browser_that_presses_fifty_times_is_let_in_as_one(fieldwork):
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("one-link"))
    press = Incoming("web", "old", Asked(Command("start", "one-link")), renewed="new")
    outcomes = await asyncio.gather(*(fieldwork.take([press]) for _ in range(PEOPLE)))

    assert not any(each.refused for (each,) in outcomes)
    assert (await fieldwork.current("web", "new")).card.name == "introduction"
    async with fieldwork.database.reading() as tx:
        assert await people.at_address(tx, "web", "old") is None
