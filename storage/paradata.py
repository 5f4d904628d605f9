"""How answers came in: counts by door, language and minutes; never a row a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import and_, select

from storage.database import upsert
from storage.tables import paradata as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Tx

Kind: TypeAlias = Literal["door", "language", "minutes"]


async def count(tx: Tx, instrument: str, round_name: str, seen: Mapping[Kind, str]) -> None:
    """Count one response that came in so."""
    for kind, value in seen.items():
        key = {"instrument": instrument, "round": round_name, "kind": kind, "value": value}
        one = upsert(tx, table).values(**key, people=1)
        more = {"people": table.c.people + 1}
        columns = [table.c[name] for name in key]
        await tx.execute(one.on_conflict_do_update(index_elements=columns, set_=more))


async def counts(tx: Tx, instrument: str, round_name: str) -> dict[Kind, dict[str, int]]:
    """What was counted in a round: kind -> value -> people."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    found: dict[Kind, dict[str, int]] = {"door": {}, "language": {}, "minutes": {}}
    columns = table.c.kind, table.c.value, table.c.people
    for kind, value, people in await tx.execute(select(*columns).where(this)):
        found[kind][value] = people
    return found
