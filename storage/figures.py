"""Answer side, read: what the database counts, cross-tables, words without their writers.

The totals of a round are the tallies that are kept as responses come, so they cost the same for a
hundred responses and for a million. What divides a round by another question reads the marks of
each response: the database joins the lines of some thousands into one text, which `flows.crossing`
counts, and nothing is grouped or sorted.

SQLite groups and orders by sorting, and sorts in memory. Where it would sort a whole round, it is
asked in a way that an index has in order already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, TextClause, and_, func, select, text

from flows.crossing import Crossing
from flows.marks import layout
from flows.statistics import Counted, tally
from storage.responses import TEXTS, Response
from storage.tables import collection, comment, response
from storage.tables import tally as tallies

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from flows.instrument import Instrument
    from flows.statistics import Selection, Tally
    from storage.database import Tx

_AT_ONCE = 20_000
"""Responses that are read together on SQLite, in about 1 MiB."""
_PAGES = 512
"""PostgreSQL's pages that are read together: 4 MiB."""
_READ = 1_000


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
    written = await _texts(tx, this)
    fields = layout(instrument).by_item
    said: dict[str, dict[Selection, int]] = {item: {} for item in fields}
    for item, each, number in await tx.execute(marks.where(tallies.c.marks != TEXTS)):
        selection = fields[item].selection(each)
        if selection is not None:
            said[item][selection] = int(number)
    counts = {item: tally(each, written.get(item, 0)) for item, each in said.items()}
    for item in instrument.items:
        if item.kind == "text" and item.id in written:
            # A free text is its own answer: whoever wrote one is in the base.
            counts[item.id] = tally({(): written[item.id]}, written[item.id])
    return Counted(
        instrument.id, instrument.edition, round_name, None, int(responded), int(finished), counts
    )


async def divided(
    tx: Tx, instrument: Instrument, round_name: str, by: str
) -> dict[Selection, dict[str, Tally]]:
    """The tallies of every other item with options, among those who made each selection under
    ``by``: selection -> item -> tally. One pass over the round, however many selections there are.
    """
    crossing = Crossing(layout(instrument), by)
    here = await _kept_in(tx, _of(instrument, round_name))
    joined = select(func.aggregate_strings(response.c.marks, ""))
    async for part in _parts(tx):
        lines = (await tx.execute(joined.where(here, part))).scalar_one()
        if lines:
            crossing.add(lines)
    return crossing.tallies()


async def _parts(tx: Tx) -> AsyncGenerator[ColumnElement[bool] | TextClause, None]:
    """Conditions that divide the responses of all rounds as they lie: some at a time need the same
    memory however many there are, and no statement takes as long as PostgreSQL would let it.
    """
    if tx.dialect.name == "postgresql":
        pages = text("SELECT pg_relation_size('response') / current_setting('block_size')::int")
        span = text("ctid >= CAST(:first AS tid) AND ctid < CAST(:end AS tid)")
        for first in range(0, (await tx.execute(pages)).scalar_one(), _PAGES):
            yield span.bindparams(first=f"({first},0)", end=f"({first + _PAGES},0)")
        return
    last: str | None = ""
    while last is not None:
        beyond = response.c.id > last
        farther = select(response.c.id).where(beyond).order_by(response.c.id)
        last = (await tx.execute(farther.offset(_AT_ONCE).limit(1))).scalar_one_or_none()
        yield beyond if last is None else and_(beyond, response.c.id <= last)


async def _kept_in(tx: Tx, this: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on responses that they are in these collections."""
    places = await _places(tx, this)
    if tx.dialect.name == "postgresql":
        return response.c.collection_id.in_(places)
    # By the index on it, SQLite would look up every row apart, and sort what it found in memory; a
    # sum is in no index, so it reads the rows as they lie, in order of their ids.
    return (response.c.collection_id + 0).in_(places)


async def _places(tx: Tx, this: ColumnElement[bool]) -> list[int]:
    return list((await tx.execute(select(collection.c.id).where(this))).scalars())


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
    return await _texts(tx, _round_of(instrument_id, round_name))


async def _texts(tx: Tx, this: ColumnElement[bool]) -> dict[str, int]:
    counted = (
        select(tallies.c.item, func.sum(tallies.c.responses))
        .join(collection)
        .where(this, tallies.c.marks == TEXTS)
        .group_by(tallies.c.item)
    )
    return {item: int(number) for item, number in await tx.execute(counted)}


async def written(
    tx: Tx, instrument_id: str, round_name: str, item: str
) -> AsyncGenerator[tuple[str, str, bool], None]:
    """Every text given with an item in any edition, with the part of the answer it is and whether
    it may be quoted; in the order of their characters, which is the same in every database.
    """
    order = "C" if tx.dialect.name == "postgresql" else "BINARY"
    found = (
        select(comment.c.part, comment.c.words, comment.c.quotable)
        .join(collection, comment.c.collection_id == collection.c.id)
        .where(_round_of(instrument_id, round_name), comment.c.item == item)
        .order_by(comment.c.words.collate(order), comment.c.part)
    )
    read = await tx.stream(found)
    try:
        async for part, text, quotable in read:
            yield part, text, bool(quotable)
    finally:
        await read.close()


async def rows(tx: Tx, instrument: Instrument, round_name: str) -> AsyncGenerator[Response, None]:
    """The responses of one edition in a round, ticks only, in the order of their random ids; read
    one by one, so that memory does not grow with them.
    """
    lines = layout(instrument)
    here = await _kept_in(tx, _of(instrument, round_name))
    found = select(response.c.marks, response.c.finished).where(here).order_by(response.c.id)
    read = await tx.stream(found)
    try:
        # Some at a time: waiting for each by itself takes as long as reading it.
        async for some in read.partitions(_READ):
            for marks, finished in some:
                yield Response(lines.answers(marks), bool(finished))
    finally:  # read to the end or not: PostgreSQL holds a cursor open for it
        await read.close()
