"""Says what is still to be said: claims a row, renders it from committed state, records the result.

A row is claimed in a commit of its own before the call, so that after a crash it is known which
calls may have arrived. What is repeated after such a call is harmless to repeat: a card is the
same card, a page was asked for.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot.channels import Ambiguous, LiveCard, RetryLater, Unreachable
from storage import outbox, people

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.channels import Channel
    from bot.conversation import Conversation
    from bot.universe import Universe
    from storage.database import Database
    from storage.outbox import Due

log = logging.getLogger(__name__)

LEASE = 60
"""Seconds for which a claimed row is ours; after a crash it is free again."""
AT_ONCE = 64
"""Rows in the air at the same time, each for another address."""
TRIES = 20
"""Calls that may fail before a row is kept as undeliverable."""
LONGEST_PAUSE = 30.0
"""Seconds between two looks at the outbox when nothing wakes the sender."""


@dataclass(slots=True)
class Sender:
    """The one that speaks, for all channels that are told what to show."""

    database: Database
    conversation: Conversation
    channels: Mapping[str, Channel]
    universe: Universe
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_the_air: set[asyncio.Task[None]] = field(default_factory=set)
    _outages: int = 0

    def wake(self) -> None:
        """There is something to be said."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Speak until ``stop``; what is in the air then is waited for."""
        if self.database.alone:
            with suppress(SQLAlchemyError):  # then their leases end by themselves
                async with self.database.writing() as tx:
                    await outbox.free(tx)
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                timeout = await self._round()
                woken = asyncio.create_task(self._woken.wait())
                await asyncio.wait(
                    {woken, stopped}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
                )
                woken.cancel()
        finally:
            stopped.cancel()
            if self._in_the_air:
                await asyncio.wait(self._in_the_air)

    async def _round(self) -> float:
        """Launch what is due; seconds until the next look. A database that is away is waited for,
        longer each time, and said once.
        """
        try:
            await self._launch()
            pause = await self._pause()
        except SQLAlchemyError as error:
            if not self._outages:
                log.error("outbox_away", extra={"error": type(error).__name__})  # noqa: TRY400 - a trace could hold words
            self._outages += 1
            return min(LONGEST_PAUSE, 2.0**self._outages)
        self._outages = 0
        return pause

    async def send_due(self) -> None:
        """Say everything that is due now, and wait until it is said."""
        while await self._launch() or self._in_the_air:
            if self._in_the_air:
                await asyncio.wait(self._in_the_air)

    async def _launch(self) -> int:
        free = AT_ONCE - len(self._in_the_air)
        if free <= 0:
            return 0
        now = self.universe.seconds()
        claim = self.universe.token()
        async with self.database.writing() as tx:
            due = await outbox.claim(tx, now=now, claim=claim, lease=LEASE, limit=free)
        for each in due:
            task = asyncio.create_task(self._send(each, claim))
            self._in_the_air.add(task)
            task.add_done_callback(self._landed)
        return len(due)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_the_air.discard(task)
        self._woken.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("sending_failed", extra={"error": type(task.exception()).__name__})

    async def _pause(self) -> float:
        async with self.database.reading() as tx:
            due = await outbox.next_due(tx)
        if due is None or len(self._in_the_air) >= AT_ONCE:
            return LONGEST_PAUSE
        wait: float = due - self.universe.now().timestamp()
        return min(LONGEST_PAUSE, max(0.05, wait))

    async def _send(self, due: Due, claim: str) -> None:
        try:
            await self._speak(due)
        except Unreachable:
            async with self.database.writing() as tx:
                await outbox.drop_address(tx, due.channel, due.address)
        except RetryLater as later:
            await self._postpone(due, claim, later.seconds, everybody=later.everybody)
        except Ambiguous:
            await self._postpone(due, claim, min(LONGEST_PAUSE, 2.0**due.attempts))
        except SQLAlchemyError:
            # The database is away, not the person: the claim ends by itself and counts for nothing.
            raise
        except Exception as error:  # noqa: BLE001 - one row must not be tried for ever, unseen
            log.error("not_sent", extra={"error": type(error).__name__, "channel": due.channel})  # noqa: TRY400 - a trace could hold words
            await self._postpone(due, claim, LONGEST_PAUSE)
        else:
            async with self.database.writing() as tx:
                await outbox.done(tx, due.id, claim)

    async def _postpone(
        self, due: Due, claim: str, seconds: float, *, everybody: bool = False
    ) -> None:
        until = self.universe.seconds() + max(1, round(seconds))
        async with self.database.writing() as tx:
            if everybody:
                await outbox.hold(tx, due.channel, until)
            if due.attempts + 1 >= TRIES and not everybody:
                await outbox.give_up(tx, due.id, claim, "too_many_tries")
            else:
                await outbox.postpone(tx, due.id, claim, until, counts=not everybody)

    async def _speak(self, due: Due) -> None:
        channel = self.channels[due.channel]
        if due.kind == "page":
            name, _, language = due.reference.partition(":")
            page = await self.conversation.page(due.channel, due.address, name, language)
            await channel.say(due.address, page)
            return
        if due.kind == "file":
            kind, _, benchmark = due.reference.partition(":")
            made = await self.conversation.file(due.channel, due.address, kind, benchmark)
            if made is not None:  # whose it was may have asked to be forgotten meanwhile
                await channel.send_file(due.address, made[0])
            return
        card_is, _, note = due.reference.partition(":")
        shown = await self.conversation.current(due.channel, due.address, note=note)
        async with self.database.reading() as tx:
            kept = await people.card_at(tx, due.channel, due.address)
        live = LiveCard(kept.message_id, kept.day) if kept is not None else None
        fresh = card_is == "new"
        now_live = await channel.show(due.address, shown, None if fresh else live)
        if shown.card.name == "sent":
            # Which message was the last, and of which day, would tell when somebody finished.
            await self._remember(due, None)
        elif now_live != live:
            await self._remember(due, now_live)
        if now_live != live and live is not None:
            with suppress(Unreachable, RetryLater, Ambiguous):
                await channel.retire(due.address, live)

    async def _remember(self, due: Due, live: LiveCard | None) -> None:
        card = None if live is None else people.LiveCard(live.message_id, live.day)
        async with self.database.writing() as tx:
            await people.set_card(tx, due.channel, due.address, card)
