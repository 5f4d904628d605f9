"""Who lives, who leads, and what comes of what the dead had in hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot import shelf
from bot.channels import Asked, Incoming, Typed, terminal
from bot.conversation import Conversation
from bot.heartbeat import Heartbeat
from bot.house import House
from bot.sender import Sender
from bot.texts import template
from bot.universe import Universe
from flows.actions import Command
from flows.session import Place, Session
from storage import outbox, people, presence, schema, sessions
from storage.database import Database
from storage.outbox import INTERACTIVE, REMINDERS
from storage.presence import Presence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.keys import Keys
    from storage.outbox import Due

SURVEY = "asi-certification-survey-2021"


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    schema.upgrade(postgresql_url)
    opened = await Database.open(postgresql_url)
    yield opened
    await opened.close()


@pytest.fixture
async def two(postgresql_url: str) -> AsyncIterator[tuple[Presence, Presence]]:
    pair = Presence.at(postgresql_url), Presence.at(postgresql_url)
    yield pair
    for each in pair:
        await each.close()


async def cut_off(database: Database, of: Presence) -> None:
    """End the connection of an instance, as its death would."""
    async with database.writing() as tx:
        await tx.execute(
            # With a time to wait: it returns when the connection is gone, and its locks with it.
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE objid::bigint = :n"),
            {"n": of.number},
        )


async def test_one_leads_and_the_other_takes_over_when_it_is_gone(
    database: Database, two: tuple[Presence, Presence]
) -> None:
    first, second = two
    assert [await first.leads(), await second.leads(), await first.leads()] == [True, False, True]

    await cut_off(database, first)

    assert [await second.leads(), await first.leads()] == [True, False]


async def test_who_lost_the_connection_knows_that_it_does_not_lead(
    database: Database, two: tuple[Presence, Presence]
) -> None:
    first, _ = two
    assert await first.leads()
    await cut_off(database, first)
    assert not await first.leads()


async def test_the_only_instance_on_a_file_leads(sqlite_url: str) -> None:
    assert await Presence.at(sqlite_url).leads()


async def test_a_beat_is_that_of_the_one_that_leads(
    database: Database, two: tuple[Presence, Presence]
) -> None:
    rung: list[str] = []

    def heart(name: str, of: Presence) -> Heartbeat:
        async def ring() -> None:
            rung.append(name)

        return Heartbeat(database, Universe(), lambda: None, ring, presence=of)

    for name, of in zip(("first", "second"), two, strict=True):
        await heart(name, of).beat()
    await two[0].close()
    await heart("second", two[1]).beat()

    assert rung == ["first", "second"]


async def claimed(database: Database, of: Presence, *, unasked: bool) -> list[Due]:
    async with database.writing() as tx:
        return await outbox.claim(
            tx, now=100, claim=f"{of.name}x", lease=60, limit=9, unasked=unasked
        )


async def test_what_the_dead_had_in_hand_is_taken_over_at_once(
    database: Database, keys: Keys, two: tuple[Presence, Presence]
) -> None:
    first, second = two
    for each in two:
        await each.leads()
    async with database.writing() as tx:
        for n, lane in enumerate((INTERACTIVE, REMINDERS)):
            kind = "reminder" if lane else "card"
            await outbox.put(tx, "telegram", str(n), kind, "new", lane=lane, now=100)
    (card,) = await claimed(database, first, unasked=False)
    (letter,) = await claimed(database, first, unasked=True)
    async with database.writing() as tx:
        assert await outbox.calling(tx, letter.id, f"{first.name}x", 700)
    stock = shelf.read()
    talk = Conversation(House(shelf=stock, universe=Universe(), keys=keys), database)
    at_100 = Universe(now=lambda: datetime.fromtimestamp(100, UTC))
    sender = Sender(database, talk, {}, at_100, presence=second)

    await sender.account_for_abandoned()
    assert await claimed(database, second, unasked=False) == [], "its sender lives"
    await cut_off(database, first)
    await sender.account_for_abandoned()

    assert [each.id for each in await claimed(database, second, unasked=False)] == [card.id]
    assert await claimed(database, second, unasked=True) == [], "it may have arrived"
    async with database.reading() as tx:
        assert await presence.living(tx) == {second.name}


async def test_an_update_that_comes_late_changes_nothing_that_was_done_after_it(
    database: Database,
    keys: Keys,
) -> None:
    stock = shelf.read()
    await stock.keep(database)
    talk = Conversation(
        House(shelf=stock, universe=Universe(), keys=keys, open_to_all=True),
        database,
        frozenset({"telegram"}),
    )

    async def does(number: int, said: Asked | Typed) -> bool:
        (outcome,) = await talk.take([Incoming("telegram", "7", said, update_id=number)])
        return outcome.refused

    async def at() -> str:
        return terminal.render((await talk.current("telegram", "7")).card)

    assert not await does(10, Asked(Command("take", SURVEY)))
    assert not await does(11, Typed(template("en", "button_start")))
    assert not await does(13, Typed("q1b"))
    before = await at()
    assert "Question 1 of 12" in before

    assert await does(12, Typed(template("en", "button_next"))), "done before the tick"
    assert await at() == before
    assert not await does(14, Typed(template("en", "button_next")))
    assert "Question 2 of 12" in await at()


async def test_after_a_quiet_week_numbers_begin_anew(database: Database, keys: Keys) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, "telegram", "7", "en", new_id="p", secret=b"")
        begun = Session(SURVEY, "2021", Place("introduction"))
        await sessions.save(tx, keys, "p", begun, None, now=0, day=100, update_id=900)
        kept = await sessions.load(tx, keys, "p", SURVEY)
    assert kept is not None
    assert [kept.awaits(901, 100), kept.awaits(899, 101), kept.awaits(5, 107)] == [
        True, False, True,
    ]  # fmt: skip


async def test_who_was_on_the_page_since_is_understood_when_numbers_have_begun_anew(
    database: Database, keys: Keys
) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, "telegram", "7", "en", new_id="p", secret=b"")
        begun = Session(SURVEY, "2021", Place("introduction"))
        await sessions.save(tx, keys, "p", begun, None, now=0, day=100, update_id=900)
        kept = await sessions.load(tx, keys, "p", SURVEY)
        await sessions.save(tx, keys, "p", begun, kept, now=0, day=107)
        kept = await sessions.load(tx, keys, "p", SURVEY)
        assert kept is not None
        assert kept.awaits(5, 107)
        await sessions.save(tx, keys, "p", begun, kept, now=0, day=107, update_id=5)
        kept = await sessions.load(tx, keys, "p", SURVEY)
    assert kept is not None
    assert [kept.awaits(4, 107), kept.awaits(6, 107)] == [False, True]
