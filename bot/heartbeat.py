"""The one scheduled job: an alarm clock that looks at tables, never a ledger of what is due.

Of several instances, the one that leads has the job. That is for economy and for the pace of what
is unasked: what comes due is decided row by row, once, whoever looks.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.admitting import WINDOW
from storage import invitations, ledger
from storage.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.universe import Universe
    from bot.vitals import Vitals
    from storage.database import Database
    from storage.keys import Keys

log = logging.getLogger(__name__)

_BEAT = "beat"
EVERY = 30
"""Seconds."""
LOOK_EVERY = 2
"""Seconds in which another instance notices that the one that led is gone, or any that lived."""
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
    take_over: Callable[[], Awaitable[None]] | None = None
    """Accounts for what instances had in hand that are gone."""
    presence: Presence = field(default_factory=Presence)
    vitals: Vitals | None = None
    keys: Keys | None = None
    """Of those in memory, the destroyed ones are forgotten, whoever leads."""

    def scheduler(self) -> AsyncIOScheduler:
        """The alarm clock, not yet started. A beat that was missed is made up for once."""
        clock = AsyncIOScheduler(timezone="UTC")
        clock.add_job(
            self.beat,
            "interval",
            seconds=EVERY,
            coalesce=True,
            misfire_grace_time=None,
            id=_BEAT,
        )
        return clock

    async def watch(self, clock: AsyncIOScheduler, stop: asyncio.Event) -> None:
        """Between beats, look whether an instance is gone: whoever takes the lead makes up for its
        beats at once, and takes over what it had in hand.
        """
        led = False
        while self.presence.shared and not stop.is_set():
            leads = await self.presence.leads()
            if leads and not led:
                clock.modify_job(_BEAT, next_run_time=datetime.now(UTC))
            led = leads
            if leads and self.take_over is not None:
                with suppress(SQLAlchemyError):  # looked at again after the next pause
                    await self.take_over()
            # What was left behind by a commit whose instance died before it spoke wakes nobody.
            self.wake()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY)

    async def beat(self) -> None:
        """One beat; of several instances, that of the one that leads."""
        if self.keys is not None:
            with suppress(SQLAlchemyError):  # what else needs the key file says so
                await self.keys.forget_gone()
        if await self.presence.leads():
            await self._work()
        if self.vitals is not None:  # a beat that failed is none
            self.vitals.seen("heartbeat")

    async def _work(self) -> None:
        await self._forget()
        if self.ring is not None:
            await self.ring()
        await self.database.tidy()
        self.wake()

    async def _forget(self) -> None:
        """What is past its time goes the next time where the database is too busy now."""
        try:
            async with self.database.writing() as tx:
                await ledger.forget_before(tx, self.universe.day() - UPDATE_DAYS)
                await invitations.purge(tx, self.universe.seconds(), WINDOW)
        except OperationalError as error:
            if self.ring is None:
                raise
            log.warning("part_failed", extra={"kind": "tidying", "reason": type(error).__name__})
