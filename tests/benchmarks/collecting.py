"""A round that many answered, written into a new database past the product: kept one by one, a
million responses would take hours. A test compares what both write.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias, TypeVar

import psycopg

from flows.instrument import Instrument
from storage import schema
from storage.database import Database, Tx
from storage.location import file_of, located
from storage.responses import TEXTS
from tests.benchmarks.population import Drawn

T = TypeVar("T")
Row: TypeAlias = tuple[object, ...]
Write: TypeAlias = Callable[[str, Sequence[Row]], None]

ROUND, PERIOD = "open", "2026-Q4"
_PLACE = 1
_AT_ONCE = 10_000
_COLUMNS = {
    "collection": ("id", "instrument", "edition", "round", "source", "responded", "finished"),
    "response": ("id", "collection_id", "finished", "period", "marks"),
    "tally": ("collection_id", "item", "marks", "responses"),
    "comment": ("id", "response_id", "collection_id", "item", "part", "words"),
}


@dataclass(frozen=True, slots=True)
class Round:
    """What a benchmark of a round is given."""

    url: str
    instrument: Instrument
    responses: int
    name: str = ROUND

    def open(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """What comes of work on the open database."""

        async def opened() -> T:
            database = await Database.open(self.url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(opened())

    def read(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """What comes of work in one reading transaction."""

        async def reading(database: Database) -> T:
            async with database.reading() as tx:
                return await work(tx)

        return self.open(reading)


def collect(url: str, instrument: Instrument, number: int, drawn: Iterable[Drawn]) -> Round:
    """Make the tables, and put the round into them."""
    schema.upgrade(url)
    path = file_of(located(url))
    with _sqlite(str(path)) if path else _postgres(url) as write:
        key = (_PLACE, instrument.id, instrument.edition, ROUND)
        write("collection", [(*key, "import", number, number)])
        tallies: Counter[tuple[str, str]] = Counter()
        people = iter(drawn)
        while some := list(islice(people, _AT_ONCE)):
            for one in some:
                tallies.update(one.marks)
                tallies.update((item, TEXTS) for _, item, *_ in one.words)
            write("response", [_response(one) for one in some])
            write("comment", [row for one in some for row in _comments(one)])
        write("tally", [(_PLACE, *key, count) for key, count in tallies.items()])
    return Round(url, instrument, number)


def _response(one: Drawn) -> Row:
    return (one.id, _PLACE, 1, PERIOD, "".join(marks for _, marks in one.marks))


def _comments(one: Drawn) -> Iterator[Row]:
    for key, *words in one.words:
        yield (key, one.id, _PLACE, *words)


@contextmanager
def _sqlite(path: str) -> Iterator[Write]:
    with closing(sqlite3.connect(path)) as connection:
        # Nothing here outlives the run; a million random keys are put in order in memory.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -2000000")

        def write(table: str, rows: Sequence[Row]) -> None:
            columns = _COLUMNS[table]
            marks = ", ".join("?" for _ in columns)
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(statement, rows)

        yield write
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _postgres(url: str) -> Iterator[Write]:
    plain = located(url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:

        def write(table: str, rows: Sequence[Row]) -> None:
            statement = f"COPY {table} ({', '.join(_COLUMNS[table])}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)

        yield write
        connection.execute("SELECT setval(pg_get_serial_sequence('collection', 'id'), 1)")
        connection.commit()
        # As the server's own housekeeping leaves it some minutes later.
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
