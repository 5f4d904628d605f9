"""What is done to a round, from a chat or a command line alike."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flows import rounds as rule
from flows.ladder import REMINDED
from flows.rounds import Round, RoundError
from storage import invitations, mixing, outbox, participation, people, reminders, requests, rounds
from storage.outbox import INTERACTIVE

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.house import House
    from storage.database import Tx

_LINKS_AFTER = timedelta(days=90)


class OverForGoodError(RoundError):
    """A round that cannot be extended, because the last few answers were let out at its end."""


async def open_new(house: House, tx: Tx, instrument: str) -> Round | None:
    """A round from today on without an end, named after the month; None where it is there."""
    zone = house.manners.zone
    today = house.universe.now().astimezone(zone).date()
    of = Round(instrument, f"{today:%Y-%m}", today, None, zone, house.manners.cadence)
    return of if await plan(tx, of) else None


async def plan(tx: Tx, of: Round) -> bool:
    """Have a new round; False where one of this name is there. Raises RoundError."""
    if await rounds.get(tx, of.instrument, of.name) is not None:
        return False
    await rounds.keep(tx, rule.planned(of))
    return True


async def extend(house: House, tx: Tx, of: Round, closes: date | None) -> Round:
    """Another last day, or none; for whom it was over, it goes on where they were. Links that
    nobody opened hold as long. Raises RoundError.
    """
    now = house.universe.now()
    await mixing.alone(tx, of.instrument, of.name)
    if (await mixing.of(tx, of.instrument, of.name)).final:
        raise OverForGoodError(
            f"{of.name}: is over for good, because what was left in it was let out; open another"
        )
    longer = rule.extended(of, closes, of.today(now))
    await rounds.keep(tx, longer)
    if longer.takes_answers(now):
        await participation.reopen(tx, of.instrument, of.name)
        await reminders.revive(tx, of.instrument, of.name, int(now.timestamp()))
    until = longer.ends() if longer.closes is not None else now + _LINKS_AFTER
    await invitations.extend(tx, of.instrument, of.name, int(until.timestamp()))
    return longer


async def close(house: House, tx: Tx, of: Round) -> Round:
    """Take no more answers; it is over for everybody who has not sent theirs."""
    over = rule.closed(of, of.today(house.universe.now()))
    await rounds.keep(tx, over)
    await expire(house, tx, over)
    return over


async def expire(house: House, tx: Tx, of: Round) -> int:
    """Where a round is over: say so of everybody in it, and lead them to the front page; for how
    many it was news.
    """
    if of.takes_answers(house.universe.now()) or of.phase(house.universe.now()) != "closed":
        return 0
    changed = await participation.expire(tx, of.instrument, of.name)
    if changed:
        await people.send_home(tx, of.instrument, of.name)
    return changed


async def remind(house: House, tx: Tx, of: Round) -> int:
    """Have everybody's next reminder be due now; how many people that reaches."""
    now = house.universe.seconds()
    return await reminders.pull_forward(tx, (of.instrument, of.name), now, REMINDED, house.reaching)


async def decide(house: House, tx: Tx, number: int, of: Round | None) -> bool:
    """Let somebody in who asked to take part, or turn them away, and tell them where they can be
    written to; on a page they see it when they look. False where nobody waits under this number.
    """
    request = await requests.take(tx, number)
    if request is None:
        return False
    if of is not None:
        await participation.invite(tx, request.participant_id, of.instrument, of.name)
    told = "asked_refused" if of is None else "asked_approved"
    now = house.universe.seconds()
    for channel, door in await people.addresses(tx, request.participant_id):
        if channel == house.chat:
            card = f"new:{told}:0"
            await outbox.put(tx, channel, door, "card", card, lane=INTERACTIVE, now=now)
    return True


async def every_round_in_time(house: House, tx: Tx, now: datetime) -> None:
    """Let rounds end whose last day is over."""
    for each in await rounds.every(tx):
        if each.round.phase(now) == "closed":
            await expire(house, tx, each.round)
