"""Opening a database, and the transaction: begun before the first read, committed whole."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import schema
from storage.location import StorageError, file_of, located
from storage.one_trip import OneTrip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import IO

    from sqlalchemy import Table
    from sqlalchemy.engine import URL
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

Tx: TypeAlias = AsyncConnection
"""A transaction under way: what every function of this package takes first."""

_PATIENCE = "busy_timeout = 10000"
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    _PATIENCE,
    "foreign_keys = ON",
    # What is deleted is overwritten: drafts and links leave no trace in free pages.
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    "wal_autocheckpoint = 200",
)
_LOCK = text(
    "SELECT pg_advisory_xact_lock(number)"
    " FROM (SELECT unnest(CAST(:numbers AS bigint[])) AS number ORDER BY 1) AS sorted"
)
_POSTGRES = {
    "options": " ".join(
        f"-c {name}={value}"
        for name, value in {
            "statement_timeout": "5s",
            "lock_timeout": "3s",
            "idle_in_transaction_session_timeout": "10s",
        }.items()
    ),
    # A commit is waited for to its end: a server that went silent must not make that for ever.
    "tcp_user_timeout": 15_000,
}


@dataclass(slots=True)
class Database:
    """An open database: on SQLite one writer and readers beside it, on PostgreSQL a pool."""

    _writer: AsyncEngine
    _reader: AsyncEngine
    _lock: asyncio.Lock | None
    _held: IO[bytes] | None = None
    waited: Callable[[float], None] = lambda _: None
    """Told how many seconds each writer waited until its transaction began."""

    @property
    def one_writer(self) -> bool:
        """Whether writers wait for each other, so that it pays to write together."""
        return self._lock is not None

    @property
    def alone(self) -> bool:
        """Whether no other process can be using this database as a running product does."""
        return self._held is not None

    @classmethod
    async def open(cls, url: str, *, exclusive: bool = False) -> Database:
        """Open a database whose schema is the one this version needs.

        ``exclusive`` keeps a second running product away from a SQLite file, and has the file
        checked. Raises StorageError: no database, another schema, in use, damaged.
        """
        where = located(url)
        schema.must_fit(where)
        path = file_of(where)
        held = hold(path) if exclusive and path is not None else None
        database = cls.bare(where, held)
        if held is not None and not await _sound(database):
            await database.close()
            raise StorageError(f"{path} is damaged", "restore a backup in its place")
        return database

    @classmethod
    def bare(cls, where: URL, held: IO[bytes] | None = None) -> Database:
        """A database as it is, whatever is in it; a SQLite file is made where there is none.

        ``held`` keeps other running products away for as long as it is open.
        """
        path = file_of(where)
        if path is None:
            engine = create_async_engine(
                where,
                connect_args=_POSTGRES,
                pool_size=10,
                pool_pre_ping=True,
                hide_parameters=True,
            )
            return cls(engine, engine, None)
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        readers = _sqlite(where, 4, "query_only = ON")
        return cls(_sqlite(where, 1), readers, asyncio.Lock(), held)

    def writing(self, *, brief: bool = False) -> AbstractAsyncContextManager[Tx]:
        """A transaction that may write. Left by an exception, nothing of it has happened.

        ``brief`` says that each of its statements touches a few rows by their keys: SQLite then
        executes them in the caller's own thread, and only begin and commit are waited for. A trip
        to another thread costs several times as much as such a statement.
        """
        return self._transaction(self._writer, writes=True, brief=brief)

    def reading(self, *, brief: bool = False) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees one state of the database and changes nothing; ``brief`` as for
        ``writing``.
        """
        return self._transaction(self._reader, writes=False, brief=brief)

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, *, writes: bool, brief: bool
    ) -> AsyncIterator[Tx]:
        lock = self._lock if writes else None
        began = time.perf_counter()
        if lock is not None:
            await lock.acquire()
        try:
            tx = await engine.connect()
            try:
                await _begin(tx, writes=writes)
                if writes:
                    self.waited(time.perf_counter() - began)
                if brief:
                    await hurry(tx, here=True)
                yield tx
                if brief:
                    await hurry(tx, here=False)
                if writes:
                    await self._shielded(tx.commit())
            finally:
                # A cancellation must not cut short what rolls back.
                await self._shielded(_end(tx))
        finally:
            if lock is not None:
                lock.release()

    async def _shielded(self, work: Coroutine[None, None, None]) -> None:
        """Carry a commit or a close to its end, however often whoever waits for it is cancelled."""
        task = asyncio.create_task(work)
        interrupted: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError as cancelled:
                interrupted = interrupted or cancelled
        if interrupted is None:
            return task.result()
        with suppress(Exception):
            task.result()
        raise interrupted

    async def tidy(self) -> bool:
        """Leave no trace of what was deleted in SQLite's write-ahead log, which secure_delete does
        not reach: empty it into the file. While somebody reads, it is left for the next time, and
        False.
        """
        if self._lock is None:
            return True
        async with self._lock, self._writer.connect() as connection:
            # It would wait for readers as long as any lock, and every writer with it: a backup
            # reads for long.
            await connection.execute(text("PRAGMA busy_timeout = 0"))
            try:
                done = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                return bool(done.one()[0] == 0)
            finally:
                await self._shielded(_patient(connection))

    async def compact(self, tables: Sequence[str], *, patient: bool = False) -> bool:
        """Leave no older versions of these tables' rows in PostgreSQL's files: they tell which
        transaction wrote a row first, and a plain VACUUM leaves their bytes where they are. Nobody
        can use a table meanwhile; ``patient``, a large one may take its time. False where somebody
        held one for too long; SQLite has no such versions.
        """
        if self._lock is not None:
            return True
        try:
            async with self._writer.connect() as connection:
                plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
                if patient:
                    await plain.execute(text("SET statement_timeout = 0"))
                try:
                    for each in tables:
                        await plain.execute(text(f'VACUUM FULL "{each}"'))
                finally:
                    await plain.execute(text("RESET statement_timeout"))
        except DBAPIError:
            return False
        return True

    async def close(self) -> None:
        """Close every connection and let go of the file."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()
        if self._held is not None:
            self._held.close()


_T = TypeVar("_T")


def upsert(tx: Tx, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do on a conflict, in the words of the database in use."""
    return upsert_in(tx.dialect.name, table)


