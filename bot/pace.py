"""How fast may be spoken: what nobody waits for leaves room for what somebody does."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

A_SECOND = 25
"""Calls within any second; Telegram allows about 30."""
IN_ONE_CHAT = 1.0
"""Seconds between something unasked and whatever was said in that chat before."""


@dataclass(slots=True)
class Pace:
    """What was said lately. An answer goes out at once and is counted; what is unasked waits until
    there is room beside the answers.
    """

    clock: Callable[[], float] = time.monotonic
    _calls: deque[tuple[float, tuple[str, str]]] = field(default_factory=deque)

    def note(self, channel: str, address: str) -> None:
        """Something is said there now."""
        self._calls.append((self.clock(), (channel, address)))

    def room(self) -> int:
        """How many unasked calls there is room for now."""
        self._forget()
        return max(0, A_SECOND - len(self._calls))

    def patience(self, channel: str, address: str) -> float:
        """Seconds for which this chat is to be left alone."""
        self._forget()
        lately = [at for at, door in self._calls if door == (channel, address)]
        return max((at + IN_ONE_CHAT - self.clock() for at in lately), default=0.0)

    def wait(self) -> float:
        """Seconds until there is room for one more unasked call."""
        if self.room():
            return 0.0
        return max(0.0, self._calls[len(self._calls) - A_SECOND][0] + 1 - self.clock())

    def _forget(self) -> None:
        since = self.clock() - 1
        while self._calls and self._calls[0][0] <= since:
            self._calls.popleft()
