"""Whoever planted the cookie of a browser does not come in with the one who is let in there."""

from __future__ import annotations

import hashlib
import re

import pytest

from bot import tokens
from bot.channels import Asked, Incoming
from bot.fieldwork import appointments
from flows.actions import Command
from storage import organisations, people
from tests.access.pages import browser, secret_of
from tests.bot.workspace.companies import BENCHMARK, Person, founded
from tests.invited import invited, someone

SURVEY = "asi-certification-survey-2021"
PLANTED = "p" * 43


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
async def link(fieldwork):
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("victims-link"))
    return "/i/victims-link"


async def sees(talk, secret):
    async with browser(talk, secret=secret) as client:
        return (await client.get("/")).text


async def takes_over_with(talk, code):
    said = Asked(Command("continue", code))
    (outcome,) = await talk.take([Incoming("telegram", "666", said)])
    return outcome


def code_on(page):
    (code,) = re.findall(r"Your code: (\w{5}-\w{5})", page.text)
    return code


def door(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


async def attacker_stands(talk, *, telegram=False):
    """The attacker has been at the pages with the secret, and perhaps gone on in Telegram."""
    async with browser(talk, secret=PLANTED) as client:
        await client.post("/language", data={"language": "en"})
    if not telegram:
        return
    async with talk.database.writing() as tx:
        await people.arrive(tx, "telegram", "666", "en", new_id="a" * 32, secret=b"s" * 16)
        there = await people.at_address(tx, "web", door(PLANTED))
        await people.move_address(tx, "telegram", "666", there.id)
        assert len(await people.addresses(tx, there.id)) == 2


async def test_a_link_renews_the_cookie_and_the_old_one_opens_nothing(fieldwork, link):
    await attacker_stands(fieldwork)
    async with browser(fieldwork, secret=PLANTED) as victim:
        await victim.get(link)
        await victim.post(link)
        new = secret_of(victim)
        mine = (await victim.get("/")).text

    assert new != PLANTED
    assert "ASI Certification Survey" in mine
    assert "ASI Certification Survey" not in await sees(fieldwork, PLANTED)
    assert await sees(fieldwork, new) == mine


async def test_a_planted_cookie_of_somebody_with_another_door_lets_that_door_see_nothing(
    fieldwork, link
):
    await attacker_stands(fieldwork, telegram=True)
    async with browser(fieldwork, secret=PLANTED) as victim:
        await victim.get(link)
        await victim.post(link)
        assert "ASI Certification Survey" in (await victim.get("/")).text

    shown = await fieldwork.current("telegram", "666")
    assert shown.card.name == "home"
    assert not shown.card.lines
    assert "ASI Certification Survey" not in await sees(fieldwork, PLANTED)


async def test_a_colleagues_link_is_kept_from_that_door_too(fieldwork):
    acme = await founded(fieldwork, "Acme", "Olga")
    token = await acme.link_for("Victim")
    await attacker_stands(fieldwork, telegram=True)
    async with browser(fieldwork, secret=PLANTED) as victim:
        await victim.post(f"/i/{token}")
        here = Person(fieldwork, door(secret_of(victim)))
        assert await here.member() is not None

    async with fieldwork.database.reading() as tx:
        attacker = await people.at_address(tx, "telegram", "666")
        assert await organisations.of_person(tx, attacker.id) is None


async def test_a_code_that_was_made_before_is_void(fieldwork, link):
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone("eve@example.org"), BENCHMARK, tokens.digest("eves-link"))
    async with browser(fieldwork) as eve:
        await eve.post("/i/eves-link")
        planted = secret_of(eve)
        page = await eve.post("/press", data={"press": "k:code"}, follow_redirects=True)
        code = code_on(page)
    async with browser(fieldwork, secret=planted) as victim:
        await victim.post(link)

    assert (await takes_over_with(fieldwork, code)).refused


async def test_a_code_from_another_device_renews_the_cookie(fieldwork, link):
    async with browser(fieldwork) as phone:
        await phone.post(link)
        page = await phone.post("/press", data={"press": "k:code"}, follow_redirects=True)
        code = code_on(page)
    await attacker_stands(fieldwork, telegram=True)
    async with browser(fieldwork, secret=PLANTED) as victim:
        await victim.post("/continue", data={"text": code})
        assert secret_of(victim) != PLANTED
        assert "ASI Certification Survey" in (await victim.get("/")).text

    assert "ASI Certification Survey" not in await sees(fieldwork, PLANTED)
    assert (await fieldwork.current("telegram", "666")).card.name == "home"


async def test_an_administrators_code_renews_the_cookie(fieldwork):
    code = await appointments.first_code(fieldwork.database, fieldwork.house.universe)
    async with browser(fieldwork, secret=PLANTED) as victim:
        await victim.post(f"/desk/{code}")
        assert (await victim.get("/page/admin")).status_code == 200
        made = await victim.post("/press", data={"press": "k:admin:code.survey"})
        assert (await victim.get(made.headers["location"])).status_code == 200

    async with browser(fieldwork, secret=PLANTED) as attacker:
        assert (await attacker.get("/page/admin")).status_code == 404


@pytest.mark.parametrize("planted", ["", PLANTED])
async def test_a_link_pressed_twice_at_once_lets_the_same_person_in(fieldwork, link, planted):
    async with browser(fieldwork, secret=planted) as client:
        await client.get(link)
        before = secret_of(client)
    shown = []
    for _ in range(2):  # the second press was sent before the first answer came
        async with browser(fieldwork, secret=before) as client:
            answer = await client.post(link)
            assert answer.status_code == 303
            shown.append(secret_of(client))

    assert shown[0] == shown[1]
    assert "ASI Certification Survey" in await sees(fieldwork, shown[0])


async def test_who_opens_their_own_link_again_is_who_they_were(fieldwork, link):
    async with browser(fieldwork) as client:
        for _ in range(3):
            await client.get(link)
            assert (await client.post(link)).status_code == 303
            assert "ASI Certification Survey" in (await client.get("/")).text


async def test_both_are_one_again_by_a_code(fieldwork, link):
    """Somebody who answers one survey in Telegram and the page, and opens the link of another one
    on the page, loses nothing: what the page had is where the chat is.
    """
    await attacker_stands(fieldwork, telegram=True)
    async with browser(fieldwork, secret=PLANTED) as client:
        await client.post(link)
        page = await client.post("/press", data={"press": "k:code"}, follow_redirects=True)
        code = code_on(page)

    assert not (await takes_over_with(fieldwork, code)).refused
    assert (await fieldwork.current("telegram", "666")).card.name == "introduction"
