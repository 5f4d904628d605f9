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
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from bot.onward import Onward
from bot.pace import Pace
from bot.saying import Saying
from bot.speaking import Said
from storage import in_hand, outbox, people, presence
from storage.outbox import REMINDERS
from storage.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from bot.channels import Channel
    from bot.conversation import Conversation
    from bot.saying import Unasked
    from bot.speaking import Ready
    from bot.universe import Universe
    from storage.database import Database, Tx
    from storage.outbox import Due

    _Saying: TypeAlias = Callable[[], Awaitable[Said | None]]

log = logging.getLogger(__name__)

AT_ONCE = 256
"""Rows in the air at the same time, each for another address."""
UNASKED_AT_ONCE = 16
"""How many of these may be what nobody waits for."""
SHORTEST_PAUSE = 0.02
"""Seconds between two looks at least, where something waits for its turn."""
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
    _mine: set[int] = field(default_factory=set)
    """Rows in the air: no clock that leaps ahead makes them anybody else's."""
    _outages: int = 0
    _clock: Onward = field(init=False)
    _saying: Saying = field(init=False)

    def __post_init__(self) -> None:
        """Speak by a clock that never goes back."""
        self._clock = Onward(self.universe)
        self._saying = Saying(
            self.database,
            self.conversation,
            self.channels,
            self.unasked,
            self.pace,
            self._clock,
        )

    def wake(self) -> None:
        """There is something to be said."""
        self._waits = True
        self._woken.set()

    def claim(self) -> tuple[str, int, int]:
        """By which claim, and how much more, can be said at once; and what time it is here."""
        room = AT_ONCE - len(self._in_the_air) if self._running else 0
        return self._new_claim(), max(0, room), self._clock.seconds()

    def _new_claim(self) -> str:
        return f"{self.presence.name}{self.universe.token()}"[:CLAIM]

    def say(self, ready: Sequence[Ready]) -> None:
        """Say cards that were claimed in the commit that put them."""
        for each in ready:
            self._start(each.due, each.claim, partial(self._saying.card, each))

    def was_said(self, ready: Ready) -> None:
        """A card went along with the answer to what brought the press."""
        self.pace.note(ready.due.channel, ready.due.address)
        self._saying.count(ready.due, "sent")
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
                    await in_hand.free(tx, self._clock.seconds())
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
        now = None if whoever else self._clock.seconds()
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

    async def _launch(self) -> int:
        free = max(0, AT_ONCE - len(self._in_the_air))
        now = self._clock.seconds()
        leads = await self.presence.leads()
        claim = self._new_claim()
        unsaid, in_doubt = tuple(self._unsaid), tuple(self._in_doubt)
        self._in_doubt.append(claim)
        self._waits = False
        with self.recording() as said:
            async with self.database.writing(brief=True) as tx:
                await self.record(tx, said)
                await in_hand.give_back(tx, unsaid, in_doubt)
                due = await outbox.claim(tx, now=now, claim=claim, limit=free, mine=self._mine)
                room = min(free - len(due), UNASKED_AT_ONCE - self._unasked, self.pace.room())
                if leads and room > 0 and self.unasked is not None:
                    due += await outbox.claim(
                        tx, now=now, claim=claim, limit=room, unasked=True, mine=self._mine
                    )
                self._held_back = leads and room <= 0
                self._next = await outbox.next_due(tx, unasked=leads)
                self._waits |= await outbox.waits(tx, now)
        del self._unsaid[: len(unsaid)]
        self._in_doubt.clear()
        unasked = sum(each.lane >= REMINDERS for each in due)
        self._unasked += unasked
        self.pace.promise(unasked)
        for each in due:
            self._start(each, claim, partial(self._saying.row, each, claim))
        return len(due)

    def _start(self, due: Due, claim: str, saying: _Saying) -> None:
        self._mine.add(due.id)
        task = asyncio.create_task(self._send(due, claim, saying))
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
        wait = self._next - self._clock.seconds()
        soonest = self.pace.wait() if self._held_back else 0.0
        if self.presence.shared and not (launched or self._held_back):
            soonest = SHARED_PAUSE  # it waits for what another instance is saying there
        soonest = max(SHORTEST_PAUSE, soonest)
        return min(LONGEST_PAUSE, max(soonest, wait))

    async def _send(self, due: Due, claim: str, saying: _Saying) -> None:
        unasked = due.lane >= REMINDERS
        try:
            said = await saying()
        except SQLAlchemyError:
            self._unsaid.append((due.id, claim))
            raise
        finally:
            self._unasked -= unasked
            self._mine.discard(due.id)
        if said is not None:
            self._said.append(said)
