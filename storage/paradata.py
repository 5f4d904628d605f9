"""How answers came in: counts by door, language and minutes; never a row a person."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import and_, select

from storage.database import upsert_in
from storage.tables import paradata as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Executable

    from storage.database import Tx

Kind: TypeAlias = Literal["door", "language", "minutes"]


async def count(tx: Tx, instrument: str, round_name: str, seen: Mapping[Kind, str]) -> None:
    """Count one response that came in so."""
    round_ = {"instrument": instrument, "round": round_name}
    rows = [{**round_, "kind": kind, "value": value, "people": 1} for kind, value in seen.items()]
    if rows:
        await tx.execute(_one_more(tx.dialect.name), rows)


@cache
def _one_more(dialect: str) -> Executable:
    key = [table.c.instrument, table.c.round, table.c.kind, table.c.value]
    more = {"people": table.c.people + 1}
    return upsert_in(dialect, table).on_conflict_do_update(index_elements=key, set_=more)


async def counts(tx: Tx, instrument: str, round_name: str) -> dict[Kind, dict[str, int]]:
    """What was counted in a round: kind -> value -> people."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    found: dict[Kind, dict[str, int]] = {"door": {}, "language": {}, "minutes": {}}
    columns = table.c.kind, table.c.value, table.c.people
    for kind, value, people in await tx.execute(select(*columns).where(this)):
        found[kind][value] = people
    return found
