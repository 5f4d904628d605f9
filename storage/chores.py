"""What an upgrade left to be done by the product, and is listed until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from storage.database import upsert
from storage.tables import chore as table

if TYPE_CHECKING:
    from storage.database import Tx

WRITE_ANEW: Final = "write_anew"
"""Responses and states from before letting out wrote them anew still tell who sent what."""


async def leave(tx: Tx, name: str) -> None:
    """List a chore, once."""
    await tx.execute(upsert(tx, table).values(name=name).on_conflict_do_nothing())


async def is_left(tx: Tx, name: str) -> bool:
    """Whether a chore is still to be done."""
    found = await tx.execute(select(table.c.name).where(table.c.name == name))
    return found.first() is not None


async def done(tx: Tx, name: str) -> None:
    """It is done."""
    await tx.execute(delete(table).where(table.c.name == name))
