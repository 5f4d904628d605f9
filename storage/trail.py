"""Trails: deeds are appended, each bound to the one before, and never changed. An assessment has
one, and each company one for what belongs to no round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, insert, select

from flows.trail import Deed, bound
from storage.tables import deed as table
from storage.tables import organisation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from storage.database import Tx

_COLUMNS = (
    table.c.at, table.c.who, table.c.act, table.c.edition, table.c.item, table.c.row_id,
    table.c.said, table.c.digest,
)  # fmt: skip


async def note(
    tx: Tx, organisation_id: str, deeds: Iterable[Deed], assessment: int | None = None
) -> None:
    """Append deeds to the chain of an assessment, or to that of what is the company's whatever the
    round.
    """
    if tx.dialect.name == "postgresql":  # SQLite has one writer
        # One after the other: two deeds at once would follow from the same one.
        locked = select(organisation.c.id).where(organisation.c.id == organisation_id)
        await tx.execute(locked.with_for_update())
    newest = select(table.c.digest).where(_chain(organisation_id, assessment))
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


async def of_company(tx: Tx, organisation_id: str) -> tuple[Deed, ...]:
    """The chain of what is a company's whatever the round: members, parts, its name, its sites."""
    query = select(*_COLUMNS).where(_chain(organisation_id, None))
    return tuple(Deed(*row) for row in await tx.execute(query.order_by(table.c.id)))


async def of_assessment(tx: Tx, assessment: int) -> tuple[Deed, ...]:
    """The chain of one assessment."""
    query = select(*_COLUMNS).where(table.c.assessment_id == assessment)
    return tuple(Deed(*row) for row in await tx.execute(query.order_by(table.c.id)))


def _chain(organisation_id: str, assessment: int | None) -> ColumnElement[bool]:
    if assessment is not None:
        return table.c.assessment_id == assessment
    return and_(table.c.organisation_id == organisation_id, table.c.assessment_id.is_(None))


async def has(tx: Tx, assessment: int, act: str, said: str) -> bool:
    """Whether this was done in an assessment already."""
    this = table.c.assessment_id == assessment, table.c.act == act, table.c.said == said
    return int((await tx.execute(select(func.count()).where(*this))).scalar_one()) > 0
