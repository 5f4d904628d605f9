"""Slots: planned when somebody is invited, decided once, looked at again right before sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.house import zone_of
from flows.ladder import REMINDED
from flows.reminding import LATE, QUIET, Send, Skip, Standing, Wait, decide, due
from flows.rounds import moment
from storage import outbox, participation, people, reminders, rounds
from storage.outbox import REMINDERS
from storage.people import MAIL
from storage.reminders import INVITATION, QUEUED, SKIPPED

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.house import House
    from flows.rounds import Round
    from storage.database import Tx
    from storage.people import Participant
    from storage.reminders import Slot

IN_ONE_GO = 10
"""Slots decided in one transaction: whoever answers meanwhile waits for no more than these."""
A_DAY = timedelta(days=1)
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC).date()


async def plan(house: House, tx: Tx, person: Participant, of: Round) -> None:
    """Have somebody's reminders in a round, if there is a way to write to them."""
    doors = {channel for channel, _ in await people.addresses(tx, person.id)}
    if doors & {house.chat, MAIL}:
        await plan_from_today(house, tx, person.id, of, zone_of(person.zone, of.zone))


async def plan_from_today(house: House, tx: Tx, person_id: str, of: Round, zone: tzinfo) -> None:
    """Have the reminders of somebody who was there or invited today."""
    slots = from_today(house, of, zone)
    await reminders.plan(tx, person_id, of.instrument, of.name, slots, house.universe.token)


def from_today(house: House, of: Round, zone: tzinfo, *, letter: bool = False) -> dict[int, int]:
    """When the reminders of somebody fall due who is there or invited today: number -> seconds;
    with ``letter`` the invitation goes by mail, as soon as the hour of the day allows.
    """
    now = house.universe.now()
    begins = max(now, moment(of.opens, time(0), of.zone))
    day = begins.astimezone(zone).date()
    slots = dict(enumerate(due(of.cadence, house.manners.window, day, zone), start=1))
    if letter:
        slots[INVITATION] = begins
    return {number: int(at.timestamp()) for number, at in slots.items()}


async def decide_due(house: House, tx: Tx, limit: int = IN_ONE_GO) -> int:
    """Decide what has fallen due: queue it, put it off or skip it; how many there were."""
    now = house.universe.now()
    slots = await reminders.due(tx, int(now.timestamp()), limit, house.chat)
    written: set[str] = set()
    parts = {(each.instrument, each.round) for each in slots}
    known = {each: await rounds.get(tx, *each) for each in parts}
    for slot in slots:
        of = known[slot.instrument, slot.round]
        if of is None:
            await _put_off(tx, slot, now + QUIET)
            continue
        if slot.participant_id in written:
            slot = replace(slot, queued=slot.queued + 1)  # noqa: PLW2901 - as it is by now
        verdict = _verdict(house, slot, of, now)
        if not isinstance(verdict, Skip) and await _one_is_enough(house, tx, slot, of):
            verdict = Skip("late")
        match verdict:
            case Skip(why):
                await reminders.decide(tx, slot.id, SKIPPED[why])
            case Wait(until):
                await _put_off(tx, slot, until)
            case Send():
                if await _queue(house, tx, slot, of, now):
                    written.add(slot.participant_id)
    return len(slots)


async def _one_is_enough(house: House, tx: Tx, slot: Slot, of: Round) -> bool:
    """Whether a reminder fell due while nobody looked, and this person gets another one anyway, in
    whatever round: after being down for a month nobody is reminded on three days in a row.
    """
    now = house.universe.now()
    if slot.number == INVITATION or now - _moved_on(house, slot, of) <= LATE:
        return False
    if slot.queued:
        return True
    soon = now + A_DAY
    for each in await reminders.others(tx, slot, int(soon.timestamp()), house.chat):
        theirs = await rounds.get(tx, each.instrument, each.round)
        if theirs is not None and _comes(house, each, theirs, soon):
            return True
    return False


def _comes(house: House, slot: Slot, of: Round, soon: datetime) -> bool:
    """Whether a reminder is as good as sent by then."""
    welcome = slot.state in REMINDED and not slot.no_reminders and of.phase(soon) == "open"
    return welcome and slot.number != INVITATION and _moved_on(house, slot, of) <= soon


