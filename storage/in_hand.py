"""What a sender had in hand when it went away, or lost sight of the database: who had it, what is
free again, and what may have arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, update

from storage.outbox import REMINDERS, Due, columns
from storage.tables import outbox as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.database import Tx

_SENDER = func.substr(table.c.claim, 1, 8)
"""Who made a row's claim: what it begins with (``storage.presence``)."""


async def abandoned(tx: Tx, now: int | None, senders: frozenset[str] = frozenset()) -> list[Due]:
    """Take out what was being said once at most when its sender went away: nobody knows whether it
    arrived. None for ``now`` where every sender is known to be gone; ``senders`` are.
    """
    gone = and_(table.c.claim.is_not(None), table.c.lease_until < 0)
    if now is not None:
        gone = and_(gone, or_(table.c.lease_until >= -now, _SENDER.in_(senders)))
    taken = await tx.execute(delete(table).where(gone).returning(*columns()))
    return [Due(*row) for row in taken]


async def senders(tx: Tx) -> frozenset[str]:
    """Who has something in hand: what their claims begin with."""
    claimed = select(_SENDER).where(table.c.claim.is_not(None)).distinct()
    return frozenset((await tx.execute(claimed)).scalars())


async def free_of(tx: Tx, senders: frozenset[str]) -> None:
    """Let go of what these have in hand, who are gone; what may be in the air is ``abandoned``."""
    theirs = and_(table.c.claim.is_not(None), table.c.lease_until >= 0, _SENDER.in_(senders))
    await tx.execute(update(table).where(theirs).values(claim=None, lease_until=0))


async def free(tx: Tx, now: int) -> None:
    """Let go of every claim: whoever made them is gone, nobody else speaks from this database. What
    somebody waits for is due at once, whatever the time was when it was put.
    """
    held = table.c.claim.is_not(None)
    await tx.execute(update(table).where(held).values(claim=None, lease_until=0))
    early = and_(table.c.lane < REMINDERS, table.c.not_before > now)
    await tx.execute(update(table).where(early).values(not_before=now))


async def give_back(tx: Tx, rows: Collection[tuple[int, str]], claims: Collection[str]) -> None:
    """Have these rows, each a number and its claim, and all rows under these claims be free again;
    not what is being said once at most.
    """
    numbers, under = {each for each, _ in rows}, {claim for _, claim in rows}
    theirs = or_(and_(table.c.id.in_(numbers), table.c.claim.in_(under)), table.c.claim.in_(claims))
    if rows or claims:
        free = update(table).where(theirs, table.c.lease_until >= 0)
        await tx.execute(free.values(claim=None, lease_until=0))
