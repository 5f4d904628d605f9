"""What a beat of the heart wakes: rounds that are over, reminders and digests that are due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import releasing, retaining
from bot.fieldwork import digests, fielding, reminders
from bot.workspace import returning
from storage import administrators, outbox

if TYPE_CHECKING:
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
        """Everything that has become due, in small transactions."""
        now = self.house.universe.now()
        if self.sender is not None:
            await self.sender.account_for_abandoned()
        async with self.database.writing() as tx:
            await fielding.every_round_in_time(self.house, tx, now)
            await administrators.purge(tx, int(now.timestamp()), UPLOAD_SECONDS)
            await outbox.purge(tx, int(now.timestamp()) - DEAD_LETTER_SECONDS)
        released = await releasing.release_due(self.house, self.database)
        if self.sender is not None:
            self.sender.conversation.vitals.released.inc(released)
        await self.house.keys.shred(self.database)
        async with self.database.writing() as tx:
            made = await digests.make_due(self.house, tx)
        await returning.ring(self.house, self.database)
        await self._once_a_day()
        decided = await self._reminders()
        if self.links is not None:
            await self.links.ring()
        if made or decided:
            log.info("fieldwork", extra={"digests": made, "slots": decided})

    async def _once_a_day(self) -> None:
        today = self.house.universe.day()
        if self.cleared_on != today:
            await retaining.clear(self.house, self.database)
            self.cleared_on = today

    async def _reminders(self) -> int:
        decided = 0
        while True:
            async with self.database.writing() as tx:
                if await outbox.unasked(tx, self.house.universe.seconds()) >= MOST_QUEUED:
                    return decided
                found = await reminders.decide_due(self.house, tx)
            decided += found
            if found < reminders.IN_ONE_GO:
                return decided
