"""What lets people in cannot be guessed at will, whichever cookie is thrown away in between."""

from __future__ import annotations

import logging

import httpx
import pytest

from bot import guessing, tokens
from bot.channels import Asked, Incoming, web
from bot.fieldwork import appointments
from bot.guessing import ALARM, FROM_ONE, OVERALL, WINDOW, Guesses, origin
from bot.universe import Universe
from flows.actions import Command
from storage import audit
from tests.bot.fieldwork.desks import appointed, words
from tests.invited import invited, someone

SURVEY = "asi-certification-survey-2021"
WAYS = {"start": "link", "continue": "code", "claim": "claim"}


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


def browser(talk, host):
    """Somebody whose browser keeps no cookie, at a network address."""
    transport = httpx.ASGITransport(web.app(talk, public_url="http://assay.test"), client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://assay.test")


async def tries(talk, name, secret, *, door, origin="203.0.113.7"):
    said = Asked(Command(name, secret))
    (outcome,) = await talk.take([Incoming("web", door, said, origin=origin)])
    return outcome


@pytest.mark.parametrize("name", WAYS)
async def test_an_address_has_so_many_tries_an_hour_however_many_browsers_it_is(talk, clock, name):
    said = [
        (await tries(talk, name, f"wrong-{n}", door=f"browser {n}")).notices
        for n in range(FROM_ONE + 3)
    ]
    elsewhere = await tries(talk, name, "wrong", door="x", origin="203.0.113.8")

    assert len(set(said[:FROM_ONE])) == 1
    assert set(said[FROM_ONE:]).isdisjoint(said[:FROM_ONE])
    assert len(set(said[FROM_ONE:])) == 1
    assert elsewhere.notices == said[0]
    clock.passes(seconds=WINDOW)
    assert (await tries(talk, name, "wrong", door="y")).notices == said[0]


async def test_the_pages_count_by_address_too(talk):
    async with browser(talk, "203.0.113.7") as client:
        pages = []
        for n in range(FROM_ONE + 1):
            client.cookies.clear()
            pages.append((await client.post(f"/i/wrong{n}")).text)
            client.cookies.clear()
            await client.post("/continue", data={"text": f"WRONG-{n}"})
            client.cookies.clear()
            await client.post(f"/desk/WRONG-{n}")

    assert pages[0] != pages[-1]
    assert len(set(pages[:-1])) == 1
    assert "60 minutes" in pages[-1]


async def test_a_link_that_is_right_gives_nobody_more_tries(talk):
    async with talk.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("right"))
    for n in range(FROM_ONE - 1):
        await tries(talk, "start", "wrong", door=f"browser {n}")

    for _ in range(5):
        assert not (await tries(talk, "start", "right", door="mine")).refused
    last, over = [(await tries(talk, "start", "wrong", door=f"last {n}")) for n in range(2)]

    assert last.notices != over.notices


async def test_an_address_that_used_up_its_tries_is_refused_what_is_right_too(talk):
    async with talk.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("right"))
    for n in range(FROM_ONE):
        await tries(talk, "start", "wrong", door=f"browser {n}")

    assert (await tries(talk, "start", "right", door="mine")).refused
    assert not (await tries(talk, "start", "right", door="mine", origin="203.0.113.8")).refused


async def test_a_letters_link_is_counted_as_well(talk):
    found = [await talk.heed(f"wrong{n}", "off", "203.0.113.7") for n in range(FROM_ONE)]
    async with talk.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("right"))

    assert not any(found)
    assert not await talk.heed("right", "off", "203.0.113.7")
    assert await talk.heed("right", "off", "203.0.113.8")


async def test_many_wrong_ones_are_told_to_administrators_once_an_hour(talk, clock, caplog):
    desk = await appointed(talk)
    caplog.set_level(logging.WARNING, logger="bot")

    async def wrong(n):
        for each in range(n):
            await tries(talk, "start", "wrong", door=f"{each}", origin=f"203.0.113.{each % 200}")

    await wrong(ALARM - 1)
    assert "guessing" not in words(await desk.sees("admin"))
    await wrong(ALARM + 1)
    clock.passes(seconds=WINDOW)
    await wrong(ALARM)

    assert "very many were wrong in 2 hours" in words(await desk.sees("admin"))
    assert [each.getMessage() for each in caplog.records] == ["much_guessing"] * 2
    async with talk.database.reading() as tx:
        noted = [each for each in await audit.latest(tx, 10) if each.act == guessing.ACT]
    assert {(each.actor, each.people) for each in noted} == {("assay", ALARM)}
    clock.passes(days=8)
    assert "guessing" not in words(await desk.sees("admin"))


def test_codes_are_taken_from_nobody_after_very_many_wrong_ones_and_links_are():
    guesses = Guesses()
    alarms = [guesses.wrong(("code", "claim")[n % 2], 1_000) for n in range(OVERALL)]

    assert alarms.count(True) == 1
    assert not guesses.take("code", "", 1_000)
    assert not guesses.take("claim", "", 1_000)
    assert guesses.take("link", "", 1_000)
    assert guesses.take("code", "", 1_000 + WINDOW)


async def test_wrong_links_keep_nobody_from_using_a_code(talk):
    """Anybody can open as many as they like, and letters' links are links, too."""
    async with talk.database.writing() as tx:
        code = await appointments.new_code(tx, Universe(), "owner", 3600 * 24 * 365, issuer="x")
    for n in range(OVERALL // 2 + 1):
        await tries(talk, "start", "wrong", door=f"{n}", origin=f"203.0.{n // 200}.{n % 200}")
        assert not await talk.heed("wrong", "off", f"198.51.{n // 200}.{n % 200}")

    refused = await tries(talk, "continue", "WRONG-CODES", door="guest")
    assert "60" not in " ".join(refused.notices)
    assert not (await tries(talk, "claim", code, door="mine")).refused


def test_of_very_many_addresses_the_oldest_give_way(monkeypatch):
    monkeypatch.setattr(guessing, "_MOST_KEPT", 3)
    guesses = Guesses()
    for n in range(10):
        guesses.take("link", f"203.0.113.{n}", n)

    assert len(guesses._by_origin) == 3
    guesses.take("link", "203.0.113.99", 10 * WINDOW)
    assert len(guesses._by_origin) == 1


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        (None, ""),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("somewhere", "?"),
    ],
)
def test_where_a_request_comes_from_is_what_one_customer_has(host, counted):
    assert origin(host) == counted
