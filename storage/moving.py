"""Moving everything from a SQLite file to an empty PostgreSQL database, whole or not at all."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, func, insert, select, text

from storage import schema
from storage.database import Database, unhurried
from storage.location import StorageError, WrongUseError, file_of, located
from storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sqlalchemy import Table

    from storage.database import Tx

PORTION: Final = 500
"""Rows that are read and written at a time."""


async def move(source: str, target: str) -> Mapping[str, int]:
    """Copy every row; how many there are of each table. The source is left as it is.

    Raises StorageError: not from SQLite to PostgreSQL, in use, another schema, not empty, or what
    arrived is not what left; then the target is as it was.
    """
    if file_of(located(source)) is None:
        raise WrongUseError("what is moved is no SQLite file", "name one in database.url")
    _must_be_postgresql(target)
    async with AsyncExitStack() as open_:
        old = await Database.open(source, exclusive=True)
        open_.push_async_callback(old.close)
        try:
            if schema.current(target)[0] is None:
                schema.upgrade(target)
            new = await Database.open(target)
        except StorageError as error:
            raise StorageError(f"TARGET_URL: {error.what}", "see TARGET_URL") from None
        open_.push_async_callback(new.close)
        async with old.reading() as before, new.writing() as after:
            await unhurried(after)
            return await _copied(before, after)


def _must_be_postgresql(target: str) -> None:
    """Raises WrongUseError for any other target."""
    cure = "write postgresql://USER@HOST/NAME"
    try:
        where = located(target, "TARGET_URL")
    except StorageError as error:
        raise WrongUseError(error.what, cure) from None
    if file_of(where) is not None:
        raise WrongUseError("TARGET_URL names a SQLite file", cure)


async def _copied(before: Tx, after: Tx) -> Mapping[str, int]:
    tables = metadata.sorted_tables  # what is referred to comes before what refers to it
    for table in tables:
        # Nobody puts anything in between: an instance that is started too early waits.
        await after.execute(text(f'LOCK TABLE "{table.name}" IN ACCESS EXCLUSIVE MODE'))
    for table in tables:
        if (await after.execute(select(table).limit(1))).first() is not None:
            what = f"the target is not empty: there are rows in {table.name}"
            raise StorageError(what, "name a database that nothing was kept in")
    moved = {}
    for table in tables:
        async for some in _portions(before, table):
            await after.execute(insert(table), some)
        await _count_on(before, after, table)
        moved[table.name] = await _same(before, after, table)
    return moved


async def _portions(tx: Tx, table: Table) -> AsyncIterator[list[dict[str, Any]]]:
    """The rows in the order of their keys. Those of answers are random, so that nothing of the
    order in which answers came arrives at the target, or stands in its file.
    """
    rows = await tx.stream(select(table).order_by(*table.primary_key.columns))
    async for some in rows.mappings().partitions(PORTION):
        yield [dict(row) for row in some]


async def _count_on(before: Tx, after: Tx, table: Table) -> None:
    """Have the numbers of new rows go on after those that were ever given out."""
    key = table.autoincrement_column
    if key is None or not isinstance(key.type, Integer):
        return
    named = await after.execute(
        text("SELECT pg_get_serial_sequence(:table, :key)"),
        {"table": f'"{table.name}"', "key": key.name},
    )
    sequence = named.scalar_one()
    last = (await after.execute(select(func.max(key)))).scalar_one() or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        kept = (await before.execute(given, {"table": table.name})).scalar_one_or_none()
        last = max(last, kept or 0)
    if sequence is not None and last:
        await after.execute(text("SELECT setval(:name, :last)"), {"name": sequence, "last": last})


async def _same(before: Tx, after: Tx, table: Table) -> int:
    """How many rows there are on both sides. Raises StorageError where they differ."""
    left, arrived = await _digest(before, table), await _digest(after, table)
    if left != arrived:
        what = f"what arrived in {table.name} is not what left"
        raise StorageError(what, "nothing was moved; check both databases, and try again")
    return left[0]


async def _digest(tx: Tx, table: Table) -> tuple[int, int]:
    """Count and content of a table. The digests of rows are added up, because the two databases
    do not agree on the order of texts.
    """
    count = content = 0
    rows = await tx.stream(select(table))
    async for row in rows:
        count += 1
        # A driver may hand out bytes as another type that prints otherwise.
        plain = tuple(each if isinstance(each, int | str | None) else bytes(each) for each in row)
        content += int.from_bytes(hashlib.sha256(repr(plain).encode()).digest())
    return count, content % 2**256
