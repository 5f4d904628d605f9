"""SQLite through aiosqlite with one trip to its thread a statement, instead of four.

aiosqlite has a thread for each connection, and makes a trip there to open a cursor, to execute, to
fetch and to close. A trip costs more than most of our statements, so that a cursor here does all of
it in one; further trips are made only for a result longer than ``AT_ONCE`` rows. A transaction of
brief statements makes none but for its begin and its commit (``Database.writing``).
"""

from __future__ import annotations

import sqlite3
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AT_ONCE = 512
"""Rows that come with the statement itself."""
_T = TypeVar("_T")


class _Asks(Protocol):
    """What a statement does in the connection's thread."""

    def __call__(self, sql: str, parameters: Any, /) -> sqlite3.Cursor: ...  # noqa: ANN401 - the driver's


class OneTripCursor:
    """What SQLAlchemy needs of a cursor; ``async with`` and ``close`` cost no trip."""

    arraysize = 1

    def __init__(self, connection: OneTrip) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self._more: sqlite3.Cursor | None = None
        """Where further rows come from."""
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> OneTripCursor:  # noqa: ANN401 - the driver's
        """Execute, and bring the first rows along."""
        await self._connection.trip(self._do, self._connection.file.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> OneTripCursor:
        """Execute for each."""
        await self._connection.trip(self._do, self._connection.file.executemany, sql, parameters)
        return self

    def _do(self, ask: _Asks, sql: str, parameters: Any) -> None:  # noqa: ANN401 - the driver's
        """In the connection's thread."""
        cursor = ask(sql, parameters)
        if cursor.description is not None:
            self._rows.extend(cursor.fetchmany(AT_ONCE))
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self.rowcount = cursor.rowcount
        if len(self._rows) == AT_ONCE:
            self._more = cursor
        else:
            cursor.close()

    async def fetchone(self) -> Any:  # noqa: ANN401 - a row
        """The next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        many = size or self.arraysize
        if len(self._rows) < many and self._more is not None:
            wanted = max(AT_ONCE, many)
            rows = await self._connection.trip(self._more.fetchmany, wanted)
            self._rows.extend(rows)
            if len(rows) < wanted:
                await self.close()
        return [self._rows.popleft() for _ in range(min(many, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that were not fetched yet."""
        if self._more is not None:
            self._rows.extend(await self._connection.trip(self._more.fetchall))
            await self.close()
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Let go of what is still open."""
        more, self._more = self._more, None
        if more is not None:
            await self._connection.trip(more.close)


class OneTrip(aiosqlite.Connection):
    """A connection to a file, opened when it is awaited; its cursors make one trip."""

    def __init__(self, path: str) -> None:
        # As SQLAlchemy opens files: whoever ends a connection may do so from another thread.
        opens = partial(sqlite3.connect, path, check_same_thread=False)
        super().__init__(opens, AT_ONCE)
        # Whoever forgets to close it does not keep the process from ending.
        self._thread.daemon = True
        self.here = False
        """Whether statements are executed without a trip, in the caller's own thread: so for brief
        ones, while nobody else can use this connection.
        """

    @property
    def file(self) -> sqlite3.Connection:
        """What may be used in the connection's thread alone."""
        return self._conn

    async def trip(self, work: Callable[..., _T], *args: object) -> _T:
        """Have this done in the connection's thread, or at once."""
        if self.here:
            return work(*args)
        done: _T = await self._execute(work, *args)  # type: ignore[no-untyped-call]
        return done

    def cursor(self) -> OneTripCursor:  # type: ignore[override]  # what is awaited there is there
        """A cursor, without a trip."""
        return OneTripCursor(self)