def upsert_in(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same by the name of the dialect, for statements that are built once."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def portions(values: Sequence[_T], most: int = 500) -> Iterator[Sequence[_T]]:
    """The values in portions: a statement takes only so many at a time."""
    for first in range(0, len(values), most):
        yield values[first : first + most]


async def lock_person(tx: Tx, key: str) -> bool:
    """Have everybody else who asks for the same key wait until this transaction ends.

    SQLite has one writer, there is nobody else: False, what was read before still holds.
    """
    return await lock_people(tx, [key])


async def lock_people(tx: Tx, keys: Collection[str]) -> bool:
    """The same for many keys, always in the same order: two who ask for the same ones wait for each
    other one way only.
    """
    if tx.dialect.name != "postgresql" or not keys:
        return False
    hashed = (hashlib.sha256(key.encode()).digest()[:8] for key in keys)
    numbers = sorted({int.from_bytes(each, signed=True) for each in hashed})
    await tx.execute(_LOCK, {"numbers": numbers})
    return True


async def unhurried(tx: Tx) -> None:
    """Have a transaction take its time: what is quick while people wait need not be so here."""
    if tx.dialect.name == "postgresql":
        for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
            await tx.execute(text(f"SET LOCAL {name} = 0"))


async def _sound(database: Database) -> bool:
    try:
        async with database.reading() as tx:
            said = (await tx.execute(text("PRAGMA quick_check(1)"))).scalar_one()
    except DatabaseError:  # too damaged to be checked
        return False
    return bool(said == "ok")


async def _begin(tx: Tx, *, writes: bool) -> None:
    """Begin by hand on SQLite: the driver would begin late and without a lock, and two that read
    before they write would lose one of their updates.
    """
    if tx.dialect.name == "postgresql":
        if not writes:
            await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        return
    await tx.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))


async def hurry(tx: Tx, *, here: bool) -> None:
    """Whether SQLite executes what follows in the caller's own thread: brief statements alone."""
    driver = (await tx.get_raw_connection()).driver_connection
    if isinstance(driver, OneTrip):
        driver.here = here


async def _end(tx: AsyncConnection) -> None:
    """Give the connection back, with nothing under way. Of SQLite's transactions SQLAlchemy knows
    nothing: they are begun by hand.
    """
    try:
        if not tx.invalidated:  # a connection that was given up took its transaction with it
            driver = (await tx.get_raw_connection()).driver_connection
            if isinstance(driver, OneTrip):
                driver.here = False
                if driver.in_transaction:
                    await driver.rollback()
    finally:
        await tx.close()


async def _patient(connection: AsyncConnection) -> None:
    await connection.execute(text(f"PRAGMA {_PATIENCE}"))


def _sqlite(where: URL, connections: int, *more: str) -> AsyncEngine:
    engine = create_async_engine(
        where,
        async_creator=partial(OneTrip, str(where.database)),
        pool_size=connections,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        # A transaction is ended where it was begun: by hand, with one trip and not three.
        skip_autocommit_rollback=True,
        pool_reset_on_return=None,
        hide_parameters=True,  # a failed statement must not carry answers into a log
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *more):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def hold(path: Path) -> IO[bytes]:
    """Keep every other running product away from a database file, for as long as what is returned
    is open. Raises StorageError where one is there.
    """
    held = path.with_name(path.name + ".lock").open("wb")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        what = f"another Assay uses {path}"
        raise StorageError(what, "stop it first; each needs a database of its own") from None
    return held
