"""Who did what as an administrator: rows are added, never changed, and hold no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from storage.tables import audit as table

if TYPE_CHECKING:
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Act:
    """One administrative act: who, what, on what, how many people it reached."""

    at: int
    actor: str
    act: str
    object: str
    people: int = 0


async def note(tx: Tx, act: Act) -> None:
    """Keep an act, in the transaction that does it."""
    columns = {name: getattr(act, name) for name in Act.__slots__}
    await tx.execute(insert(table).values(**columns))


async def count_by(tx: Tx, actor: str) -> int:
    """How many acts there are of one administrator."""
    query = select(func.count()).select_from(table).where(table.c.actor == actor)
    return int((await tx.execute(query)).scalar_one())


async def count_of(tx: Tx, act: str, since: int) -> int:
    """How often something was done since a second, whoever did it."""
    here = (table.c.act == act) & (table.c.at >= since)
    query = select(func.count()).select_from(table).where(here)
    return int((await tx.execute(query)).scalar_one())


async def count_about(tx: Tx, act: str, what: str) -> int:
    """How often something was done to somebody, with what it was done to."""
    here = (table.c.act == act) & (table.c.object == what) & (table.c.people > 0)
    query = select(func.count()).select_from(table).where(here)
    return int((await tx.execute(query)).scalar_one())


async def was_noted(tx: Tx, act: Act) -> bool:
    """Whether somebody did this, then or later."""
    same = [table.c[name] == getattr(act, name) for name in Act.__slots__ if name != "at"]
    query = select(table.c.id).where(*same, table.c.at >= act.at).limit(1)
    return (await tx.execute(query)).first() is not None


async def latest(tx: Tx, limit: int) -> list[Act]:
    """The newest acts, the newest first."""
    columns = [table.c[name] for name in Act.__slots__]
    found = await tx.execute(select(*columns).order_by(table.c.id.desc()).limit(limit))
    return [Act(*row) for row in found]
