"""What a supervisor, a proxy and a monitor ask: alive, ready, and how much of what.

Each answer is names and counts; whoever may look learns nothing about anybody.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from storage import outbox, pool, schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from bot.universe import Universe
    from bot.vitals import Vitals
    from storage.database import Database, Tx
    from storage.keys import Keys

PATIENCE: Final = 2.0
"""Seconds that the database has to answer."""
UNAVAILABLE: Final = 503
_OK: Final = "ok"
_FAILING: Final = "failing"
_FRESH: Final = {"Cache-Control": "no-store"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Health:
    """Answers for one process."""

    vitals: Vitals
    database: Database
    universe: Universe
    keys: Keys | None = None
    """What opens drafts: as needed as the database."""

    def routes(self, *, metrics: bool) -> list[Route]:
        """The addresses; ``metrics`` where the configuration opens them."""
        found = [
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
        ]
        if metrics:
            found.append(Route("/metrics", self.metrics, methods=["GET"]))
        return found

    async def alive(self, _: Request) -> Response:
        """200 while the process answers and so does its database."""
        return _answer({"database": _OK if await self._schema() is not None else _FAILING})

    async def ready(self, _: Request) -> Response:
        """200 while it can be sent people: the database answers and has the schema of this
        version, every part does its work, and it was not told to stop. That keys cannot be had is
        told, and no reason to send people elsewhere: they are the same for every instance.
        """
        present = await self._schema()
        checks = {
            "database": _FAILING if present is None else _OK,
            "staying": _FAILING if self.vitals.stopping else _OK,
        }
        if present is not None:
            checks["schema"] = schema.misfit(present) or _OK
        told = {}
        if self.keys is not None:
            told["keys"] = _OK if await _answers(self.keys) else _FAILING
        overdue = self.vitals.overdue()
        for part in self.vitals.silences():
            checks[part] = _FAILING if part in overdue else _OK
        return _answer(checks | self.vitals.refused, told)

    async def metrics(self, _: Request) -> Response:
        """Everything that is counted, as Prometheus reads it."""
        depth = await self._asked(outbox.depth)
        self.vitals.database.set(depth is not None)
        # What cannot be counted is not what was counted last.
        rows, since = depth or (math.nan, None)
        waited = 0 if since is None else self.universe.seconds() - since
        self.vitals.waiting.set(rows)
        self.vitals.oldest.set(math.nan if depth is None else waited)
        lost = await self._asked(pool.unreadable)
        self.vitals.unreadable.set(math.nan if lost is None else lost)
        self.vitals.silences()
        content = generate_latest(self.vitals.registry)
        return Response(content, media_type=CONTENT_TYPE_LATEST, headers=_FRESH)

    async def _schema(self) -> str | None:
        """The schema's revision, "" without a schema; None where the database does not answer."""
        return await self._asked(schema.revision)

    async def _asked(self, what: Callable[[Tx], Awaitable[_T]]) -> _T | None:
        """What the database says; None where it does not answer."""
        try:
            async with asyncio.timeout(PATIENCE), self.database.reading() as tx:
                return await what(tx)
        except (SQLAlchemyError, OSError, TimeoutError):
            return None


async def _answers(keys: Keys) -> bool:
    """Whether the keys can be had."""
    try:
        async with asyncio.timeout(PATIENCE):
            await keys.answer()
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True


def _answer(checks: dict[str, str], told: dict[str, str] | None = None) -> Response:
    """The checks, of which each counts, and what is told beside them."""
    status = 200 if set(checks.values()) <= {_OK} else UNAVAILABLE
    return JSONResponse(checks | (told or {}), status, headers=_FRESH)
