"""Says what is still to be said: claims a row, renders it from committed state, records the result.

A row is claimed in a commit before the call, its own or the one that put it, so that after a crash
it is known which calls may have arrived. What is repeated after such a call is harmless to repeat:
a card is the same card, a page was asked for. What nobody asked for is never repeated, and goes out
at a pace that leaves room for answers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from bot.channels import Ambiguous, RetryLater, Unreachable
from bot.pace import Pace
from bot.speaking import Said, show, speak
from storage import in_hand, outbox, participation, people, presence
from storage.outbox import ONCE, REMINDERS
from storage.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence

    from bot.channels import Channel
    from bot.conversation import Conversation
    from bot.speaking import Ready, Stands
    from bot.universe import Universe
    from storage.database import Database, Tx
    from storage.outbox import Due

log = logging.getLogger(__name__)

UNASKED_LEASE = 600
"""The same for what is unasked: a mail server may take its time, and nothing is said twice."""
AT_ONCE = 256
"""Rows in the air at the same time, each for another address."""
UNASKED_AT_ONCE = 16
"""How many of these may be what nobody waits for."""
TRIES = 20
"""Calls that may fail before a row is kept as undeliverable."""
SHORTEST_PAUSE = 0.02
"""The same where something waits for its turn."""
SHARED_PAUSE = 1.0
"""The same where what waits is another instance's turn."""
CLAIM = 32
"""Characters that a claim may have."""
PARTING = 5.0
"""Seconds that what is being said has to be said in, when the product is told to stop."""
SETTLE = 0.05
"""Seconds after which what was said is recorded at the latest."""
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
    presence: Presence = field(default_factory=Presence)
    """What is unasked is said by the instance that leads: so one pace holds for all of them."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_the_air: set[asyncio.Task[None]] = field(default_factory=set)
    _said: list[Said] = field(default_factory=list)
    """What was said and is still to be recorded: in the next transaction that somebody's answer
    makes, or soon in one of its own. After a crash before it, it is said again, as after a crash
    before a commit of its own.
    """
    _running: bool = False
    _settling: bool = False
    _waits: bool = True
    """Whether something may wait in the outbox for what is in the air, or be new there."""
    _unsaid: list[tuple[int, str]] = field(default_factory=list)
    """Rows that could not be said because the database was away: free again when it is back."""
    _in_doubt: list[str] = field(default_factory=list)
    """Claims of which it is not known whether they were committed."""
    _unasked: int = 0
    """How many of those in the air nobody waits for."""
    _held_back: bool = False
    """Whether the pace kept something unasked from going out."""
    _next: int | None = None
    """When the next row is due, of those that are not in the air."""
    _outages: int = 0
    _latest: int = 0
    _ahead: int = 0
    """Seconds by which the clock was set back since the start."""

    def wake(self) -> None:
        """There is something to be said."""
        self._waits = True
        self._woken.set()

    def claim(self) -> tuple[str, int, int]:
        """By which claim, and how much more, can be said at once; and what time it is here."""
        room = AT_ONCE - len(self._in_the_air) if self._running else 0
        return self._new_claim(), max(0, room), self._seconds()

    def _new_claim(self) -> str:
        return f"{self.presence.name}{self.universe.token()}"[:CLAIM]

    def say(self, ready: Sequence[Ready]) -> None:
        """Say cards that were claimed in the commit that put them."""
        for each in ready:
            self._start(self._show(each))

    def was_said(self, ready: Ready) -> None:
        """A card went along with the answer to what brought the press."""
        self.pace.note(ready.due.channel, ready.due.address)
        self._count(ready.due, "sent")
        self._said.append(Said(ready.due, ready.claim))
        self._recorded_soon()

    @contextmanager
    def recording(self) -> Iterator[Sequence[Said]]:
        """What was said so far, to be recorded in a transaction; left by an exception, it is still
        to be.
        """
        said, self._said = self._said, []
        try:
            yield said
        except BaseException:
            self._said[:0] = said
            raise

    @staticmethod
    async def record(tx: Tx, said: Sequence[Said]) -> None:
        """Record in this transaction what was said."""
        await outbox.done(tx, *((each.due.id, each.claim) for each in said))
        moved: dict[str, dict[str, people.LiveCard | None]] = {}
        for each in said:
            if each.stands is not None:
                moved.setdefault(each.due.channel, {})[each.due.address] = each.stands.card
        for channel, cards in moved.items():
            await people.set_cards(tx, channel, cards)

    async def run(self, stop: asyncio.Event) -> None:
        """Speak until ``stop``; what is in the air then is waited for."""
        if self.database.alone:
            with suppress(SQLAlchemyError):  # then their leases end by themselves
                await self.account_for_abandoned(whoever=True)
                async with self.database.writing(brief=True) as tx:
                    await in_hand.free(tx, self._seconds())
        stopped = asyncio.create_task(stop.wait())
        self._running = True
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
            self._running = False
            stopped.cancel()
            await self._settle_down()

    async def _settle_down(self) -> None:
        """What is in the air has some seconds to arrive; what hangs longer is let go of. Whoever
        starts next says it again, or, where that must not be, counts it as unknown.
        """
        if self._in_the_air:
            _, hanging = await asyncio.wait(self._in_the_air, timeout=PARTING)
            for each in hanging:
                each.cancel()
            if hanging:
                await asyncio.wait(hanging)
        with suppress(SQLAlchemyError), self.recording() as said:
            async with self.database.writing(brief=True) as tx:
                await self.record(tx, said)

    async def _round(self) -> float:
        """Launch what is due; seconds until the next look. A database that is away is waited for,
        longer each time, and said once.
        """
        try:
            pause = self._pause(await self._launch())
        except SQLAlchemyError as error:
            if not self._outages:
                log.error("outbox_away", extra={"error": type(error).__name__})  # noqa: TRY400 - a trace could hold words
            self._outages += 1
            return min(LONGEST_PAUSE, 2.0**self._outages)
        self._outages = 0
        self.conversation.vitals.seen("sender")
        return pause

    async def send_due(self) -> None:
        """Say everything that is due now, and wait until it is said."""
        while await self._launch() or self._in_the_air or self._said:
            if self._in_the_air:
                await asyncio.wait(self._in_the_air)

    async def account_for_abandoned(self, *, whoever: bool = False) -> None:
        """What was in the air when its sender died may have arrived, and is not said again;
        ``whoever`` where nobody else speaks from this database.
        """
        now = None if whoever else self._seconds()
        async with self.database.writing(brief=True) as tx:
            # First who claimed, then who lives: whoever came in between has claimed nothing yet.
            claimed = await in_hand.senders(tx)
            shared = self.presence.shared and bool(claimed)
            alive = await presence.living(tx) if shared else None
            gone = frozenset() if alive is None else claimed - alive
            if gone:
                await in_hand.free_of(tx, gone)
            for each in await in_hand.abandoned(tx, now, gone):
                if self.unasked is not None:
                    await self.unasked.settle(tx, each, "unknown")

    def _seconds(self) -> int:
        """What time it is, and never earlier than it was: where a clock is set back, this one goes
        on from where it stood, so that what waits some seconds waits no longer.
        """
        now = self.universe.seconds() + self._ahead
        if now < self._latest:
            self._ahead += self._latest - now
            now = self._latest
        self._latest = now
        return now

    async def _launch(self) -> int:
        free = max(0, AT_ONCE - len(self._in_the_air))
        now = self._seconds()
        leads = await self.presence.leads()
        claim = self._new_claim()
        unsaid, in_doubt = tuple(self._unsaid), tuple(self._in_doubt)
        self._in_doubt.append(claim)
        self._waits = False
        with self.recording() as said:
            async with self.database.writing(brief=True) as tx:
                await self.record(tx, said)
                await in_hand.give_back(tx, unsaid, in_doubt)
                due = await outbox.claim(tx, now=now, claim=claim, limit=free)
                room = min(free - len(due), UNASKED_AT_ONCE - self._unasked, self.pace.room())
                if leads and room > 0 and self.unasked is not None:
                    due += await outbox.claim(tx, now=now, claim=claim, limit=room, unasked=True)
                self._held_back = leads and room <= 0
                self._next = await outbox.next_due(tx, unasked=leads)
                self._waits |= await outbox.waits(tx, now)
        del self._unsaid[: len(unsaid)]
        self._in_doubt.clear()
        unasked = sum(each.lane >= REMINDERS for each in due)
        self._unasked += unasked
        self.pace.promise(unasked)
        for each in due:
            self._start(self._send(each, claim))
        return len(due)

    def _start(self, call: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(call)
        self._in_the_air.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_the_air.discard(task)
        if self._waits or self._unsaid or self._held_back or self.presence.shared:
            self._woken.set()
        self._recorded_soon()
        if not task.cancelled() and task.exception() is not None:
            log.error("sending_failed", extra={"error": type(task.exception()).__name__})

    def _recorded_soon(self) -> None:
        """Whoever answers next records beside the answer what was said; this is for when nobody
        does.
        """
        if self._said and not self._settling:
            self._settling = True
            asyncio.get_running_loop().call_later(SETTLE, self._settle_soon)

    def _settle_soon(self) -> None:
        self._settling = False
        if self._said:
            self._woken.set()

    def _pause(self, launched: int) -> float:
        if self._next is None or len(self._in_the_air) >= AT_ONCE:
            return LONGEST_PAUSE
        wait = self._next - self._seconds()
        soonest = self.pace.wait() if self._held_back else 0.0
        if self.presence.shared and not (launched or self._held_back):
            soonest = SHARED_PAUSE  # it waits for what another instance is saying there
        soonest = max(SHORTEST_PAUSE, soonest)
        return min(LONGEST_PAUSE, max(soonest, wait))

    async def _send(self, due: Due, claim: str) -> None:
        if due.lane < REMINDERS:
            try:
                await self._say(due, claim)
            except SQLAlchemyError:
                self._unsaid.append((due.id, claim))
                raise
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
        async with self.database.writing(brief=True) as tx:
            until = self._seconds() + UNASKED_LEASE
            if not await outbox.calling(tx, due.id, claim, until):
                return None
        self.pace.note(due.channel, due.address)
        outcome = await self._called(due, claim, prepared)
        self._count(due, outcome or "later")
        return outcome

    async def _called(
        self, due: Due, claim: str, prepared: Callable[[], Awaitable[None]]
    ) -> Outcome | None:
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
        until = self._seconds() + max(1, round(seconds))
        async with self.database.writing(brief=True) as tx:
            await outbox.postpone(tx, due.id, claim, until, counts=False)

    async def _show(self, ready: Ready) -> None:
        due = ready.due
        channel = self.channels[due.channel]
        await self._say(due, ready.claim, show(channel, due, ready.shown, ready.stands))

    async def _say(
        self, due: Due, claim: str, saying: Coroutine[None, None, Stands | None] | None = None
    ) -> None:
        try:
            self.pace.note(due.channel, due.address)
            stands = await (saying or speak(self.conversation, self.channels[due.channel], due))
        except Unreachable:
            self._count(due, "gone")
            async with self.database.writing(brief=True) as tx:
                await outbox.drop_address(tx, due.channel, due.address)
                await participation.shut_out(tx, due.channel, due.address)
        except RetryLater as later:
            self._count(due, "later")
            await self._postpone(due, claim, later.seconds, everybody=later.everybody)
        except Ambiguous:
            self._count(due, "unknown")
            await self._postpone(due, claim, min(LONGEST_PAUSE, 2.0**due.attempts))
        except SQLAlchemyError:
            raise  # the database is away, not the person
        except Exception as error:  # noqa: BLE001 - one row must not be tried for ever, unseen
            log.error("not_sent", extra={"error": type(error).__name__, "channel": due.channel})  # noqa: TRY400 - a trace could hold words
            self._count(due, "failed")
            await self._postpone(due, claim, LONGEST_PAUSE)
        else:
            self._count(due, "sent")
            self._said.append(Said(due, claim, stands))

    def _count(self, due: Due, outcome: str) -> None:
        self.conversation.vitals.said.labels(due.kind, outcome).inc()

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
            self._count(due, "failed")
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
        async with self.database.writing(brief=True) as tx:
            if outcome is not None and self.unasked is not None:
                await self.unasked.settle(tx, due, outcome)
            await outbox.done(tx, (due.id, claim))
            if outcome == "gone":
                await outbox.drop_address(tx, due.channel, due.address)

    async def _postpone(
        self, due: Due, claim: str, seconds: float, *, everybody: bool = False
    ) -> None:
        now = self._seconds()
        until = now + max(1, round(seconds))
        async with self.database.writing(brief=True) as tx:
            if everybody:
                await outbox.hold(tx, due.channel, now, until)
            if due.attempts + 1 >= TRIES and not everybody:
                await outbox.give_up(tx, due.id, claim, "too_many_tries")
            else:
                await outbox.postpone(tx, due.id, claim, until, counts=not everybody)
