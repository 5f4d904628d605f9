"""What researchers decided about the rows of an assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from flows.verification import Verdict
from storage.database import upsert
from storage.tables import verdict as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.database import Tx


async def of(tx: Tx, assessment: int) -> dict[str, Verdict]:
    """Every decision on an assessment, by row."""
    query = select(table.c.row_id, table.c.decision, table.c.reason, table.c.who, table.c.at)
    found = await tx.execute(query.where(table.c.assessment_id == assessment))
    return {row: Verdict(*rest) for row, *rest in found}


async def put(tx: Tx, assessment: int, row: str, verdict: Verdict) -> None:
    """Decide on a row, whatever was decided before."""
    values = {
        "decision": verdict.decision,
        "reason": verdict.reason,
        "who": verdict.who,
        "at": verdict.at,
    }
    new = upsert(tx, table).values(assessment_id=assessment, row_id=row, **values)
    key = [table.c.assessment_id, table.c.row_id]
    await tx.execute(new.on_conflict_do_update(index_elements=key, set_=values))


async def drop(tx: Tx, assessment: int, rows: Collection[str]) -> None:
    """These rows wait for a decision again."""
    these = table.c.assessment_id == assessment, table.c.row_id.in_(rows)
    await tx.execute(delete(table).where(*these))
