"""Slots: planned once, decided once, whoever else decides at the same moment."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from flows.ladder import REMINDED
from flows.session import Place, Session
from storage import outbox, participation, people, reminders, sessions
from storage.people import MAIL
from storage.tables import reminder

if TYPE_CHECKING:
    from storage.database import Database, Tx
    from storage.keys import Keys
    from storage.reminders import Slot

TEA, ROUND = "tea", "open"
DOORS = ("telegram", MAIL)
NUMBERS = count(1)


async def takes_part(tx: Tx, who: str = "p1", *, instrument: str = TEA, **due: int) -> None:
    """Somebody with a chat who is invited, and slots: ``n1=10`` is number 1, due at 10."""
    await people.arrive(tx, "telegram", f"chat of {who}", "en", new_id=who, secret=b"s")
    await participation.invite(tx, who, instrument, ROUND)
    slots = {int(number[1:]): at for number, at in due.items()}
    await reminders.plan(tx, who, instrument, ROUND, slots, lambda: f"{next(NUMBERS):032x}")


async def due(tx: Tx, now: int = 100, limit: int = 99) -> list[Slot]:
    return await reminders.due(tx, now, limit, "telegram")


async def numbers(tx: Tx, now: int = 100) -> list[int]:
    return [each.number for each in await due(tx, now)]


async def test_what_was_planned_stays_as_it_was(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=20)
        await takes_part(tx, n1=50, n2=50, n3=30)
        await takes_part(tx)

        found = [(each.number, each.due_at) for each in await due(tx)]
        assert found == [(1, 10), (2, 20), (3, 30)]


async def test_what_has_fallen_due_comes_oldest_first_and_no_more_than_wanted(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await takes_part(tx, "p1", n1=30, n2=101)
        await takes_part(tx, "p2", n1=20)
        await takes_part(tx, "p3", n1=100)

        assert [each.participant_id for each in await due(tx)] == ["p2", "p1", "p3"]
        assert [each.participant_id for each in await due(tx, limit=1)] == ["p2"]
        assert await due(tx, now=19) == []


async def test_a_slot_tells_what_a_rule_needs(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=20, n3=30)
        await people.set_zone(tx, "p1", "Asia/Tokyo")
        await people.set_reminders(tx, "p1", wanted=False)
        await people.wrote(tx, "p1", 7)
        slot, second, _ = await due(tx)

        known = slot.state, slot.zone, slot.no_reminders, slot.written_at
        assert known == ("invited", "Asia/Tokyo", 1, 7)
        assert (slot.chat, slot.mail, slot.seen_on) == ("chat of p1", None, None)
        assert (slot.following, second.following) == (20, 30)
        assert await reminders.get(tx, slot.id, "telegram") == slot
        assert await reminders.get(tx, "none of this id", "telegram") is None


async def test_the_last_sign_of_life_is_the_drafts(database: Database, keys: Keys) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        draft = Session(TEA, "1", Place("introduction"))
        await sessions.save(tx, keys, "p1", draft, None, now=5 * 86_400 + 3)

        assert [each.seen_on for each in await due(tx)] == [5]


async def test_whom_only_mail_reaches(database: Database) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, MAIL, "mei@example.org", "en", new_id="p1", secret=b"s")
        await participation.invite(tx, "p1", TEA, ROUND)
        await reminders.plan(tx, "p1", TEA, ROUND, {0: 1}, lambda: "slot")

        (slot,) = await due(tx)
        assert (slot.chat, slot.mail) == (None, "mei@example.org")


@pytest.mark.parametrize("fate", ["queued", "skipped:late"])
async def test_a_slot_is_decided_once(database: Database, fate) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        (slot,) = await due(tx)
        assert await reminders.decide(tx, slot.id, fate)
        assert not await reminders.decide(tx, slot.id, "queued")
        await reminders.wait(tx, slot.id, 5)

        assert await due(tx) == []
        kept = await reminders.get(tx, slot.id, "telegram")
        assert kept is not None
        assert (kept.fate, kept.due_at) == (fate, 10)


async def test_of_many_who_decide_at_once_one_does(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        (slot,) = await due(tx)

    async def decide() -> bool:
        async with database.writing() as tx:
            return await reminders.decide(tx, slot.id, "queued")

    assert sum(await asyncio.gather(*(decide() for _ in range(8)))) == 1


async def test_a_slot_that_waits_is_looked_at_again(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        (slot,) = await due(tx)
        await reminders.wait(tx, slot.id, 50)

        assert await numbers(tx, now=49) == []
        assert await numbers(tx, now=50) == [1]


async def test_what_became_of_it_is_kept_once(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        (slot,) = await due(tx)
        await reminders.settle(tx, slot.id, "sent")  # not queued: nothing to settle
        assert await numbers(tx) == [1]
        await reminders.decide(tx, slot.id, "queued")
        await reminders.settle(tx, slot.id, "unknown")
        await reminders.settle(tx, slot.id, "sent")

        assert await reminders.tally(tx, TEA, ROUND) == {"unknown": 1}


async def test_an_administrator_brings_the_next_one_forward_and_only_that(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=200, n3=300)
        await takes_part(tx, "silent", n1=200)
        await people.set_reminders(tx, "silent", wanted=False)
        await takes_part(tx, "declined", n1=200)
        await participation.move(tx, "declined", TEA, ROUND, "declined")
        await takes_part(tx, "elsewhere", instrument="coffee", n1=200)
        (first,) = await due(tx)
        await reminders.decide(tx, first.id, "queued")

        assert await reminders.can_be_reminded(tx, (TEA, ROUND), REMINDED, DOORS) == 1
        assert await reminders.pull_forward(tx, (TEA, ROUND), 90, REMINDED, DOORS) == 1
        (slot,) = await due(tx)
        assert (slot.participant_id, slot.number, slot.fate) == ("p1", 2, "asked")
        assert slot.queued == 1
        assert await reminders.pull_forward(tx, (TEA, ROUND), 95, REMINDED, DOORS) == 0


async def test_only_those_are_brought_forward_who_can_be_written_to(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=200)
        await people.arrive(tx, MAIL, "mei@example.org", "en", new_id="mei", secret=b"s")
        await participation.invite(tx, "mei", TEA, ROUND)
        await reminders.plan(tx, "mei", TEA, ROUND, {1: 200}, lambda: "0" * 32)

        assert await reminders.can_be_reminded(tx, (TEA, ROUND), REMINDED, DOORS) == 2
        assert await reminders.can_be_reminded(tx, (TEA, ROUND), REMINDED, ("telegram",)) == 1
        assert await reminders.pull_forward(tx, (TEA, ROUND), 90, REMINDED, ("telegram",)) == 1
        assert [each.participant_id for each in await due(tx)] == ["p1"]


async def test_what_was_decided_since_one_looked_stays_decided(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10)
        await takes_part(tx, "p2", n1=200)
        (first,) = await due(tx)
        await reminders.decide(tx, first.id, "queued")
        await reminders.settle(tx, first.id, "sent")
        seen_before = select(reminder.c.id)
        monkeypatch.setattr(reminders, "_next_ones", lambda *_: seen_before)

        assert await reminders.pull_forward(tx, (TEA, ROUND), 90, REMINDED, DOORS) == 1
        assert await reminders.tally(tx, TEA, ROUND) == {"sent": 1, "asked": 1}


async def test_many_are_brought_forward_at_a_time(database: Database) -> None:
    async with database.writing() as tx:
        for number in range(520):
            await takes_part(tx, f"p{number}", n1=1000)

        assert await reminders.pull_forward(tx, (TEA, ROUND), 90, REMINDED, DOORS) == 520
        assert len(await due(tx, limit=1000)) == 520


async def test_what_is_queued_is_counted_over_all_rounds(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=11)
        await takes_part(tx, instrument="coffee", n1=12)
        for slot in (await due(tx))[:2]:
            await reminders.decide(tx, slot.id, "queued")

        (last,) = await due(tx)
        assert (last.instrument, last.queued) == ("coffee", 2)


async def test_what_else_comes_soon_is_told_of_all_rounds(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=400)
        await takes_part(tx, instrument="coffee", n1=200)
        await takes_part(tx, "p2", n1=11)
        slot = (await due(tx))[0]

        found = await reminders.others(tx, slot, 300, "telegram")
        assert [(each.participant_id, each.instrument) for each in found] == [("p1", "coffee")]


async def test_what_waits_at_a_door_that_is_shut_is_decided(database: Database) -> None:
    async with database.writing() as tx:
        await takes_part(tx, n1=10, n2=20)
        slot, _ = await due(tx)
        await reminders.decide(tx, slot.id, "queued")
        await outbox.put(tx, "telegram", "chat of p1", "reminder", slot.id, lane=2, now=1)
        await outbox.drop_address(tx, "telegram", "chat of p1")

        assert await reminders.tally(tx, TEA, ROUND) == {"skipped:gone": 1, "waiting": 1}
        assert [each.queued for each in await due(tx)] == [0]


async def test_who_turns_out_to_be_one_is_disturbed_as_one(database: Database) -> None:
    async with database.writing() as tx:
        for who, written, zone in (("p1", 50, "Asia/Tokyo"), ("p2", 20, None)):
            await takes_part(tx, who, n1=10)
            await people.wrote(tx, who, written)
            if zone:
                await people.set_zone(tx, who, zone)
        await people.set_reminders(tx, "p1", wanted=False)
        await people.merge(tx, "p1", "p2")

        (slot,) = await due(tx)
        assert (slot.participant_id, slot.written_at) == ("p2", 50)
        assert (slot.zone, slot.no_reminders) == ("Asia/Tokyo", 1)
