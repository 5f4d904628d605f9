"""What nobody can open any more stops nothing else: it is set aside, begun anew, and told."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from bot import releasing
from bot.fieldwork import figures
from bot.fieldwork.alarm import Alarm
from bot.health import Health
from flows.rounds import Round
from flows.session import Answer
from storage import pool, responses, rounds, sessions, shredding
from tests.bot.test_conversation import SURVEY, Somebody
from tests.bot.test_releasing import HERE, ROUND, drafts, sends
from tests.flows.playing import ASI_ID

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from bot.house import House
    from storage.database import Database
    from storage.keys import Keys

SORRY = "We are sorry: what you had answered so far can no longer be opened"


@pytest.fixture
async def spring(house: House, database: Database) -> House:
    async with database.writing() as tx:
        await rounds.make_sure(tx, [ASI_ID], "UTC", house.manners.cadence)
        await rounds.keep(tx, Round(ASI_ID, ROUND, date(2026, 11, 1)))
    return house


async def ids(database: Database, table: str) -> list[str]:
    async with database.reading() as tx:
        asked = f"SELECT key_id FROM {table} WHERE key_id IS NOT NULL ORDER BY key_id"
        return list((await tx.execute(text(asked))).scalars())


async def lose(keys: Keys, *those: str) -> dict[str, bytes]:
    """As a disk loses them; what they were."""
    there = dict(await keys.read(those))
    await keys._destroy(those)
    return there


async def put_back(keys: Keys, there: dict[str, bytes]) -> None:
    async with keys._store._database.writing() as tx:
        for each, secret in there.items():
            row = {"id": each, "made": 0, "key": secret}
            await tx.execute(text("INSERT INTO key VALUES (:id, :made, :key)"), row)


async def counted(database: Database) -> tuple[int, int, int]:
    """Responses that can be seen, that wait, and that are set aside."""
    async with database.reading() as tx:
        seen, waiting = await responses.count(tx, *HERE), await pool.held_back(tx, *HERE)
        return seen, waiting, await pool.unreadable(tx)


async def test_a_lost_key_keeps_nobody_else_waiting_and_hides_nobody(
    spring: House,
    database: Database,
    keys: Keys,
) -> None:
    for number in range(5):
        await sends(spring, database, f"p{number}")
    lost = await lose(keys, (await ids(database, "pool"))[0])
    alarm = Alarm(spring, database)

    await alarm.ring()
    assert await counted(database) == (0, 4, 1), "four are too few to be let out together"
    await sends(spring, database, "p5")
    await alarm.ring()
    assert await counted(database) == (5, 0, 1)

    async with database.reading() as tx:
        found = await figures.problems(spring, tx, [])
    assert [(each.kind, each.count) for each in found] == [("unreadable", 1)]

    await put_back(keys, lost)  # found again: it waits again from the next start on
    async with database.writing() as tx:
        await pool.look_again(tx)
    await alarm.ring()
    assert await counted(database) == (5, 1, 0)


async def test_what_was_damaged_is_set_aside_as_well(
    spring: House,
    database: Database,
) -> None:
    for number in range(6):
        await sends(spring, database, f"p{number}")
    (one, *_) = await ids(database, "pool")
    async with database.writing() as tx:
        spoil = text("UPDATE pool SET sealed = :noise WHERE key_id = :one")
        await tx.execute(spoil, {"noise": b"\0" * 32_796, "one": one})

    assert await releasing.release_due(spring, database) == 0
    assert await counted(database) == (0, 5, 1)
    assert await releasing.release_due(spring, database) == 5


async def test_it_is_counted_for_monitors(spring, talk: Conversation, universe, keys) -> None:
    await sends(spring, talk.database, "p0")
    await lose(keys, *await ids(talk.database, "pool"))
    await Alarm(spring, talk.database).ring()
    routes = Health(talk.vitals, talk.database, universe).routes(metrics=True)
    transport = httpx.ASGITransport(Starlette(routes=routes))

    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
        said = (await client.get("/metrics")).text

    assert "assay_unreadable_responses 1.0" in said


@pytest.fixture
async def anna(talk: Conversation, keys: Keys) -> Somebody:
    """Somebody in mid-question whose key is gone."""
    somebody = Somebody(talk)
    await somebody.asks("take", SURVEY)
    await somebody.types("start", "1")
    assert (await somebody.kept()).session.answers
    await lose(keys, *await ids(talk.database, "session"))
    return somebody


async def test_who_types_into_a_lost_draft_begins_anew_and_is_told(anna: Somebody) -> None:
    outcome = await anna.types("2")

    assert outcome.notices[0].startswith(SORRY)
    kept = await anna.kept()
    assert (kept.session.at.screen, dict(kept.session.answers)) == ("introduction", {})
    assert not (await anna.types("start")).notices, "it is said once"
    await anna.types("1")
    assert (await anna.kept()).session.answers


async def test_who_looks_at_a_lost_draft_begins_anew_and_is_told(anna: Somebody) -> None:
    shown = await anna.sees()

    assert shown.card.name == "introduction"
    assert shown.card.notices[0].startswith(SORRY)
    assert not (await anna.sees()).card.notices


@pytest.mark.parametrize("name", ["status", "mydata"])
async def test_pages_that_look_into_a_lost_draft_open(anna: Somebody, name: str) -> None:
    shown = await anna.talk.page(anna.channel, anna.address, name)

    assert shown.card.name == name


async def test_the_outbox_says_it_in_a_chat(anna: Somebody) -> None:
    shown, _ = await anna.talk.redrawn(anna.channel, anna.address, "")

    assert shown.card.notices[0].startswith(SORRY)


async def test_what_was_sent_between_the_look_and_its_key_is_read_again_once(
    anna: Somebody, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost then, and nobody is told so."""
    (gone,) = await ids(talk.database, "session")
    load = sessions.load

    async def sent_meanwhile(tx, keys, *of):
        monkeypatch.setattr(sessions, "load", load)
        async with talk.database.writing() as other:
            await shredding.drafts(other, sessions.table.c.key_id == gone)
        return await load(tx, keys, *of)

    monkeypatch.setattr(sessions, "load", sent_meanwhile)

    shown = await anna.sees()

    assert not shown.card.notices
    assert await ids(talk.database, "session") == []


