"""A clock for what waits some seconds: it never goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.universe import Universe


@dataclass(slots=True)
class Onward:
    """Where the universe's clock is set back, this one goes on from where it stood: so what waits
    some seconds waits no longer.
    """

    universe: Universe
    _latest: int = 0
    _ahead: int = 0
    """Seconds by which the clock was set back so far."""

    def seconds(self) -> int:
        """Seconds since 1970, and never fewer than before."""
        now = self.universe.seconds() + self._ahead
        if now < self._latest:
            self._ahead += self._latest - now
            now = self._latest
        self._latest = now
        return now
