"""How far letting out has come in each round, and what is still to be compacted after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from storage.database import lock_person, upsert
from storage.tables import mixing as table
from storage.tables import uncompacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Mixing:
    """``final`` once fewer than a batch were let out, because the round was over: it is so for
    good. ``since_details`` counts anonymous responses let out since contact details were.
    """

    final: bool = False
    since_details: int = 0


async def alone(tx: Tx, instrument: str, round_name: str) -> None:
    """Have everybody else wait who lets out of this round, or gives it another end, until this
    transaction is over.
    """
    await lock_person(tx, f"pool:{instrument}:{round_name}")


async def of(tx: Tx, instrument: str, round_name: str) -> Mixing:
    """How far it has come in a round."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    query = select(table.c.final, table.c.since_details).where(this)
    row = (await tx.execute(query)).one_or_none()
    return Mixing() if row is None else Mixing(bool(row.final), row.since_details)


async def keep(tx: Tx, instrument: str, round_name: str, now: Mixing) -> None:
    """Keep how far it has come."""
    values = {"final": int(now.final), "since_details": now.since_details}
    kept = upsert(tx, table).values(instrument=instrument, round=round_name, **values)
    key = [table.c.instrument, table.c.round]
    await tx.execute(kept.on_conflict_do_update(index_elements=key, set_=values))


async def leaves_versions(tx: Tx, names: Iterable[str], token: Callable[[], str]) -> None:
    """These tables are written anew here, which leaves older versions in PostgreSQL's files."""
    if tx.dialect.name != "postgresql":
        return
    for each in names:
        mark = token()
        marked = upsert(tx, uncompacted).values(name=each, mark=mark)
        again = marked.on_conflict_do_update(
            index_elements=[uncompacted.c.name], set_={"mark": mark}
        )
        await tx.execute(again)


async def to_compact(tx: Tx) -> list[tuple[str, str]]:
    """Tables whose files hold older versions still, each with its mark."""
    query = select(uncompacted.c.name, uncompacted.c.mark).order_by(uncompacted.c.name)
    return [(name, mark) for name, mark in await tx.execute(query)]


async def are_compact(tx: Tx, done: Iterable[tuple[str, str]]) -> None:
    """Tables were compacted; one that was written anew meanwhile is to be once more."""
    for name, mark in done:
        this = and_(uncompacted.c.name == name, uncompacted.c.mark == mark)
        await tx.execute(delete(uncompacted).where(this))
