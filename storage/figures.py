"""Answer side, read: what the database counts, cross-tables, words without their writers.

The totals of a round are the tallies that are kept as responses come, so they cost the same for a
hundred responses and for a million. What divides a round by another question reads the marks of
each response, inside the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Text, and_, func, select, type_coerce

from flows.marks import layout
from flows.statistics import Counted, tally
from storage.responses import Response
from storage.tables import collection, comment, response
from storage.tables import tally as tallies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from flows.instrument import Instrument
    from flows.marks import Field
    from flows.statistics import Selection
    from storage.database import Tx


def _of(instrument: Instrument, round_name: str) -> ColumnElement[bool]:
    """What was collected of this edition in this round."""
    return and_(
        collection.c.instrument == instrument.id,
        collection.c.edition == instrument.edition,
        collection.c.round == round_name,
    )


async def rounds(tx: Tx, instrument_id: str) -> tuple[str, ...]:
    """The names of the rounds in which anything was collected, sorted."""
    names = select(collection.c.round).where(collection.c.instrument == instrument_id)
    return tuple((await tx.execute(names.distinct().order_by(collection.c.round))).scalars())


async def editions(tx: Tx, instrument_id: str, round_name: str) -> tuple[str, ...]:
    """The editions that were answered in a round, sorted."""
    this = _round_of(instrument_id, round_name)
    found = select(collection.c.edition).where(this).distinct().order_by(collection.c.edition)
    return tuple((await tx.execute(found)).scalars())


async def counted(
    tx: Tx, instrument: Instrument, round_name: str, source: str | None = None
) -> Counted:
    """What was counted of one edition in a round; who was invited is not known on this side.

    ``source`` counts only what was sent ("chat") or brought ("import").
    """
    this = _of(instrument, round_name)
    if source is not None:
        this = and_(this, collection.c.source == source)
    totals = select(
        func.coalesce(func.sum(collection.c.responded), 0),
        func.coalesce(func.sum(collection.c.finished), 0),
    ).where(this)
    responded, finished = (await tx.execute(totals)).one()
    marks = (
        select(tallies.c.item, tallies.c.marks, func.sum(tallies.c.responses))
        .join(collection)
        .where(this)
        .group_by(tallies.c.item, tallies.c.marks)
    )
    words = (
        select(comment.c.item, func.count())
        .join(collection, comment.c.collection_id == collection.c.id)
        .where(this)
        .group_by(comment.c.item)
    )
    texts = {item: int(number) for item, number in await tx.execute(words)}
    fields = layout(instrument).by_item
    said: dict[str, dict[Selection, int]] = {item: {} for item in fields}
    for item, each, number in await tx.execute(marks):
        selection = fields[item].selection(each)
        if selection is not None:
            said[item][selection] = int(number)
    counts = {item: tally(each, texts.get(item, 0)) for item, each in said.items()}
    for item in instrument.items:
        if item.kind == "text" and item.id in texts:
            # A free text is its own answer: whoever wrote one is in the base.
            counts[item.id] = tally({(): texts[item.id]}, texts[item.id])
    return Counted(
        instrument.id, instrument.edition, round_name, None, int(responded), int(finished), counts
    )


async def crossed(
    tx: Tx, instrument: Instrument, round_name: str, item: str, by: str
) -> dict[tuple[Selection, Selection], int]:
    """How many made each pair of selections under two items, of those who answered both."""
    fields = layout(instrument).by_item
    one, other = (_marks_of(fields[each]) for each in (item, by))
    pairs = (
        select(one, other, func.count())
        .select_from(response)
        .join(collection)
        .where(_of(instrument, round_name))
        .group_by(one, other)
    )
    found: dict[tuple[Selection, Selection], int] = {}
    for mine, theirs, number in await tx.execute(pairs):
        selections = fields[item].selection(mine), fields[by].selection(theirs)
        if selections[0] is not None and selections[1] is not None:
            found[selections[0], selections[1]] = int(number)
    return found


def _marks_of(field: Field) -> ColumnElement[str]:
    """The marks of one item, cut out of the line. Literal: PostgreSQL groups by the same text."""
    cut = func.substr(response.c.marks, field.start + 1, len(field.options))
    return type_coerce(cut, Text())


async def words(tx: Tx, instrument: Instrument, round_name: str, item: str) -> tuple[str, ...]:
    """Every text given with an item, in alphabetical order: it tells nothing about who wrote it."""
    found = (
        select(comment.c.words)
        .join(collection, comment.c.collection_id == collection.c.id)
        .where(_of(instrument, round_name), comment.c.item == item)
    )
    return tuple(sorted((await tx.execute(found)).scalars()))


def _round_of(instrument_id: str, round_name: str) -> ColumnElement[bool]:
    """What was collected of any edition in this round."""
    return and_(collection.c.instrument == instrument_id, collection.c.round == round_name)


async def texts(tx: Tx, instrument_id: str, round_name: str) -> dict[str, int]:
    """How many texts were given with each item, in all editions."""
    found = (
        select(comment.c.item, func.count())
        .join(collection, comment.c.collection_id == collection.c.id)
        .where(_round_of(instrument_id, round_name))
        .group_by(comment.c.item)
    )
    return {item: int(number) for item, number in await tx.execute(found)}


async def written(
    tx: Tx, instrument_id: str, round_name: str, item: str
) -> AsyncIterator[tuple[str, str]]:
    """Every text given with an item in any edition, with the part of the answer it is; in the
    order of their characters, which is the same in every database.
    """
    order = "C" if tx.dialect.name == "postgresql" else "BINARY"
    found = (
        select(comment.c.part, comment.c.words)
        .join(collection, comment.c.collection_id == collection.c.id)
        .where(_round_of(instrument_id, round_name), comment.c.item == item)
        .order_by(comment.c.words.collate(order), comment.c.part)
    )
    async for part, words in await tx.stream(found):
        yield part, words


async def rows(tx: Tx, instrument: Instrument, round_name: str) -> AsyncIterator[Response]:
    """The responses of one edition in a round, ticks only, in the order of their random ids; read
    one by one, so that memory does not grow with them.
    """
    lines = layout(instrument)
    found = (
        select(response.c.marks, response.c.finished)
        .join(collection)
        .where(_of(instrument, round_name))
        .order_by(response.c.id)
    )
    async for marks, finished in await tx.stream(found):
        yield Response(lines.answers(marks), bool(finished))
