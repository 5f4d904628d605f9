"""Guessing of what lets people in, counted by where it comes from; nothing of it is stored.

A browser can throw its cookie away, and so be somebody new with every try: its network address is
what stays. Addresses are held in memory for an hour, by each instance for itself, and named
nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

WINDOW: Final = 3600
"""Seconds."""
FROM_ONE: Final = 20
"""Tries that may be wrong within ``WINDOW`` from one address: several people stand behind some."""
ALARM: Final = 50
"""So many wrong ones within ``WINDOW``, wherever they come from, are told to administrators."""
OVERALL: Final = 500
"""And after so many wrong codes no code is taken for the rest of it. Links, of 256 bits, are:
nobody guesses one. Wrong ones count for the alarm alone, or whoever opens enough of them would lock
everybody with a code out.
"""
SHORT: Final = frozenset({"code", "claim"})
"""What people can type, and so is short enough for all guessers together to be limited."""
ACT: Final = "guessing"
"""How the audit log calls it that the alarm was raised."""
_MOST_KEPT: Final = 50_000
"""Addresses that are remembered; whoever sends from more of them is met by ``OVERALL``."""
_HOME: Final = 64
"""Bits of an IPv6 address that are one customer's."""


def origin(host: str | None) -> str:
    """Where a request comes from, as far as one customer has a say in it. Nothing where it comes
    from this machine: that is a proxy which nobody trusted to say more, or whoever runs this.
    """
    if not host:
        return ""
    try:
        address = ip_address(host)
    except ValueError:
        return "?"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            home = ip_network((int(address) >> _HOME << _HOME, _HOME))
            return "" if address.is_loopback else str(home)
        address = address.ipv4_mapped
    return "" if address.is_loopback else str(address)


@dataclass(slots=True)
class _Count:
    """How many since when."""

    since: int
    n: int = 0

    def at(self, now: int) -> _Count:
        """The same count, begun anew where its window is over."""
        if now - self.since >= WINDOW:
            self.since, self.n = now, 0
        return self


@dataclass(slots=True)
class Guesses:
    """What was tried within the hour."""

    _by_origin: dict[tuple[str, str], _Count] = field(default_factory=dict)
    _wrong: _Count = field(default_factory=lambda: _Count(0))
    _wrong_codes: _Count = field(default_factory=lambda: _Count(0))

    def take(self, what: str, origin: str, now: int) -> bool:
        """Count one try from an address, before it is looked at; False where it is one too many."""
        if what in SHORT and self._wrong_codes.at(now).n >= OVERALL:
            return False
        if not origin:
            return True
        self._make_room(now)
        count = self._by_origin.setdefault((what, origin), _Count(now)).at(now)
        count.n += 1
        return count.n <= FROM_ONE

    def right(self, what: str, origin: str) -> None:
        """It was right, and so is not counted. What was wrong before it is still."""
        count = self._by_origin.get((what, origin))
        if count is not None and count.n:
            count.n -= 1

    def wrong(self, what: str, now: int) -> bool:
        """It was wrong; whether this is the one at which administrators are told."""
        if what in SHORT:
            self._wrong_codes.at(now).n += 1
        count = self._wrong.at(now)
        count.n += 1
        return count.n == ALARM

    def _make_room(self, now: int) -> None:
        if len(self._by_origin) < _MOST_KEPT:
            return
        over = [key for key, each in self._by_origin.items() if now - each.since >= WINDOW]
        for key in over or [next(iter(self._by_origin))]:
            del self._by_origin[key]
