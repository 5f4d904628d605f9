"""How fast may be spoken: what nobody waits for leaves room for what somebody does."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

A_SECOND = 28
"""Calls within any second; Telegram allows about 30."""
AT_ONCE = 3
"""Unasked calls that may go out together: each takes its turn at the database, and whoever
answers meanwhile waits behind them.
"""
IN_ONE_CHAT = 1.0
"""Seconds between something unasked and whatever was said in that chat before."""


@dataclass(slots=True)
class Pace:
    """What was said lately. An answer goes out at once and is counted; what is unasked goes out
    evenly, and waits until there is room beside the answers.
    """

    clock: Callable[[], float] = time.monotonic
    _calls: deque[tuple[float, tuple[str, str]]] = field(default_factory=deque)
    _promised: int = 0
    """Unasked calls that were launched and are not made yet."""
    _turn: float = 0.0
    """When the next unasked call may be launched."""

    def note(self, channel: str, address: str) -> None:
        """Something is said there now."""
        self._calls.append((self.clock(), (channel, address)))

    def room(self) -> int:
        """How many unasked calls there is room for now."""
        self._forget()
        turns = int((self.clock() - self._turn) * A_SECOND + 1)
        return max(0, min(turns, AT_ONCE, A_SECOND - len(self._calls) - self._promised))

    def promise(self, calls: int) -> None:
        """So many unasked calls are launched, to be made or given back."""
        self._promised += calls
        # Turns that nobody took are lost but for a few: they would go out all at once.
        earliest = self.clock() - (AT_ONCE - 1) / A_SECOND
        self._turn = max(self._turn, earliest) + calls / A_SECOND

    def give_back(self) -> None:
        """One that was promised is made now, or not at all."""
        self._promised -= 1

    def patience(self, channel: str, address: str) -> float:
        """Seconds for which this chat is to be left alone."""
        self._forget()
        lately = [at for at, door in self._calls if door == (channel, address)]
        return max((at + IN_ONE_CHAT - self.clock() for at in lately), default=0.0)

    def wait(self) -> float:
        """Seconds until there is room for one more unasked call, if none is promised."""
        if self.room():
            return 0.0
        wait = self._turn - self.clock()
        if len(self._calls) >= A_SECOND:
            wait = max(wait, self._calls[len(self._calls) - A_SECOND][0] + 1 - self.clock())
        return max(0.0, wait)

    def _forget(self) -> None:
        since = self.clock() - 1
        while self._calls and self._calls[0][0] <= since:
            self._calls.popleft()
