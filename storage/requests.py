"""Who asks to take part, in their own words, until somebody decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from storage.database import upsert
from storage.tables import request as table

if TYPE_CHECKING:
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who asks to take part."""

    id: int
    participant_id: str
    words: str


async def put(tx: Tx, participant_id: str, words: str) -> None:
    """Ask; who asked before asks in these words from now on."""
    asked = upsert(tx, table).values(participant_id=participant_id, who=words)
    key = [table.c.participant_id]
    await tx.execute(asked.on_conflict_do_update(index_elements=key, set_={"who": words}))


async def waiting(tx: Tx, limit: int) -> list[Request]:
    """Those who wait, the first one first."""
    columns = table.c.id, table.c.participant_id, table.c.who
    return [
        Request(*row)
        for row in await tx.execute(select(*columns).order_by(table.c.id).limit(limit))
    ]


async def count(tx: Tx) -> int:
    """How many wait."""
    return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())


async def take(tx: Tx, number: int) -> Request | None:
    """Decide on a request: it is gone afterwards; None where somebody has decided already."""
    columns = table.c.id, table.c.participant_id, table.c.who
    gone = delete(table).where(table.c.id == number).returning(*columns)
    row = (await tx.execute(gone)).one_or_none()
    return None if row is None else Request(*row)


async def has_asked(tx: Tx, participant_id: str) -> bool:
    """Whether this person waits for an answer."""
    mine = select(table.c.id).where(table.c.participant_id == participant_id)
    return (await tx.execute(mine)).first() is not None
