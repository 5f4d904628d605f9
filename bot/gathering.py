"""What is handed in while a transaction is under way is taken together in the next one.

SQLite has one writer: whoever comes meanwhile waits for it anyway. A transaction for all of them
costs little more than one for the first, and one sync of the disk instead of many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.channels import Incoming, Outcome

Take: TypeAlias = Callable[[Sequence[Incoming]], Awaitable[list[Outcome]]]

MOST = 100
"""How much is taken in one transaction, but for what was handed in together."""


@dataclass(frozen=True, slots=True)
class _HandedIn:
    incoming: Sequence[Incoming]
    became: asyncio.Future[list[Outcome]]


@dataclass(slots=True)
class Gathering:
    """Everybody who waits for the same writer."""

    take: Take
    _waiting: list[_HandedIn] = field(default_factory=list)
    _taking: asyncio.Task[None] | None = None

    async def hand_in(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """What came of it, once it is committed. Raises what ``take`` raises of it alone; somebody
        else's failure is not this one's.
        """
        mine = _HandedIn(incoming, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all())
        return await mine.became

    async def _take_all(self) -> None:
        while self._waiting:
            together = [self._waiting.pop(0)]
            room = MOST - len(together[0].incoming)
            while self._waiting and len(self._waiting[0].incoming) <= room:
                together.append(self._waiting.pop(0))
                room -= len(together[-1].incoming)
            await self._take_together(together)

    async def _take_together(self, together: Sequence[_HandedIn]) -> None:
        try:
            became = await self.take([each for one in together for each in one.incoming])
        except Exception as error:  # noqa: BLE001 - it is told to whoever handed it in
            if len(together) == 1:
                _tell(together[0], error)
                return
            for one in together:
                await self._take_together([one])
            return
        for one in together:
            _tell(one, became[: len(one.incoming)])
            became = became[len(one.incoming) :]


def _tell(handed_in: _HandedIn, became: list[Outcome] | Exception) -> None:
    if handed_in.became.done():  # whoever waited for it has gone
        return
    if isinstance(became, Exception):
        handed_in.became.set_exception(became)
    else:
        handed_in.became.set_result(became)
