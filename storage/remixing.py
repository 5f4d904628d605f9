"""Answer side: all responses of a round written anew, so that nothing tells which came together.

What is written leaves marks that no column shows: PostgreSQL keeps with each row which transaction
wrote it and where it lies, a page of SQLite fills in the order of writing. When some responses are
added, all of their round are written again in the same transaction, under new ids and in their
order; so are the counts of marks.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from storage.database import portions
from storage.tables import collection, comment, contact_request, response, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Table

    from storage.database import Tx


async def rounds(tx: Tx) -> set[tuple[str, str]]:
    """Every round in which anything was sent."""
    found: set[tuple[str, str]] = set()
    for table in (collection, contact_request):
        pairs = await tx.execute(select(table.c.instrument, table.c.round).distinct())
        found |= {(of, name) for of, name in pairs}
    return found


async def write_anew(tx: Tx, instrument: str, round_name: str, token: Callable[[], str]) -> None:
    """Write everything that was sent in a round again, under ids that ``token`` draws. What was
    imported stays: its ids are computed.
    """
    this = (collection.c.instrument == instrument, collection.c.round == round_name)
    sent = select(collection.c.id).where(*this, collection.c.source == "chat")
    places = list((await tx.execute(sent)).scalars())
    held: dict[str, list[dict[str, Any]]] = {}
    for table in (comment, tally):
        held[table.name] = await _taken(tx, table, table.c.collection_id.in_(places))
    wishes = contact_request.c.instrument == instrument, contact_request.c.round == round_name
    held["contact_request"] = await _taken(tx, contact_request, *wishes)
    held["response"] = await _taken(tx, response, response.c.collection_id.in_(places))
    new_ids = {row["id"]: token() for row in held["response"]}
    for row in held["response"]:
        row["id"] = new_ids[row["id"]]
    for row in (*held["comment"], *held["contact_request"]):
        row["id"] = token()
        if row["response_id"] is not None:
            row["response_id"] = new_ids[row["response_id"]]
    for table in (response, comment, contact_request):
        await _put(tx, table, sorted(held[table.name], key=itemgetter("id")))
    by_key = itemgetter("collection_id", "item", "marks")
    await _put(tx, tally, sorted(held["tally"], key=by_key))


async def _taken(tx: Tx, table: Table, *those: ColumnElement[bool]) -> list[dict[str, Any]]:
    found = await tx.execute(delete(table).where(*those).returning(*table.c))
    return [dict(each) for each in found.mappings()]


async def _put(tx: Tx, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    for some in portions(rows):
        await tx.execute(insert(table), list(some))
