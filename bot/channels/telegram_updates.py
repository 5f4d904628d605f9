"""Raw updates become taken ones: committed, set aside, or of no concern to us."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.channels import Carried, Incoming, Outcome, Uploaded
from bot.channels.telegram_reading import read

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

Take: TypeAlias = Callable[[list[Incoming]], Awaitable[list[Outcome]]]
"""Takes all in one transaction; raises where none of it was committed."""
SetAside: TypeAlias = Callable[[int, str], Awaitable[None]]
"""Keeps the number of an update that cannot be taken, and the kind of its trouble."""

Fetch: TypeAlias = Callable[[Incoming], Awaitable[Incoming]]
"""What somebody did, with the document that they sent; never raises."""

TRIES = 2
"""Times that an update may fail on its own before it is set aside."""


class NotNowError(Exception):
    """Nothing can be committed at the moment; the same updates have to be handed in again."""


@dataclass(slots=True)
class Intake:
    """Raw updates become taken ones: each is committed, set aside or of no concern."""

    take: Take
    set_aside: SetAside
    answer: Callable[..., Awaitable[None]]
    """Stops the waiting sign of a pressed button (``TelegramChannel.answer``)."""
    fetch: Fetch | None = None
    """Gets what a document holds, for whoever may hand one in."""
    tries: Callable[[Exception], int | None] = lambda _: TRIES
    """How often an update may fail in this way before it is set aside; None where it is not to
    blame, however often: the database is away.
    """
    _failed: Counter[int] = field(default_factory=Counter)
    _answering: set[asyncio.Task[None]] = field(default_factory=set)

    async def receive(
        self, raws: Sequence[dict[str, Any]], *, carries: bool = False
    ) -> list[Carried]:
        """Take all of them, in order; what the answer is to carry, where it ``carries`` a call.
        Raises NotNowError where some are still to be taken; what was taken before it may be handed
        in again.
        """
        read_ones = [each for raw in raws if (each := await self._read(raw)) is not None]
        if carries:
            read_ones = [(replace(each, carries=True), query) for each, query in read_ones]
        if not read_ones:
            return []
        try:
            outcomes = await self.take([incoming for incoming, _ in read_ones])
        except Exception as error:  # noqa: BLE001 - whatever it is, the next update is not to wait
            log.warning("batch_failed", extra=_failure(error, len(read_ones)))
            outcomes = [await self._take_alone(*each) for each in read_ones]
        else:
            for (_, query), outcome in zip(read_ones, outcomes, strict=True):
                self._answer_soon(query, outcome)
        return [each.carried for each in outcomes if each.carried is not None]

    async def close(self) -> None:
        """Wait until the last pressed buttons have been answered."""
        if self._answering:
            await asyncio.wait(self._answering)

    async def _read(self, raw: dict[str, Any]) -> tuple[Incoming, str | None] | None:
        try:
            incoming = read(raw)
            query = None if raw.get("callback_query") is None else str(raw["callback_query"]["id"])
        except Exception as error:  # noqa: BLE001 - one update that cannot be read blocks no other
            log.warning("update_unreadable", extra={"error": type(error).__name__})
            await self._lay_aside(raw["update_id"], "unreadable")
            return None
        if incoming is None:
            return None
        if isinstance(incoming.said, Uploaded) and self.fetch is not None:
            incoming = await self.fetch(incoming)
        return incoming, query

    async def _take_alone(self, incoming: Incoming, query: str | None) -> Outcome:
        update_id = incoming.update_id or 0
        while True:
            try:
                (outcome,) = await self.take([incoming])
            except Exception as error:
                tries = self.tries(error)
                if tries is None:
                    raise NotNowError from error
                self._failed[update_id] += 1
                if self._failed[update_id] < tries:
                    if tries > TRIES:
                        raise NotNowError from error
                    continue
                await self._lay_aside(update_id, type(error).__name__)
                outcome = Outcome()
            self._failed.pop(update_id, None)
            self._answer_soon(query, outcome)
            return outcome

    async def _lay_aside(self, update_id: int, reason: str) -> None:
        """Raises NotNowError where even that cannot be kept."""
        try:
            await self.set_aside(update_id, reason)
        except Exception as error:
            log.warning("set_aside_failed", extra=_failure(error, 1))
            raise NotNowError from error
        log.error("update_set_aside", extra={"reason": reason})

    def _answer_soon(self, query: str | None, outcome: Outcome) -> None:
        """Answer beside the intake: nobody waits for a chat that is slow."""
        if query is None:
            return
        refusal = outcome.notices[0] if outcome.refused and outcome.notices else ""
        task = asyncio.ensure_future(self.answer(query, refusal, alert=bool(refusal)))
        self._answering.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("press_not_answered", extra=_failure(task.exception(), 1))


def _failure(error: BaseException | None, count: int) -> dict[str, Any]:
    """What may be logged of a failure: its kind; its text may hold what people wrote."""
    return {"error": type(error).__name__, "count": count}
