from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.admitting import TRIES, WINDOW
from bot.heartbeat import EVERY, Heartbeat
from bot.vitals import Vitals
from storage import invitations, ledger, people
from storage.keys import KeyGone

if TYPE_CHECKING:
    from bot.universe import Universe
    from storage.database import Database
    from storage.keys import Keys
    from tests.bot.conftest import Clock


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def heartbeat(database: Database, clock: Clock, woken: list[str]) -> Heartbeat:
    return Heartbeat(database, clock.universe(), lambda: woken.append("woken"))


async def test_a_beat_wakes_what_may_be_due(heartbeat: Heartbeat, woken: list[str]) -> None:
    await heartbeat.beat()
    await heartbeat.beat()

    assert woken == ["woken", "woken"]


async def test_an_instance_that_leads_nobody_forgets_destroyed_keys_too(
    heartbeat: Heartbeat, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leads(_: object) -> bool:
        return False

    key = await keys.new(0)
    async with keys._store._database.writing() as tx:  # as another process does
        await tx.exec_driver_sql("DELETE FROM key")
    monkeypatch.setattr(type(heartbeat.presence), "leads", leads)
    heartbeat.keys = keys

    await heartbeat.beat()

    with pytest.raises(KeyGone):
        await keys.get(key.id)


async def test_updates_are_remembered_for_two_days(
    heartbeat: Heartbeat, database: Database, clock: Clock
) -> None:
    today = clock.universe().day()
    async with database.writing() as tx:
        await ledger.first_times(tx, [1], today)
        await ledger.set_aside(tx, 2, "malformed", today)

    async def is_new(update_id: int) -> bool:
        async with database.writing() as tx:
            return bool(await ledger.first_times(tx, [update_id], today))

    clock.passes(days=2)
    await heartbeat.beat()
    assert [await is_new(1), await is_new(2)] == [False, False]
    clock.passes(days=1)
    await heartbeat.beat()
    assert [await is_new(1), await is_new(2)] == [True, True]


async def test_codes_past_their_time_are_deleted_and_no_others(
    heartbeat: Heartbeat, database: Database, clock: Clock
) -> None:
    now = clock.universe().seconds()
    async with database.writing() as tx:
        for person, expires in (("p1", now), ("p2", now + 1)):
            await people.arrive(tx, "web", person, "en", new_id=person, secret=b"s")
            await invitations.put_code(tx, person.encode(), person, expires)

    await heartbeat.beat()

    long_ago = 0
    async with database.writing() as tx:
        assert await invitations.take_code(tx, b"p1", long_ago) is None
        assert await invitations.take_code(tx, b"p2", long_ago) == "p2"


async def test_tries_count_until_their_window_is_over(
    heartbeat: Heartbeat, database: Database, clock: Clock
) -> None:
    began = clock.universe().seconds()

    async def may_try() -> bool:
        async with database.writing() as tx:
            return await invitations.may_try(tx, "door", began, window=WINDOW, limit=TRIES)

    assert [await may_try() for _ in range(TRIES + 1)] == [True] * TRIES + [False]
    clock.passes(seconds=WINDOW - 1)
    await heartbeat.beat()
    assert not await may_try()
    clock.passes(seconds=1)
    await heartbeat.beat()
    assert await may_try()


async def test_what_cannot_be_cleared_away_wakes_nobody(
    heartbeat: Heartbeat, database: Database, woken: list[str]
) -> None:
    """The database fails: the beat does, too, and the alarm clock goes on to the next one."""
    async with database.writing() as tx:
        await tx.exec_driver_sql("ALTER TABLE processed_update RENAME TO elsewhere")

    with pytest.raises(Exception, match="processed_update"):
        await heartbeat.beat()

    assert woken == []


async def test_one_job_is_scheduled_that_makes_up_for_missed_beats_once(
    heartbeat: Heartbeat,
) -> None:
    (job,) = heartbeat.scheduler().get_jobs()

    assert job.func == heartbeat.beat
    assert job.trigger.interval == timedelta(seconds=EVERY)
    assert job.coalesce
    assert job.misfire_grace_time is None


async def test_a_beat_that_fails_is_no_sign_of_life(database: Database, universe: Universe) -> None:
    now = [0.0]
    vitals = Vitals(clock=lambda: now[0])
    vitals.expect("heartbeat", 90)
    works = [False]

    async def ring() -> None:
        if not works[0]:
            raise RuntimeError

    heart = Heartbeat(database, universe, lambda: None, ring, vitals=vitals)
    now[0] = 91
    with pytest.raises(RuntimeError):
        await heart.beat()
    assert vitals.overdue() == ["heartbeat"]

    works[0] = True
    await heart.beat()
    assert vitals.overdue() == []
