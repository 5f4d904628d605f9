"""Several instances on one PostgreSQL: which of them live, and which one works for all of them.

Both are locks of a session, on a connection of its own: the server lets go of them when the
connection ends, however its instance ended, and nobody has to notice by the clock.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.location import file_of, located

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from storage.database import Tx

log = logging.getLogger(__name__)

_LIVES, _LEADS = 0x41535331, 0x41535332
"""What our locks are called: "ASS1" and the number of an instance, "ASS2" and nothing."""
_GONE_AFTER = {
    # Asked of the server, for this connection: a machine that went silent is given up, and with it
    # its locks. On a local socket, which cannot go silent, this is without effect.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "statement_timeout": "5s",
}
_CONNECTION = {
    "options": " ".join(f"-c {name}={value}" for name, value in _GONE_AFTER.items()),
    "connect_timeout": 5,
    # Asked of this side: whoever cannot reach the server must stop leading as soon.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}


@dataclass(slots=True)
class Presence:
    """One instance among several. Without an engine it is the only one, and leads."""

    _engine: AsyncEngine | None = None
    number: int = field(default_factory=lambda: secrets.randbelow(2**31))
    _connection: AsyncConnection | None = None
    _led: bool = False
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def at(cls, url: str) -> Presence:
        """An instance that works on this database; it is not there before it was looked for."""
        where = located(url)
        if file_of(where) is not None:
            return cls()  # a SQLite file is held by one process
        engine = create_async_engine(
            where,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_CONNECTION,
            hide_parameters=True,
        )
        return cls(engine)

    @property
    def shared(self) -> bool:
        """Whether there may be other instances."""
        return self._engine is not None

    @property
    def name(self) -> str:
        """What everything begins with that this instance claims for itself."""
        return f"{self.number:08x}"

    async def leads(self) -> bool:
        """Whether this instance leads now, asked of the connection that holds the lock; where
        nobody does, it takes the lead. An instance that cannot ask leads nobody.
        """
        if self._engine is None:
            return True
        async with self._one_at_a_time:
            led = self._led
            try:
                self._led = await self._leads(self._engine)
            except (SQLAlchemyError, OSError):
                await self._let_go()
            if led != self._led:
                log.info("leading" if self._led else "not_leading")
            return self._led

    async def _leads(self, engine: AsyncEngine) -> bool:
        if self._connection is None:
            self._connection = await engine.connect()
            mine = {"lives": _LIVES, "number": self.number}
            await self._connection.execute(text("SELECT pg_advisory_lock(:lives, :number)"), mine)
        # It is still there: then so are its locks.
        ask = "SELECT true" if self._led else "SELECT pg_try_advisory_lock(:leads, 0)"
        answer = await self._connection.execute(text(ask), {} if self._led else {"leads": _LEADS})
        return bool(answer.scalar_one())

    async def _let_go(self) -> None:
        connection, self._connection, self._led = self._connection, None, False
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
            with suppress(SQLAlchemyError, OSError):
                await connection.close()

    async def close(self) -> None:
        """Be there no longer; another instance leads at its next look."""
        async with self._one_at_a_time:
            if self._connection is not None:
                # Said, not left to the server to notice: the next one leads without a pause.
                with suppress(SQLAlchemyError, OSError):
                    await self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            await self._let_go()
        if self._engine is not None:
            await self._engine.dispose()


async def living(tx: Tx) -> frozenset[str] | None:
    """The names of all instances that live; None where there is one at most."""
    if tx.dialect.name != "postgresql":
        return None
    held = text(
        "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid::bigint = :lives AND objsubid = 2"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    found = await tx.execute(held, {"lives": _LIVES})
    return frozenset(f"{number:08x}" for number in found.scalars())
