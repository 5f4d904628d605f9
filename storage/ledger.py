"""What was taken already: each update of Telegram counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from storage.database import upsert
from storage.tables import processed_update as table

if TYPE_CHECKING:
    from storage.database import Tx


async def first_time(tx: Tx, update_id: int, day: int) -> bool:
    """Note that an update is being taken; False if it was before."""
    return await _note(tx, update_id, day, None)


async def set_aside(tx: Tx, update_id: int, reason: str, day: int) -> bool:
    """Note that an update cannot be taken, and why; it will not come again."""
    return await _note(tx, update_id, day, reason)


async def _note(tx: Tx, update_id: int, day: int, reason: str | None) -> bool:
    values = {"update_id": update_id, "day": day, "set_aside": reason}
    statement = upsert(tx, table).values(values).on_conflict_do_nothing()
    noted = await tx.execute(statement.returning(table.c.update_id))
    return noted.first() is not None


async def set_aside_count(tx: Tx) -> int:
    """How many of the remembered updates could not be taken."""
    those = select(func.count()).select_from(table).where(table.c.set_aside.is_not(None))
    return (await tx.execute(those)).scalar_one()


async def forget_before(tx: Tx, day: int) -> int:
    """Forget the updates of days before this one; how many."""
    return (await tx.execute(delete(table).where(table.c.day < day))).rowcount
