"""Opening a database, and the transaction: begun before the first read, committed whole."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import sqlite3
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import schema
from storage.location import StorageError, file_of, located

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
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
        if path is None:
            engine = create_async_engine(
                where,
                connect_args=_POSTGRES,
                pool_size=10,
                pool_pre_ping=True,
                hide_parameters=True,
            )
            return cls(engine, engine, None)
        held = _hold(path) if exclusive else None
        readers = _sqlite(where, 4, "query_only = ON")
        database = cls(_sqlite(where, 1), readers, asyncio.Lock(), held)
        if exclusive and not await database._sound():
            await database.close()
            raise StorageError(f"{path} is damaged", "restore a backup in its place")
        return database

    async def _sound(self) -> bool:
        try:
            async with self.reading() as tx:
                said = (await tx.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        except DatabaseError:  # too damaged to be checked
            return False
        return bool(said == "ok")

    def writing(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that may write. Left by an exception, nothing of it has happened."""
        return self._transaction(self._writer, writes=True)

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that sees one state of the database and changes nothing."""
        return self._transaction(self._reader, writes=False)

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, *, writes: bool) -> AsyncIterator[Tx]:
        lock = self._lock if writes else None
        if lock is not None:
            await lock.acquire()
        try:
            tx = await engine.connect()
            try:
                await _begin(tx, writes=writes)
                yield tx
                if writes:
                    await self._shielded(tx.commit())
            finally:
                # Closing rolls back what was not committed; a cancellation must not cut it short.
                await self._shielded(tx.close())
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

    async def tidy(self) -> None:
        """Leave no trace of what was deleted in SQLite's write-ahead log, which secure_delete does
        not reach: empty it into the file. While somebody reads, it is left for the next time.
        """
        if self._lock is None:
            return
        async with self._lock, self._writer.connect() as connection:
            # It would wait for readers as long as any lock, and every writer with it: a backup
            # reads for long.
            await connection.execute(text("PRAGMA busy_timeout = 0"))
            try:
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            finally:
                await self._shielded(_patient(connection))

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
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def portions(values: Sequence[_T], most: int = 500) -> Iterator[Sequence[_T]]:
    """The values in portions: a statement takes only so many at a time."""
    for first in range(0, len(values), most):
        yield values[first : first + most]


async def lock_person(tx: Tx, key: str) -> None:
    """Have everybody else who asks for the same key wait until this transaction ends.

    SQLite has one writer, there is nobody else.
    """
    if tx.dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True)
    await tx.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


async def _begin(tx: Tx, *, writes: bool) -> None:
    """Begin by hand on SQLite: the driver would begin late and without a lock, and two that read
    before they write would lose one of their updates.
    """
    if tx.dialect.name == "postgresql":
        if not writes:
            await tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        return
    await tx.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))


async def _patient(connection: AsyncConnection) -> None:
    await connection.execute(text(f"PRAGMA {_PATIENCE}"))


def _sqlite(where: URL, connections: int, *more: str) -> AsyncEngine:
    engine = create_async_engine(
        where,
        pool_size=connections,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # a failed statement must not carry answers into a log
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *more):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _hold(path: Path) -> IO[bytes]:
    held = path.with_name(path.name + ".lock").open("wb")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        what = f"another Assay uses {path}"
        raise StorageError(what, "stop it, or name another file in database.url") from None
    return held


def backup(url: str, target: Path) -> None:
    """Write a verified copy of a SQLite database that may be in use.

    Raises StorageError: not SQLite, the target is there already, the copy is not whole.
    """
    source = file_of(located(url))
    if source is None:
        raise StorageError("a backup of PostgreSQL is not made here", "use pg_dump")
    if not source.is_file():
        raise StorageError(f"{source} is not there", "name the database in database.url")
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        what = f"{target} cannot be written: {error.strerror}"
        raise StorageError(what, "name a file that is not there yet") from None
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        try:
            live.backup(copy)
            (said,) = copy.execute("PRAGMA integrity_check").fetchone()
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        target.unlink()
        raise StorageError(f"{source} is damaged: {said}", "restore an older backup")
