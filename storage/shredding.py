"""Keys that are over are listed in the transaction that lets go of what they sealed, and destroyed
after its commit (``storage.keys``): a crash in between leaves the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage.database import portions
from storage.tables import session, shred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from storage.database import Tx


async def discard(tx: Tx, key_ids: Sequence[str]) -> None:
    """List keys that nothing needs any more once this transaction is committed."""
    if key_ids:
        await tx.execute(_LIST, [{"key_id": each} for each in key_ids])


_LIST = insert(shred)


async def drafts(tx: Tx, those: ColumnElement[bool]) -> None:
    """Delete these drafts, and list their keys."""
    gone = await tx.execute(delete(session).where(those).returning(session.c.key_id))
    await discard(tx, [each for each in gone.scalars() if each is not None])


async def listed(tx: Tx) -> list[str]:
    """The keys that are to be destroyed."""
    return list((await tx.execute(select(shred.c.key_id))).scalars())


async def done(tx: Tx, key_ids: Sequence[str]) -> None:
    """These are destroyed."""
    for some in portions(key_ids):
        await tx.execute(delete(shred).where(shred.c.key_id.in_(some)))
