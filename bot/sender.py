"""Says what is still to be said: claims a row, renders it from committed state, records the result.

A row is claimed in a commit of its own before the call, so that after a crash it is known which
calls may have arrived. What is repeated after such a call is harmless to repeat: a card is the
same card, a page was asked for. What nobody asked for is never repeated, and goes out at a pace
that leaves room for answers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from bot.channels import Ambiguous, LiveCard, RetryLater, Unreachable
from bot.pace import Pace
from storage import outbox, participation, people
from storage.outbox import ONCE, REMINDERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.channels import Channel
    from bot.conversation import Conversation
    from bot.universe import Universe
    from storage.database import Database, Tx
    from storage.outbox import Due

log = logging.getLogger(__name__)

LEASE = 60
"""Seconds for which a claimed row is ours; after a crash it is free again."""
UNASKED_LEASE = 600
"""The same for what is unasked: a mail server may take its time, and nothing is said twice."""
AT_ONCE = 64
"""Rows in the air at the same time, each for another address."""
UNASKED_AT_ONCE = 16
"""How many of these may be what nobody waits for."""
TRIES = 20
"""Calls that may fail before a row is kept as undeliverable."""
SHORTEST_PAUSE = 0.02
"""The same where something waits for its turn."""
LONGEST_PAUSE = 30.0
"""Seconds between two looks at the outbox when nothing wakes the sender."""


Outcome: TypeAlias = Literal["sent", "unknown", "gone"]
"""What became of something unasked: "unknown" may have arrived, "gone" never can."""


class Unasked(Protocol):
    """What is said to people who wait for nothing: reminders, digests."""

    async def prepare(self, due: Due) -> Callable[[], Awaitable[None]] | float | None:
        """How to say it, as things stand now; or in how many seconds to look again; or None where
        there is nothing to be said any more.
        """

    async def settle(self, tx: Tx, due: Due, outcome: Outcome) -> None:
        """Keep what became of it, in the transaction in which its row goes."""


@dataclass(slots=True)
class Sender:
    """The one that speaks, for all channels that are told what to show."""

    database: Database
    conversation: Conversation
    channels: Mapping[str, Channel]
    universe: Universe
    unasked: Unasked | None = None
    pace: Pace = field(default_factory=Pace)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_the_air: set[asyncio.Task[None]] = field(default_factory=set)
    _unasked: int = 0
    """How many of those in the air nobody waits for."""
    _held_back: bool = False
    """Whether the pace kept something unasked from going out."""
    _outages: int = 0

    def wake(self) -> None:
        """There is something to be said."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Speak until ``stop``; what is in the air then is waited for."""
        if self.database.alone:
            with suppress(SQLAlchemyError):  # then their leases end by themselves
                await self.account_for_abandoned(whoever=True)
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

    async def account_for_abandoned(self, *, whoever: bool = False) -> None:
        """What was in the air when its sender died may have arrived, and is not said again;
        ``whoever`` where nobody else speaks from this database.
        """
        now = None if whoever else self.universe.seconds()
        async with self.database.writing() as tx:
            for each in await outbox.abandoned(tx, now):
                if self.unasked is not None:
                    await self.unasked.settle(tx, each, "unknown")

    async def _launch(self) -> int:
        free = AT_ONCE - len(self._in_the_air)
        if free <= 0:
            return 0
        now = self.universe.seconds()
        claim = self.universe.token()
        async with self.database.writing() as tx:
            due = await outbox.claim(tx, now=now, claim=claim, lease=LEASE, limit=free)
            room = min(free - len(due), UNASKED_AT_ONCE - self._unasked, self.pace.room())
            if room > 0 and self.unasked is not None:
                due += await outbox.claim(
                    tx, now=now, claim=claim, lease=LEASE, limit=room, unasked=True
                )
            self._held_back = room <= 0
        unasked = sum(each.lane >= REMINDERS for each in due)
        self._unasked += unasked
        self.pace.promise(unasked)
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
        soonest = self.pace.wait() if self._held_back else 0.0
        soonest = max(SHORTEST_PAUSE, soonest)
        return min(LONGEST_PAUSE, max(soonest, wait))

    async def _send(self, due: Due, claim: str) -> None:
        if due.lane < REMINDERS:
            await self._say(due, claim)
            return
        try:
            if due.kind in ONCE:
                await self._say_unasked(due, claim)
            else:
                await self._say_beside(due, claim)
        finally:
            self._unasked -= 1

    async def _call(
        self, due: Due, claim: str, prepared: Callable[[], Awaitable[None]]
    ) -> Outcome | None:
        """Say what is said once at most; None where it is to be said later, or by somebody else."""
        async with self.database.writing() as tx:
            until = self.universe.seconds() + UNASKED_LEASE
            if not await outbox.calling(tx, due.id, claim, until):
                return None
        self.pace.note(due.channel, due.address)
        try:
            await prepared()
        except Unreachable:
            return "gone"
        except RetryLater as later:
            await self._postpone(due, claim, later.seconds, everybody=later.everybody)
            if later.everybody or due.attempts + 1 < TRIES:
                return None
            return "unknown"  # the row stays as a dead letter, the slot is decided
        except Exception as error:  # noqa: BLE001 - whatever it was, it may have arrived
            log.warning("unasked_unknown", extra={"error": type(error).__name__})
            return "unknown"
        return "sent"

    async def _say_beside(self, due: Due, claim: str) -> None:
        """A file that belongs to what is unasked: in its turn, and again where it failed."""
        patience = self.pace.patience(due.channel, due.address)
        self.pace.give_back()
        if patience:
            await self._put_off(due, claim, patience)
        else:
            await self._say(due, claim)

    async def _put_off(self, due: Due, claim: str, seconds: float) -> None:
        """It is not its turn yet."""
        until = self.universe.seconds() + max(1, round(seconds))
        async with self.database.writing() as tx:
            await outbox.postpone(tx, due.id, claim, until, counts=False)

    async def _say(self, due: Due, claim: str) -> None:
        try:
            self.pace.note(due.channel, due.address)
            await self._speak(due)
        except Unreachable:
            async with self.database.writing() as tx:
                await outbox.drop_address(tx, due.channel, due.address)
                await participation.shut_out(tx, due.channel, due.address)
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

    async def _say_unasked(self, due: Due, claim: str) -> None:
        """Say it once at most: after a call that may have arrived it is not said again."""
        patience = self.pace.patience(due.channel, due.address)
        outcome: Outcome | None = None
        try:
            prepared = None if self.unasked is None else patience or await self.unasked.prepare(due)
        except SQLAlchemyError:
            raise  # the database is away: the claim ends by itself, and counts for nothing
        except Exception as error:  # noqa: BLE001 - nothing was said: it is tried again, not for ever
            log.error("not_prepared", extra={"error": type(error).__name__, "kind": due.kind})  # noqa: TRY400 - a trace could hold words
            await self._postpone(due, claim, LONGEST_PAUSE)
            if due.attempts + 1 < TRIES:
                return
            prepared, outcome = None, "unknown"  # the row stays as a dead letter
        finally:
            self.pace.give_back()
        if isinstance(prepared, float):
            await self._put_off(due, claim, prepared)
            return
        if prepared is not None:
            outcome = await self._call(due, claim, prepared)
            if outcome is None:
                return
        async with self.database.writing() as tx:
            if outcome is not None and self.unasked is not None:
                await self.unasked.settle(tx, due, outcome)
            await outbox.done(tx, due.id, claim)
            if outcome == "gone":
                await outbox.drop_address(tx, due.channel, due.address)

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
            name, language, on = f"{due.reference}::".split(":")[:3]
            try:
                page = await self.conversation.page(due.channel, due.address, name, language)
            except KeyError:
                return  # a page of the desk, for somebody who may not see it any more
            await channel.say(due.address, page, int(on) if on else None)
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
