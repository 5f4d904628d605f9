"""Says one row of the outbox, and keeps what becomes of it: said, to be said later, or never."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from bot.channels import Ambiguous, RetryLater, Unreachable
from bot.speaking import Said, show, speak
from storage import outbox, participation
from storage.outbox import ONCE, REMINDERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from bot.channels import Channel
    from bot.conversation import Conversation
    from bot.onward import Onward
    from bot.pace import Pace
    from bot.speaking import Ready, Stands
    from storage.database import Database, Tx
    from storage.outbox import Due

log = logging.getLogger(__name__)

UNASKED_LEASE = 600
"""Seconds after which nobody knows any more whether what is said once at most arrived: a mail
server may take its time.
"""
TRIES = 20
"""Calls that may fail before a row is kept as undeliverable."""
LONGEST_WAIT = 30.0
"""Seconds until the next try where it is not known what is wrong."""


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
class Saying:
    """How rows are said, whatever claims them."""

    database: Database
    conversation: Conversation
    channels: Mapping[str, Channel]
    unasked: Unasked | None
    pace: Pace
    clock: Onward

    async def row(self, due: Due, claim: str) -> Said | None:
        """Say what is due, as things stand now; None where there is nothing more to be recorded."""
        if due.lane < REMINDERS:
            return await self._say(due, claim)
        if due.kind in ONCE:
            await self._say_unasked(due, claim)
            return None
        return await self._say_beside(due, claim)

    async def card(self, ready: Ready) -> Said | None:
        """Say a card as it was when it was claimed."""
        due = ready.due
        channel = self.channels[due.channel]
        return await self._say(due, ready.claim, show(channel, due, ready.shown, ready.stands))

    async def _call(
        self, due: Due, claim: str, prepared: Callable[[], Awaitable[None]]
    ) -> Outcome | None:
        """Say what is said once at most; None where it is to be said later, or by somebody else."""
        async with self.database.writing(brief=True) as tx:
            until = self.clock.seconds() + UNASKED_LEASE
            if not await outbox.calling(tx, due.id, claim, until):
                return None
        self.pace.note(due.channel, due.address)
        outcome = await self._called(due, claim, prepared)
        self.count(due, outcome or "later")
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

    async def _say_beside(self, due: Due, claim: str) -> Said | None:
        """A file that belongs to what is unasked: in its turn, and again where it failed."""
        patience = self.pace.patience(due.channel, due.address)
        self.pace.give_back()
        if not patience:
            return await self._say(due, claim)
        await self._put_off(due, claim, patience)
        return None

    async def _put_off(self, due: Due, claim: str, seconds: float) -> None:
        """It is not its turn yet."""
        until = self.clock.seconds() + max(1, round(seconds))
        async with self.database.writing(brief=True) as tx:
            await outbox.postpone(tx, due.id, claim, until, counts=False)

    async def _say(
        self, due: Due, claim: str, saying: Coroutine[None, None, Stands | None] | None = None
    ) -> Said | None:
        try:
            self.pace.note(due.channel, due.address)
            stands = await (saying or speak(self.conversation, self.channels[due.channel], due))
        except Unreachable:
            self.count(due, "gone")
            async with self.database.writing(brief=True) as tx:
                await outbox.drop_address(tx, due.channel, due.address)
                await participation.shut_out(tx, due.channel, due.address)
        except RetryLater as later:
            self.count(due, "later")
            await self._postpone(due, claim, later.seconds, everybody=later.everybody)
        except Ambiguous:
            self.count(due, "unknown")
            await self._postpone(due, claim, min(LONGEST_WAIT, 2.0**due.attempts))
        except SQLAlchemyError:
            raise  # the database is away, not the person
        except Exception as error:  # noqa: BLE001 - one row must not be tried for ever, unseen
            log.error("not_sent", extra={"error": type(error).__name__, "channel": due.channel})  # noqa: TRY400 - a trace could hold words
            self.count(due, "failed")
            await self._postpone(due, claim, LONGEST_WAIT)
        else:
            self.count(due, "sent")
            return Said(due, claim, stands)
        return None

    def count(self, due: Due, outcome: str) -> None:
        """Count what became of it."""
        self.conversation.vitals.said.labels(due.kind, outcome).inc()

    async def _say_unasked(self, due: Due, claim: str) -> None:
        """Say it once at most: after a call that may have arrived it is not said again."""
        patience = self.pace.patience(due.channel, due.address)
        outcome: Outcome | None = None
        try:
            prepared = None if self.unasked is None else patience or await self.unasked.prepare(due)
        except SQLAlchemyError:
            raise  # the database is away: it is given back, and that counts for nothing
        except Exception as error:  # noqa: BLE001 - nothing was said: it is tried again, not for ever
            log.error("not_prepared", extra={"error": type(error).__name__, "kind": due.kind})  # noqa: TRY400 - a trace could hold words
            self.count(due, "failed")
            await self._postpone(due, claim, LONGEST_WAIT)
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
        now = self.clock.seconds()
        until = now + max(1, round(seconds))
        async with self.database.writing(brief=True) as tx:
            if everybody:
                await outbox.hold(tx, due.channel, now, until)
            if due.attempts + 1 >= TRIES and not everybody:
                await outbox.give_up(tx, due.id, claim, "too_many_tries")
            else:
                await outbox.postpone(tx, due.id, claim, until, counts=not everybody)
