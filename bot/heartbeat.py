"""The one scheduled job: an alarm clock that looks at tables, never a ledger of what is due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.commands import WINDOW
from storage import invitations, ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.universe import Universe
    from storage.database import Database

log = logging.getLogger(__name__)

EVERY = 30
"""Seconds."""
UPDATE_DAYS = 2
"""Days for which taken updates are remembered: longer than Telegram repeats one (24 h), shorter
than the quiet week after which its numbers begin anew."""


@dataclass(slots=True)
class Heartbeat:
    """Wakes what may have become due, and clears away what is past its time."""

    database: Database
    universe: Universe
    wake: Callable[[], None]
    ring: Callable[[], Awaitable[None]] | None = None
    """What else a beat wakes, before the sender is woken."""

    def scheduler(self) -> AsyncIOScheduler:
        """The alarm clock, not yet started. A beat that was missed is made up for once."""
        clock = AsyncIOScheduler(timezone="UTC")
        clock.add_job(self.beat, "interval", seconds=EVERY, coalesce=True, misfire_grace_time=None)
        return clock

    async def beat(self) -> None:
        """One beat."""
        async with self.database.writing() as tx:
            await ledger.forget_before(tx, self.universe.day() - UPDATE_DAYS)
            await invitations.purge(tx, self.universe.seconds(), WINDOW)
        if self.ring is not None:
            await self.ring()
        await self.database.tidy()
        self.wake()
