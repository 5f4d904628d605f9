"""Clock and chance, handed in from outside, so that a test can hold both still."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

SECONDS_A_DAY = 86_400


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Universe:
    """Where the time and random bytes come from."""

    now: Callable[[], datetime] = _now
    random: Callable[[int], bytes] = secrets.token_bytes

    def seconds(self) -> int:
        """Seconds since 1970."""
        return int(self.now().timestamp())

    def day(self) -> int:
        """Days since 1970."""
        return self.seconds() // SECONDS_A_DAY

    def quarter(self) -> str:
        """The coarse period kept with anonymous answers: ``2026-Q4``."""
        now = self.now()
        return f"{now.year}-Q{(now.month + 2) // 3}"

    def token(self) -> str:
        """128 random bits in hexadecimal digits."""
        return self.random(16).hex()