def _verdict(house: House, slot: Slot, of: Round, now: datetime) -> Send | Wait | Skip:
    """What the rule says, once the days are counted from the last sign of life."""
    if slot.number == INVITATION and slot.state != "invited":
        return Skip("state")
    zone = zone_of(slot.zone, of.zone)
    due_at = _moved_on(house, slot, of)
    if due_at > now:
        return Wait(due_at)
    if slot.queued and slot.fate not in QUEUED:
        return Wait(house.manners.window.next(now + QUIET, zone))
    return decide(
        due_at,
        _following(house, slot, of),
        _standing(slot, zone),
        of,
        now=now,
        window=house.manners.window,
    )


def _moved_on(house: House, slot: Slot, of: Round) -> datetime:
    """When a slot is due, now that there was a sign of life since it was planned; what an
    administrator wants now is not put off by one.
    """
    planned = datetime.fromtimestamp(slot.due_at, UTC)
    counted = _counted(house, slot, of, slot.number)
    wanted_now = slot.fate in {"asked", "hastened"}
    return planned if wanted_now or counted is None else max(planned, counted)


def _following(house: House, slot: Slot, of: Round) -> datetime | None:
    """The same of the next one."""
    if slot.following is None:
        return None
    planned = datetime.fromtimestamp(slot.following, UTC)
    counted = _counted(house, slot, of, slot.number + 1)
    return planned if counted is None else max(planned, counted)


def _counted(house: House, slot: Slot, of: Round, number: int) -> datetime | None:
    """When the days of a number are over since the last sign of life; None without one."""
    days = of.cadence.idle_days
    if slot.seen_on is None or not 0 < number <= len(days):
        return None
    day = _FIRST_DAY + timedelta(days=slot.seen_on + days[number - 1])
    return moment(day, house.manners.window.opens, zone_of(slot.zone, of.zone))


def _standing(slot: Slot, zone: tzinfo) -> Standing:
    written = None if slot.fate in QUEUED else slot.written_at
    return Standing(
        state=slot.state,
        zone=zone,
        stopped=bool(slot.no_reminders),
        last_message=None if written is None else datetime.fromtimestamp(written, UTC),
    )


async def _queue(house: House, tx: Tx, slot: Slot, of: Round, now: datetime) -> bool:
    """Queue it at the door where the person is: in the chat, or by mail where letters can leave
    and they have no chat. Without a door it waits for tomorrow.
    """
    door = _door(house, slot)
    if door is None:
        zone = zone_of(slot.zone, of.zone)
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        await _put_off(tx, slot, moment(tomorrow, house.manners.window.opens, zone))
        return False
    seconds = int(now.timestamp())
    if await reminders.decide(tx, slot.id, "hastened" if slot.fate == "asked" else "queued"):
        await people.wrote(tx, slot.participant_id, seconds + 1)  # no part of a second too soon
        await outbox.put(tx, *door, "reminder", slot.id, lane=REMINDERS, now=seconds)
    return True


def _door(house: House, slot: Slot) -> tuple[str, str] | None:
    if slot.chat is not None:
        return house.chat, slot.chat
    if slot.mail is not None and house.mails:
        return MAIL, slot.mail
    return None


async def _put_off(tx: Tx, slot: Slot, until: datetime) -> None:
    await reminders.wait(tx, slot.id, int(until.timestamp()))


async def still_due(house: House, tx: Tx, slot_id: str) -> tuple[Slot, Round] | datetime | None:
    """Look again, right before it is sent: the slot and its round; until when it has to wait; None
    where it is not to be sent any more, which is kept then.
    """
    now = house.universe.now()
    slot = await reminders.get(tx, slot_id, house.chat)
    of = None if slot is None else await rounds.get(tx, slot.instrument, slot.round)
    if slot is None or of is None or slot.fate not in QUEUED:
        return None
    moved_to = _moved_on(house, slot, of)
    if moved_to > now:  # there was a sign of life since it was queued
        await reminders.take_back(tx, slot.id, int(moved_to.timestamp()))
        return None
    match _verdict(house, slot, of, now):
        case Skip(why):
            await reminders.settle(tx, slot.id, SKIPPED[why])
            return None
        case Wait(until):
            return until
    await people.wrote(tx, slot.participant_id, int(now.timestamp()) + 1)
    return slot, of


async def out_of_reach(tx: Tx, slot: Slot, channel: str) -> None:
    """The door was shut: an address that does not exist bounced, a chat was blocked."""
    await reminders.settle(tx, slot.id, "skipped:gone")
    if channel != MAIL:
        await participation.everywhere(tx, slot.participant_id, "unreachable")
    elif not await participation.move(
        tx, slot.participant_id, slot.instrument, slot.round, "bounced"
    ):
        here = slot.participant_id, slot.instrument, slot.round
        await participation.move(tx, *here, "unreachable")
