"""The links behind claims are opened one by one, where the configuration says so, and again later.

Only whether a link opened is kept, never anything of what it shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.workspace.link_check import Fetch, check
from storage import assessments, claims, links

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.house import House
    from storage.database import Database, Tx

AT_A_TIME: Final = 3
"""Links that one beat opens: it waits for slow ones."""
AGAIN_SECONDS: Final = 7 * 86_400
LOOK_SECONDS: Final = 600
"""How often claims are looked through for links."""
FORGOTTEN_SECONDS: Final = 60 * 86_400


@dataclass(slots=True)
class LinkRound:
    """What is still to be opened, and when claims are looked through next."""

    house: House
    database: Database
    fetch: Fetch = field(default_factory=Fetch)
    waiting: list[str] = field(default_factory=list)
    look_at: int = 0

    async def ring(self) -> None:
        """Open some of the links that were not opened for a week."""
        now = self.house.universe.seconds()
        if not self.waiting and now >= self.look_at:
            self.look_at = now + LOOK_SECONDS
            async with self.database.reading() as tx:
                self.waiting = await self._due(tx, now)
        for _ in range(min(AT_A_TIME, len(self.waiting))):
            url = self.waiting.pop()
            found = await check(url, self.fetch)
            async with self.database.writing() as tx:
                await links.put(tx, url, found, self.house.universe.seconds())
                await links.forget_before(tx, now - FORGOTTEN_SECONDS)

    async def _due(self, tx: Tx, now: int) -> list[str]:
        known = await links.checked_since(tx, now - AGAIN_SECONDS)
        return sorted({each async for each in _claimed(tx)} - known, reverse=True)


async def _claimed(tx: Tx) -> AsyncGenerator[str, None]:
    """Every link that stands behind a claim of an assessment that is not final."""
    for of in await assessments.in_state(tx, "open", "submitted", "feedback", "returned"):
        for claim in (await claims.of(tx, of.id)).values():
            for row, each in claim.answer.evidence.items():
                if each.link and row in claim.answer.chosen:
                    yield each.link