async def test_where_people_stand_is_counted_without_the_lost_drafts(
    spring: House,
    database: Database,
    keys: Keys,
) -> None:
    for number in range(3):
        await drafts(spring, database, f"p{number}", {"q3": Answer(chosen=("q3a",))})
    await lose(keys, (await ids(database, "session"))[0])

    async with database.reading() as tx:
        found = [each async for each in sessions.places(tx, keys, ASI_ID, HERE[1])]

    assert len(found) == 2


async def test_what_keeps_one_part_of_a_beat_from_its_work_keeps_no_other(
    spring: House,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog,
) -> None:
    for number in range(5):
        await sends(spring, database, f"p{number}")

    async def busy(*_: object) -> None:
        raise OperationalError("lock timeout", None, Exception())

    async def wrong(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("bot.fieldwork.fielding.every_round_in_time", busy)
    alarm = Alarm(spring, database)
    with caplog.at_level(logging.ERROR, "bot.fieldwork.alarm"):
        await alarm.ring()
    assert (await counted(database))[0] == 5
    assert [(each.msg, each.kind, each.reason) for each in caplog.records] == [
        ("part_failed", "rounds", "OperationalError")
    ]
    assert alarm.cleared_on

    monkeypatch.setattr("bot.fieldwork.fielding.every_round_in_time", wrong)
    for number in range(5, 10):
        await sends(spring, database, f"p{number}")
    with pytest.raises(KeyError):  # a mistake of ours is not passed over
        await alarm.ring()
    assert (await counted(database))[0] == 10


async def test_a_beat_in_which_nothing_works_is_none(
    spring: House,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(_: object) -> None:
        raise OperationalError("", None, Exception())

    for each in ("reading", "writing"):
        monkeypatch.setattr(type(database), each, away)

    with pytest.raises(OperationalError):
        await Alarm(spring, database).ring()


async def test_the_key_of_what_waits_is_in_no_memory(
    spring: House,
    database: Database,
    keys: Keys,
) -> None:
    for number in range(5):
        await sends(spring, database, f"p{number}")
    assert not set(await ids(database, "pool")) & keys._known.keys()

    async with database.writing() as tx:
        waiting = set(await ids(database, "pool"))
        await pool.take(tx, keys, await pool.opened(tx, keys, *HERE))

    assert not waiting & keys._known.keys()
