"""Slots: planned when somebody is invited, decided once, looked at again right before sending."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.house import zone_of
from flows.reminding import QUIET, Send, Skip, Standing, Wait, decide, due
from flows.rounds import moment
from storage import outbox, participation, people, reminders, rounds
from storage.outbox import REMINDERS
from storage.people import MAIL
from storage.reminders import INVITATION, SKIPPED

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.house import House
    from flows.rounds import Round
    from storage.database import Tx
    from storage.people import Participant
    from storage.reminders import Slot

IN_ONE_GO = 50
"""Slots decided in one transaction: whoever answers meanwhile waits for no more than these."""
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC).date()


async def plan(house: House, tx: Tx, person: Participant, of: Round) -> None:
    """Have somebody's reminders in a round, if there is a way to write to them."""
    doors = {channel for channel, _ in await people.addresses(tx, person.id)}
    if doors & {house.chat, MAIL}:
        await plan_from_today(house, tx, person.id, of, zone_of(person.zone, of.zone))


async def plan_from_today(
    house: House, tx: Tx, person_id: str, of: Round, zone: tzinfo, *, letter: bool = False
) -> None:
    """Have the reminders of somebody who was there or invited today; with ``letter`` the
    invitation goes by mail, as soon as the hour of the day allows.
    """
    now = house.universe.now()
    begins = max(now, moment(of.opens, time(0), of.zone))
    day = begins.astimezone(zone).date()
    slots = dict(enumerate(due(of.cadence, house.manners.window, day, zone), start=1))
    if letter:
        slots[INVITATION] = begins
    seconds = {number: int(at.timestamp()) for number, at in slots.items()}
    await reminders.plan(tx, person_id, of.instrument, of.name, seconds, house.universe.token)


async def decide_due(house: House, tx: Tx, limit: int = IN_ONE_GO) -> int:
    """Decide what has fallen due: queue it, put it off or skip it; how many there were."""
    now = house.universe.now()
    slots = await reminders.due(tx, int(now.timestamp()), limit, house.chat)
    written: set[str] = set()
    for slot in slots:
        of = await rounds.get(tx, slot.instrument, slot.round)
        if of is None or slot.participant_id in written:
            await _put_off(tx, slot, now + QUIET)
            continue
        match _verdict(house, slot, of, now):
            case Skip(why):
                await reminders.decide(tx, slot.id, SKIPPED[why])
            case Wait(until):
                await _put_off(tx, slot, until)
            case Send():
                if await _queue(house, tx, slot, of, now):
                    written.add(slot.participant_id)
    return len(slots)


def _verdict(house: House, slot: Slot, of: Round, now: datetime) -> Send | Wait | Skip:
    """What the rule says, once the days are counted from the last sign of life."""
    if slot.number == INVITATION and slot.state != "invited":
        return Skip("state")
    zone = zone_of(slot.zone, of.zone)
    planned = datetime.fromtimestamp(slot.due_at, UTC)
    days = of.cadence.idle_days
    if slot.fate == "waiting" and slot.seen_on and 0 < slot.number <= len(days):
        seen = _FIRST_DAY + timedelta(days=slot.seen_on + days[slot.number - 1])
        later = moment(seen, house.manners.window.opens, zone)
        if later > now:
            return Wait(later)
    if slot.queued and slot.fate != "queued":
        return Wait(house.manners.window.next(now + QUIET, zone))
    following = slot.following
    return decide(
        planned,
        None if following is None else datetime.fromtimestamp(following, UTC),
        _standing(slot, zone),
        of,
        now=now,
        window=house.manners.window,
    )


def _standing(slot: Slot, zone: tzinfo) -> Standing:
    written = None if slot.fate == "queued" else slot.written_at
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
    if await reminders.decide(tx, slot.id, "queued"):
        await people.wrote(tx, slot.participant_id, seconds)
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
    if slot is None or of is None or slot.fate != "queued":
        return None
    match _verdict(house, slot, of, now):
        case Skip(why):
            await reminders.settle(tx, slot.id, SKIPPED[why])
            return None
        case Wait(until):
            return until
    await people.wrote(tx, slot.participant_id, int(now.timestamp()))
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
