"""Where companies stood among their peers when their batch was reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from flows import standing
from storage.database import upsert
from storage.tables import assessment
from storage.tables import standing as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.standing import Standing
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Batch:
    """The last batch of a round: its number (0 for none yet), how many companies were in it, and
    how many have been in any.
    """

    number: int
    size: int
    ever: int


async def last_batch(tx: Tx, instrument: str, round_name: str) -> Batch:
    """The last batch of a round. A company that dissolved since is in none."""
    joined = table.join(assessment, assessment.c.id == table.c.assessment_id)
    here = and_(assessment.c.instrument == instrument, assessment.c.round == round_name)
    counted = select(table.c.batch, func.count()).select_from(joined).where(here)
    found = [(batch, n) for batch, n in await tx.execute(counted.group_by(table.c.batch))]
    number, size = max(found, default=(0, 0))
    return Batch(number, size, sum(n for _, n in found))


async def put(tx: Tx, places: Mapping[int, Standing], *, batch: int) -> None:
    """Keep the places of a batch, by assessment."""
    for number, place in places.items():
        values = {"batch": batch, "body": standing.dump(place)}
        new = upsert(tx, table).values(assessment_id=number, **values)
        key = [table.c.assessment_id]
        await tx.execute(new.on_conflict_do_update(index_elements=key, set_=values))


async def of(tx: Tx, assessment_id: int) -> Standing | None:
    """Where a company stood in its round, or None where it was in no batch yet."""
    query = select(table.c.body).where(table.c.assessment_id == assessment_id)
    body = (await tx.execute(query)).scalar_one_or_none()
    return None if body is None else standing.load(body)
