"""What an older version kept, which wrote each response as it came, tells nothing after a beat."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from bot import shelf
from bot.fieldwork.alarm import Alarm
from bot.house import House
from bot.universe import Universe
from storage import chores, participation, people, responses, rounds, schema, sessions
from storage.database import Database
from storage.keys import Keys
from storage.location import located
from storage.responses import Response
from tests.anonymity.attacks import share, transaction, transaction_order
from tests.anonymity.evidence import Evidence
from tests.anonymity.surveys import OPENS, ROUND, Crowd
from tests.flows.playing import ASI, ASI_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHANCE = 0.15
"""Of forty, more than chance finds at three standard errors."""
DRAFTED = "canary of somebody under way"


@contextlib.asynccontextmanager
async def house_of(url: str, folder: Path) -> AsyncIterator[tuple[House, Database]]:
    database = await Database.open(url)
    keys = await Keys.open(f"sqlite:///{folder / 'keys'}")
    universe = Universe(now=lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
    try:
        yield House(shelf.read(), universe, keys), database
    finally:
        await keys.close()
        await database.close()


async def kept_as_before(house: House, database: Database, crowd: Crowd) -> None:
    """Each response by the transaction in which its writer finishes, and a draft in the clear."""
    await house.shelf.keep(database)
    async with database.writing() as tx:
        await rounds.make_sure(tx, [ASI_ID], "UTC", house.manners.cadence)
        await rounds.keep(tx, rounds.Round(ASI_ID, ROUND, OPENS))
        for who in [*crowd.people, "under way"]:
            await people.arrive(tx, "web", who, "en", new_id=who, secret=b"0" * 16)
            await participation.begin(tx, who, ASI_ID, ROUND)
        row = {
            "participant_id": "under way", "instrument": ASI_ID, "edition": ASI.edition,
            "round": ROUND, "revision": 1, "begun_at": 0, "answered": 1, "seen": 0, "seen_on": 0,
            "body": sessions.forms.dump(
                sessions.forms.Session(
                    ASI_ID, ASI.edition, sessions.forms.Place("item", "q11"),
                    {"q11": sessions.forms.Answer(text=DRAFTED)},
                )
            ),
        }  # fmt: skip
        names = ", ".join(row)
        values = ", ".join(f":{each}" for each in row)
        await tx.execute(text(f"INSERT INTO session ({names}) VALUES ({values})"), row)
    for who in crowd.people:
        async with database.writing() as tx:
            said = [Response(crowd.answers[who])]
            token = house.universe.token
            await responses.add(tx, ASI, ROUND, said, token=token, period="2026-Q4")
            assert await participation.finish(tx, who, ASI_ID, ROUND)


def heap_of(url: str, table: str) -> bytes:
    engine = create_engine(located(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        asked = text(f"SELECT pg_read_binary_file(pg_relation_filepath('{table}'))")
        content = bytes(connection.execute(asked).scalar_one())
    engine.dispose()
    return content


def linked(evidence: Evidence, crowd: Crowd) -> list[float]:
    truth = crowd.truth(evidence.said())
    assert len(truth) > 0.9 * len(crowd.people), "few say the same"
    return [
        share(attack(evidence), truth)[0] / len(truth)
        for attack in (transaction, transaction_order)
    ]


@pytest.mark.parametrize("busy", [False, True], ids=["at once", "when a table is free again"])
def test_after_an_upgrade_no_response_is_linked(postgresql_url, tmp_path, busy: bool) -> None:
    schema.upgrade(postgresql_url)
    crowd = Crowd(606)
    evidence = Evidence(postgresql_url, crowd.people)

    async def before() -> None:
        async with house_of(postgresql_url, tmp_path) as (house, database):
            await kept_as_before(house, database, crowd)
            async with database.writing() as tx:
                await chores.leave(tx, chores.WRITE_ANEW)

    async def after() -> None:
        async with house_of(postgresql_url, tmp_path) as (house, database):
            async with database.writing() as tx:
                assert await sessions.seal_open_ones(tx, house.keys, 0) == 1
            alarm = Alarm(house, database)
            if busy:
                async with database.reading() as reader:
                    await reader.execute(text("SELECT count(*) FROM response"))
                    await alarm.ring()
                async with database.reading() as tx:
                    assert await chores.is_left(tx, chores.WRITE_ANEW)
            await alarm.ring()
            async with database.reading() as tx:
                assert not await chores.is_left(tx, chores.WRITE_ANEW)

    asyncio.run(before())
    assert max(linked(evidence, crowd)) == 1, "the attacks bite"
    assert DRAFTED.encode() in heap_of(postgresql_url, "session")

    asyncio.run(after())

    assert max(linked(evidence, crowd)) <= CHANCE
    assert DRAFTED.encode() not in heap_of(postgresql_url, "session")


def test_an_upgrade_leaves_the_chore_where_anything_was_kept(database_url) -> None:
    async def left() -> bool:
        database = await Database.open(database_url)
        async with database.reading() as tx:
            found = await chores.is_left(tx, chores.WRITE_ANEW)
        await database.close()
        return found

    schema.upgrade(database_url, "0008")
    where = located(database_url)
    sync = where if where.get_backend_name() == "postgresql" else where.set(drivername="sqlite")
    engine = create_engine(sync)
    with engine.begin() as connection:
        for each in (
            "INSERT INTO participant (id, language, secret) VALUES ('p', 'en', :secret)",
            "INSERT INTO participation VALUES ('p', 'tea', 'one', 'begun')",
        ):
            connection.execute(text(each), {"secret": b"s"} if ":secret" in each else {})
    engine.dispose()

    schema.upgrade(database_url)

    assert asyncio.run(left())


def test_a_new_database_has_nothing_to_catch_up_on(sqlite_url) -> None:
    schema.upgrade(sqlite_url)
    engine = create_engine(located(sqlite_url).set(drivername="sqlite"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM chore")).scalar_one() == 0
    engine.dispose()
