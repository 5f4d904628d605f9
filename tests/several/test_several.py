"""Several instances on one PostgreSQL: no press lost or doubled, whoever of them dies or restarts.

``ASSAY_TORTURE=1`` takes 20,000 updates (``make torture``), ``ASSAY_SEED`` repeats a run.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from storage import schema
from tests.several import instances
from tests.several.crowd import SURVEY, Presser, press_all
from tests.several.spread import Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

TORTURE = bool(os.environ.get("ASSAY_TORTURE"))
PEOPLE = 100 if TORTURE else 40
UPDATES = 20_000 if TORTURE else 2_400
REMINDED = 400 if TORTURE else 100
A_KILL_EVERY = 500 if TORTURE else 300
"""Updates."""
A_RESTART_EVERY = 150
FIRST_QUIET = 50_000
"""The chat of the first of those who say nothing, and are reminded."""
QUIET = {
    "participant (id, language, secret)": "'p' || n, 'en', '\\x00'",
    "address": "'telegram', :first + n, 'p' || n",
    "participation": "'p' || n, :survey, 'open', 'invited'",
    "reminder": """'s' || n, 'p' || n, :survey, 'open', 1,
        extract(epoch FROM now())::bigint - 60, 'waiting'""",
}

pytestmark = pytest.mark.timeout(3600 if TORTURE else 600)


@pytest.fixture
def chance() -> random.Random:
    seed = os.environ.get("ASSAY_SEED") or str(random.randrange(2**32))
    sys.stderr.write(f"ASSAY_SEED={seed}\n")
    return random.Random(seed)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town(instances.SECRET)
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    schema.upgrade(postgresql_url)
    engine = create_engine(postgresql_url)
    yield engine
    engine.dispose()


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def crowd(town: Town, chance: random.Random, people: int) -> list[Presser]:
    return [Presser(town, town.person(100 + n), chance) for n in range(people)]


async def judge(engine: Engine, town: Town, pressers: list[Presser]) -> None:
    """By what everybody pressed, and by how often a draft was kept."""
    # A card may still be on its way, or the one before it.
    await passing(town, engine, "SELECT count(*) FROM outbox WHERE lane = 0 AND address <> '7'")
    kept = rows(
        engine,
        "SELECT address, revision FROM session JOIN address USING (participant_id)"
        f" WHERE channel = 'telegram' AND instrument = '{SURVEY}'",
    )
    aside = "SELECT set_aside, count(*) FROM processed_update GROUP BY set_aside"
    expected = {str(each.person.id): each.saved for each in pressers}
    assert dict(kept) == expected, rows(engine, aside)
    assert [each.seen() for each in pressers] == [each.ticked for each in pressers]
    assert rows(engine, "SELECT count(*), count(set_aside) FROM processed_update") == [
        (town.updates.taken, 0)
    ]


def quiet_people(engine: Engine, town: Town, many: int) -> None:
    """People with a chat and an invitation whose first reminder is due."""
    for n in range(many):
        town.person(FIRST_QUIET + n).chat.begun = True
    values = {"many": many, "first": FIRST_QUIET, "survey": SURVEY}
    with engine.begin() as connection:
        for into, what in QUIET.items():
            them = "WITH them AS (SELECT generate_series(0, :many - 1) AS n)"
            connection.execute(text(f"INSERT INTO {into} {them} SELECT {what} FROM them"), values)


async def passing(town: Town, engine: Engine, count: str) -> None:
    """Until this counts nothing. Somebody who asks for help again and again is the clock."""
    someone = town.person(7)
    while rows(engine, count) != [(0,)]:
        before = town.said.get(7, 0)
        await someone.says("/help")
        await town.shows(7, lambda: town.said.get(7, 0) > before)  # noqa: B023 - awaited here
    await town.updates.emptied()


async def reminded(engine: Engine, town: Town) -> dict[str, set[int]]:
    """The chats by what became of their reminders, when that is known of all of them."""
    # Those who press have reminders, too, that are due in some days: theirs are not asked for.
    waits = """SELECT count(*) FROM reminder WHERE length(id) < 32
        AND state IN ('waiting', 'asked', 'queued', 'hastened')"""
    await passing(town, engine, waits)
    fates: dict[str, set[int]] = {}
    for slot, state in rows(engine, "SELECT id, state FROM reminder WHERE length(id) < 32"):
        fates.setdefault(str(state), set()).add(FIRST_QUIET + int(str(slot)[1:]))
    return fates


async def test_instances_that_are_killed_under_load_lose_and_double_nothing(
    town: Town, engine: Engine, postgresql_url: str, tmp_path: Path, chance: random.Random
) -> None:
    quiet_people(engine, town, REMINDED)
    pressers = crowd(town, chance, PEOPLE)
    enough = asyncio.Event()
    due = itertools.count(A_KILL_EVERY, A_KILL_EVERY)
    at = next(due)
    killed = 0

    def count() -> None:
        nonlocal at
        if town.updates.taken >= at:
            at = next(due)
            enough.set()

    async def kill() -> None:
        nonlocal killed
        for victim in itertools.cycle(running):
            await enough.wait()
            enough.clear()
            assert await victim.ends(signal.SIGKILL) == -signal.SIGKILL
            killed += 1
            await victim.start()

    town.updates.when_taken = count
    async with instances.running(town, tmp_path, postgresql_url, 4) as running:
        killer = asyncio.create_task(kill())
        begun = time.monotonic()
        await press_all(pressers, UPDATES // PEOPLE - 3)
        pressed = time.monotonic() - begun  # measured for whoever reads it, judged by nobody
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        await judge(engine, town, pressers)
        fates = await reminded(engine, town)

    sys.stderr.write(
        f"{town.updates.taken} updates, {town.updates.repeated} repeated, {killed} kills,"
        f" {pressed:.0f} s, reminders: { {fate: len(of) for fate, of in fates.items()} }\n"
    )
    assert killed
    assert town.updates.repeated, "an update was handed to another instance"
    told = {chat: times for chat, times in town.said.items() if chat >= FIRST_QUIET}
    assert set(fates) <= {"sent", "unknown"}
    assert {chat: told.get(chat) for chat in fates["sent"]} == dict.fromkeys(fates["sent"], 1)
    assert all(told.get(chat, 0) <= 1 for chat in fates.get("unknown", ()))


async def test_a_rolling_restart_under_load_loses_no_press(
    town: Town, engine: Engine, postgresql_url: str, tmp_path: Path, chance: random.Random
) -> None:
    pressers = crowd(town, chance, 20)
    enough = asyncio.Event()
    until = A_RESTART_EVERY

    def count() -> None:
        if town.updates.taken >= until:
            enough.set()

    town.updates.when_taken = count
    restarted = 0
    async with instances.running(town, tmp_path, postgresql_url, 3) as running:
        pressing = asyncio.create_task(press_all(pressers, 50))
        for each in running:
            await enough.wait()
            assert await each.ends(signal.SIGTERM) == 0
            await each.start()
            restarted += not pressing.done()
            until = town.updates.taken + A_RESTART_EVERY
            enough.clear()
        await pressing
        await judge(engine, town, pressers)
    assert restarted == 3, "all of it was under load"
