"""What a beat of the heart wakes: rounds that are over, reminders and digests that are due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot import catching_up, releasing, retaining
from bot.fieldwork import digests, fielding, reminders
from bot.workspace import returning
from storage import administrators, outbox
from storage.keys import KeyGone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.house import House
    from bot.sender import Sender
    from bot.workspace.link_round import LinkRound
    from storage.database import Database

log = logging.getLogger(__name__)

MOST_QUEUED = 1000
"""Letters that wait to be sent at a time; the others stay slots, and are decided fresh."""
DEAD_LETTER_SECONDS = 30 * 86_400
"""How long it is said of what could not be delivered."""
UPLOAD_SECONDS = 86_400
"""How long a list of contacts waits for a word on it."""


@dataclass(slots=True)
class Alarm:
    """Looks at the tables; what is due stands there, so that a beat that was missed costs
    nothing.
    """

    house: House
    database: Database
    sender: Sender | None = None
    links: LinkRound | None = None
    """Opens the links behind claims, where that is configured."""
    cleared_on: int = 0
    """The day on which what is past its time was deleted last; after a start, once more."""

    async def ring(self) -> None:
        """Everything that has become due, in small transactions. What keeps one part from its work
        keeps no other from its own; the next beat tries again. Raises what kept all of them.
        """
        failed: list[Exception] = []
        broken: list[Exception] = []
        parts = self._parts()
        for name, part in parts.items():
            try:
                await part()
            except (SQLAlchemyError, OSError, KeyGone) as error:
                self._stumbled(name, error)
                failed.append(error)
            except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
                broken.append(error)
        if broken or len(failed) == len(parts):
            raise [*broken, *failed][0]

    def _parts(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """What there is to do, in order."""
        sender, links = self.sender, self.links
        return {
            **({"abandoned": sender.account_for_abandoned} if sender else {}),
            "rounds": self._rounds,
            "catching_up": self._caught_up,
            "releasing": self._released,
            "keys": self._shredded,
            "digests": self._digests,
            "returning": self._returned,
            "clearing": self._once_a_day,
            "reminders": self._reminders,
            **({"links": links.ring} if links else {}),
        }

    def _stumbled(self, part: str, error: Exception) -> None:
        reason = type(error).__name__
        log.error("part_failed", extra={"kind": part, "reason": reason})
        if self.sender is not None:
            self.sender.conversation.vitals.failed.labels(part).inc()

    async def _rounds(self) -> None:
        now = self.house.universe.now()
        async with self.database.writing() as tx:
            await fielding.every_round_in_time(self.house, tx, now)
            await administrators.purge(tx, int(now.timestamp()), UPLOAD_SECONDS)
            await outbox.purge(tx, int(now.timestamp()) - DEAD_LETTER_SECONDS)

    async def _caught_up(self) -> None:
        await catching_up.catch_up(self.house, self.database)

    async def _released(self) -> None:
        released = await releasing.release_due(self.house, self.database)
        if self.sender is not None:
            self.sender.conversation.vitals.released.inc(released)

    async def _shredded(self) -> None:
        await self.house.keys.shred(self.database)

    async def _digests(self) -> None:
        async with self.database.writing() as tx:
            made = await digests.make_due(self.house, tx)
        if made:
            log.info("fieldwork", extra={"digests": made})

    async def _returned(self) -> None:
        await returning.ring(self.house, self.database)

    async def _once_a_day(self) -> None:
        today = self.house.universe.day()
        if self.cleared_on != today:
            await retaining.clear(self.house, self.database)
            self.cleared_on = today

    async def _reminders(self) -> None:
        decided = await self._decided()
        if decided:
            log.info("fieldwork", extra={"slots": decided})

    async def _decided(self) -> int:
        decided = 0
        while True:
            async with self.database.writing() as tx:
                if await outbox.unasked(tx, self.house.universe.seconds()) >= MOST_QUEUED:
                    return decided
                found = await reminders.decide_due(self.house, tx)
            decided += found
            if found < reminders.IN_ONE_GO:
                return decided
