"""Letting out what waits in the pool: enough together, mixed, at a time that nobody chose."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError

from storage import participation, pool, remixing, responses, rounds
from storage.keys import KeyGone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.house import House
    from flows.rounds import Round
    from storage.database import Database, Tx
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
    """Let out the responses of every round where enough wait, and of every round that is over; how
    many. A round each in a transaction of its own.
    """
    await _set_aside_lost(house, database)
    async with database.reading() as tx:
        waiting = await pool.waiting(tx)
        due = [of for of, count in waiting.items() if await _is_due(house, tx, of, count)]
    released = 0
    for instrument, round_name in due:
        released += await _released(house, database, instrument, round_name)
    if released:
        # Keys, the write-ahead log and older versions of rows would still tell what has just become
        # nobody's.
        await house.keys.shred(database)
        await database.tidy()
        if await _small(database, due) and not await database.compact(WRITTEN):
            log.warning("not_compacted", extra={"reason": "somebody uses the tables"})
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


async def _small(database: Database, due: Sequence[tuple[str, str]]) -> bool:
    """Whether these rounds were written anew: of larger ones, a batch hides among fifty."""
    async with database.reading() as tx:
        counts = [await responses.count(tx, *of) for of in due]
    return max(counts) < MANY


async def _is_due(house: House, tx: Tx, of: tuple[str, str], count: tuple[int, int]) -> bool:
    every, anonymous = count
    found = await rounds.get(tx, *of)
    if found is not None and is_over(house, found):
        return every > 0
    return anonymous >= await batch(house, tx, *of)


def is_over(house: House, of: Round) -> bool:
    """Whether nothing more can come into a round."""
    now = house.universe.now()
    return of.phase(now) == "closed" and not of.takes_answers(now)


async def batch(house: House, tx: Tx, instrument: str, round_name: str) -> int:
    """How many are let out together at least, in this round."""
    many = await responses.count(tx, instrument, round_name) >= MANY
    return max(house.manners.batch, LARGE_BATCH) if many else house.manners.batch


async def release(house: House, tx: Tx, instrument: str, round_name: str) -> int:
    """Let out everything that waits in a round; how many. Raises KeyGone."""
    taken = await pool.take_all(tx, house.keys, instrument, round_name)
    editions: defaultdict[str, list[Response]] = defaultdict(list)
    # Drawn now: in what order they came is known to their ids as little as to this one.
    for each in sorted(taken, key=lambda _: house.universe.token()):
        editions[each.edition].append(each.said)
    token, period = house.universe.token, house.universe.quarter()
    for edition, said in sorted(editions.items()):
        pinned = await house.shelf.edition(tx, instrument, edition)
        await responses.add(tx, pinned, round_name, said, token=token, period=period)
    if taken and await responses.count(tx, instrument, round_name) < MANY:
        await remixing.write_anew(tx, instrument, round_name, token)
        await participation.write_anew(tx, instrument, round_name)
    return len(taken)
