"""Letting out what waits in the pool: enough together, mixed, at a time that nobody chose.

What is let out is always at least a batch of one edition, but once: what is left when a round is
over goes as a smaller one, where a whole batch went before, and then the round is over for good.
Otherwise whoever may close and extend a round could have every answer let out by itself.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError

from storage import mixing, participation, pool, remixing, responses, rounds
from storage.keys import KeyGone
from storage.mixing import Mixing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.house import House
    from flows.rounds import Round
    from storage.database import Database, Tx
    from storage.pool import Counted, Held
    from storage.responses import Response

log = logging.getLogger(__name__)

MANY: Final = 2_000
"""From this many responses of a round on, those before are no longer written anew with each batch,
and batches are larger instead.
"""
LARGE_BATCH: Final = 50
WRITTEN: Final = (
    "response", "comment", "tally", "contact_request", "collection", "pool", "shred",
    "participation",
)  # fmt: skip
"""Tables that letting out writes anew."""


async def release_due(house: House, database: Database) -> int:
    """Let out of every round what is due there; how many responses. A round each in a transaction
    of its own.
    """
    await _set_aside_lost(house, database)
    async with database.reading() as tx:
        waiting = await pool.waiting(tx)
        due = [of for of, counted in waiting.items() if await _may_be_due(house, tx, of, counted)]
    released = 0
    for instrument, round_name in due:
        released += await _released(house, database, instrument, round_name)
    if house.keys.over:
        # Keys and the write-ahead log would still tell what has just become nobody's.
        await house.keys.shred(database)
        await database.tidy()
    await compact(house, database)
    if released:
        log.info("released", extra={"count": released})
    return released


async def _set_aside_lost(house: House, database: Database) -> None:
    """What nobody can open keeps nobody else waiting, and hides nobody."""
    async with database.writing() as tx:
        lost = await pool.set_aside_lost(tx, house.keys)
    if lost:
        log.warning("unreadable", extra={"count": lost})


async def _released(house: House, database: Database, instrument: str, round_name: str) -> int:
    """Let out a round; none where something in it cannot be opened, which the next time is without.

    A round that the database is too busy for is let out the next time, and the others now.
    """
    try:
        async with database.writing() as tx:
            many = await release(house, tx, instrument, round_name)
    except KeyGone as gone:
        async with database.writing() as tx:
            await pool.set_aside(tx, gone.key_id)
        log.warning("unreadable", extra={"count": 1})
    except DBAPIError as error:
        log.warning("not_released", extra={"reason": type(error).__name__})
    else:
        return many
    return 0


async def compact(house: House, database: Database) -> None:
    """Have no older versions of rows in PostgreSQL's files that were written anew. Where somebody
    uses a table for too long, the rest is left for the next beat; which comes first is chance.
    """
    async with database.reading() as tx:
        marked = await mixing.to_compact(tx)
    done = []
    for each in sorted(marked, key=lambda _: house.universe.token()):
        if not await database.compact([each[0]]):
            log.warning("not_compacted", extra={"reason": "somebody uses the tables"})
            break
        done.append(each)
    if done:
        async with database.writing() as tx:
            await mixing.are_compact(tx, done)


async def _may_be_due(house: House, tx: Tx, of: tuple[str, str], counted: Counted) -> bool:
    """A first look, without opening anything; ``release`` looks again."""
    found = await rounds.get(tx, *of)
    if found is not None and is_over(house, found):
        return True
    least = await batch(house, tx, *of)
    return counted.anonymous >= least or counted.details >= house.manners.batch


def is_over(house: House, of: Round) -> bool:
    """Whether nothing more can come into a round, unless it is extended."""
    now = house.universe.now()
    return of.phase(now) == "closed" and not of.takes_answers(now)


async def batch(house: House, tx: Tx, instrument: str, round_name: str) -> int:
    """How many are let out together at least, in this round."""
    many = await responses.count(tx, instrument, round_name) >= MANY
    return max(house.manners.batch, LARGE_BATCH) if many else house.manners.batch


@dataclass(slots=True)
class _Going:
    """What goes, of a round that is looked at by nobody else meanwhile."""

    before: Mixing
    ends: bool
    """Whether the round is over, and nothing less than a batch has been let out of it yet."""
    answers: list[Held] = field(default_factory=list)
    anonymous: int = 0
    few: bool = False
    """Whether anything goes that is less than a batch."""


async def release(house: House, tx: Tx, instrument: str, round_name: str) -> int:
    """Let out what is due in a round; how many responses. Raises KeyGone."""
    here = instrument, round_name
    # Two may have seen that enough wait; the second looks again at what the first one left.
    await mixing.alone(tx, *here)
    held = await pool.opened(tx, house.keys, *here)
    going = await _going(house, tx, here, held)
    await pool.take(tx, house.keys, going.answers)
    apart = await _add(house, tx, here, going.answers)
    after = await _details(house, tx, here, going, ([e for e in held if e.waiting is None], apart))
    if after != going.before:
        await mixing.keep(tx, *here, after)
    if house.keys.over and await responses.count(tx, *here) < MANY:
        await remixing.write_anew(tx, *here, house.universe.token)
        await participation.write_anew(tx, *here)
        await mixing.leaves_versions(tx, WRITTEN, house.universe.token)
    return len(going.answers)


async def _going(house: House, tx: Tx, here: tuple[str, str], held: Sequence[Held]) -> _Going:
    """Which answers go: of each edition all that wait, where they are enough. Who attached their
    contact details hides nobody else, and goes along, or when the round is over.
    """
    found, before = await rounds.get(tx, *here), await mixing.of(tx, *here)
    over = found is not None and is_over(house, found)
    going, least = _Going(before, over and not before.final), await batch(house, tx, *here)
    editions: defaultdict[str, list[Held]] = defaultdict(list)
    attached: list[Held] = []
    for each in held:
        if each.waiting is not None and each.waiting.said.attached:
            attached.append(each)
        elif each.waiting is not None:
            editions[each.waiting.edition].append(each)
    for edition, those in editions.items():
        few = len(those) < least
        if few and not (going.ends and await _went_before(house, tx, here, edition)):
            continue
        going.answers += those
        going.few = going.few or few
    going.anonymous = len(going.answers)
    if going.answers or over:
        going.answers += attached
    return going


async def _went_before(house: House, tx: Tx, here: tuple[str, str], edition: str) -> bool:
    """Whether a whole batch of this edition was let out, among which a few more are hidden."""
    return await responses.anonymous(tx, *here, edition) >= house.manners.batch


async def _add(
    house: House, tx: Tx, here: tuple[str, str], answers: Sequence[Held]
) -> list[dict[str, str]]:
    """Put answers among the others; the contact details that came with them and are to be kept
    apart.
    """
    instrument, round_name = here
    editions: defaultdict[str, list[Response]] = defaultdict(list)
    apart: list[dict[str, str]] = []
    token, period = house.universe.token, house.universe.quarter()
    # Drawn now: in what order they came is known to their ids as little as to this one.
    for each in sorted(answers, key=lambda _: token()):
        if each.waiting is not None:
            said, details = each.waiting.said.divided()
            editions[each.waiting.edition].append(said)
            apart += details
    for edition, said_there in sorted(editions.items()):
        pinned = await house.shelf.edition(tx, instrument, edition)
        await responses.add(tx, pinned, round_name, said_there, token=token, period=period)
    return apart


async def _details(
    house: House,
    tx: Tx,
    here: tuple[str, str],
    going: _Going,
    those: tuple[Sequence[Held], Sequence[dict[str, str]]],
) -> Mixing:
    """Let out contact details that stand for themselves, where a batch of them waits, or where the
    round is over; and then only if a batch of answers was let out since the last ones: theirs is
    among these. The others wait on. How far letting out has come with that.
    """
    (waiting, apart), least = those, house.manners.batch
    before, since = going.before, going.before.since_details + going.anonymous
    every = [*(each.details for each in waiting), *apart]
    enough = len(every) >= least
    if every and since >= least and (enough or going.ends):
        await pool.take(tx, house.keys, waiting)
        await responses.add_details(tx, *here, every, token=house.universe.token)
        return Mixing(before.final or going.few or not enough, 0)
    for each in apart:
        key = await house.keys.new(house.universe.day())
        await pool.put_details(tx, key, house.universe.token(), *here, each)
    return replace(before, final=before.final or going.few, since_details=since)
