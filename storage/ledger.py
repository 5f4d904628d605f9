"""What was taken already: each update of Telegram counts once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from storage.database import upsert, upsert_in
from storage.tables import processed_update as table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Executable

    from storage.database import Tx


async def first_times(tx: Tx, update_ids: Iterable[int], day: int) -> set[int]:
    """Note that these updates are being taken; those of them that were not before."""
    # In their order: two instances that are handed the same ones wait for each other one way only.
    values = [{"update_id": each, "day": day} for each in sorted(set(update_ids))]
    if not values:
        return set()
    return set((await tx.execute(_new(tx.dialect.name), values)).scalars())


@cache
def _new(dialect: str) -> Executable:
    return upsert_in(dialect, table).on_conflict_do_nothing().returning(table.c.update_id)


async def set_aside(tx: Tx, update_id: int, reason: str, day: int) -> None:
    """Note that an update cannot be taken, and why; it will not come again."""
    values = {"update_id": update_id, "day": day, "set_aside": reason}
    await tx.execute(upsert(tx, table).values(values).on_conflict_do_nothing())


async def set_aside_count(tx: Tx) -> int:
    """How many of the remembered updates could not be taken."""
    those = select(func.count()).select_from(table).where(table.c.set_aside.is_not(None))
    return (await tx.execute(those)).scalar_one()


async def forget_before(tx: Tx, day: int) -> int:
    """Forget the updates of days before this one; how many."""
    return (await tx.execute(delete(table).where(table.c.day < day))).rowcount
