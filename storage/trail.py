"""The trail of a company: deeds are appended, each bound to the one before, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from flows.trail import Deed, bound
from storage.tables import deed as table
from storage.tables import organisation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Tx

_COLUMNS = (
    table.c.at, table.c.who, table.c.act, table.c.edition, table.c.item, table.c.row_id,
    table.c.said, table.c.digest,
)  # fmt: skip


async def note(
    tx: Tx, organisation_id: str, deeds: Iterable[Deed], assessment: int | None = None
) -> None:
    """Append deeds of a company, of one assessment where they belong to one."""
    if tx.dialect.name == "postgresql":  # SQLite has one writer
        # One after the other: two deeds at once would follow from the same one.
        locked = select(organisation.c.id).where(organisation.c.id == organisation_id)
        await tx.execute(locked.with_for_update())
    newest = select(table.c.digest).where(table.c.organisation_id == organisation_id)
    query = newest.order_by(table.c.id.desc()).limit(1)
    before = (await tx.execute(query)).scalar_one_or_none() or ""
    rows = []
    for each in deeds:
        before = bound(before, each)
        said = {name: getattr(each, name) for name in ("at", "who", "act", "edition", "item")}
        said |= {"row_id": each.row, "said": each.said, "digest": before}
        rows.append({"organisation_id": organisation_id, "assessment_id": assessment, **said})
    if rows:
        await tx.execute(insert(table), rows)


async def deeds(tx: Tx, organisation_id: str) -> tuple[Deed, ...]:
    """Every deed of a company, in order."""
    query = select(*_COLUMNS).where(table.c.organisation_id == organisation_id)
    return tuple(Deed(*row) for row in await tx.execute(query.order_by(table.c.id)))


async def of_assessment(tx: Tx, assessment: int) -> tuple[Deed, ...]:
    """The deeds of one assessment, in order."""
    query = select(*_COLUMNS).where(table.c.assessment_id == assessment)
    return tuple(Deed(*row) for row in await tx.execute(query.order_by(table.c.id)))


async def has(tx: Tx, assessment: int, act: str, said: str) -> bool:
    """Whether this was done in an assessment already."""
    this = table.c.assessment_id == assessment, table.c.act == act, table.c.said == said
    return int((await tx.execute(select(func.count()).where(*this))).scalar_one()) > 0
