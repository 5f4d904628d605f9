"""Digests: one row an administrator and period, so that no restart makes a second one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select, update

from storage.database import upsert
from storage.tables import digest as table

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Made:
    """A digest: its period, when it was made, and the counts of that moment as JSON."""

    key: str
    made_at: int
    snapshot: str
    state: str


async def make(tx: Tx, administrator: int, key: str, made_at: int, snapshot: str) -> bool:
    """Have the digest of a period; False where there is one already."""
    values = {"made_at": made_at, "snapshot": snapshot, "state": "queued"}
    new = upsert(tx, table).values(administrator_id=administrator, key=key, **values)
    return (
        await tx.execute(new.on_conflict_do_nothing().returning(table.c.key))
    ).first() is not None


async def latest(tx: Tx, administrator: int) -> int | None:
    """When the last digest of an administrator was made; None where there was none."""
    mine = select(func.max(table.c.made_at)).where(table.c.administrator_id == administrator)
    made_at: int | None = (await tx.execute(mine)).scalar_one_or_none()
    return made_at


async def get(tx: Tx, administrator: int, key: str) -> tuple[Made, Made | None] | None:
    """A digest, and the last one before it that arrived, or may have; None without the first."""
    columns = table.c.key, table.c.made_at, table.c.snapshot, table.c.state
    row = (await tx.execute(select(*columns).where(_this(administrator, key)))).one_or_none()
    if row is None:
        return None
    earlier = and_(
        table.c.administrator_id == administrator,
        table.c.state == "sent",
        table.c.made_at <= row.made_at,
        table.c.key != key,
    )
    before = await tx.execute(
        select(*columns).where(earlier).order_by(table.c.made_at.desc()).limit(1)
    )
    last = before.one_or_none()
    return Made(*row), None if last is None else Made(*last)


async def settle(tx: Tx, administrator: int, key: str, state: str) -> None:
    """What became of a digest: "sent", or "unknown", which the next one covers."""
    await tx.execute(update(table).where(_this(administrator, key)).values(state=state))


def _this(administrator: int, key: str) -> ColumnElement[bool]:
    return and_(table.c.administrator_id == administrator, table.c.key == key)
