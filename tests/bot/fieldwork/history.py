"""What happened in the simulation, as somebody saw it who stood beside; and the days of people's
clocks, in plain arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

NINE, SIX = time(9), time(18)
"""The hours of the day in which people may be written to."""
Part = tuple[str, str]
"""An instrument and a round of it."""
What = Literal[
    "invited", "written to", "sign", "finished", "declined", "taken up",
    "stopped", "wanted", "blocked", "returned", "refused", "bounced",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What somebody did, or what became of them; of one round where ``part`` says so."""

    at: datetime
    person: int
    what: What
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A call that arrived, or may have."""

    at: datetime
    person: int
    part: Part
    number: int


@dataclass(frozen=True, slots=True)
class Days:
    """From when on a round had these days."""

    at: datetime
    opens: date
    closes: date | None
    zone: str

    @property
    def begins(self) -> datetime:
        return wall(self.opens, time(0), self.zone)

    @property
    def ends(self) -> datetime:
        if self.closes is None:
            return datetime.max.replace(tzinfo=UTC)
        return wall(self.closes + timedelta(days=1), time(0), self.zone)


@dataclass
class History:
    """What happened, as somebody saw it who stood beside."""

    facts: list[Fact] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    zones: dict[int, list[tuple[datetime, str]]] = field(default_factory=dict)
    rounds: dict[Part, list[Days]] = field(default_factory=dict)
    hastened: list[tuple[datetime, Part]] = field(default_factory=list)
    """When an administrator had everybody's next reminder in a round come at once."""
    down: list[tuple[datetime, datetime]] = field(default_factory=list)
    in_the_air: list[Said] = field(default_factory=list)
    """What may or may not have been said when everything stopped."""
    turned_away: list[Said] = field(default_factory=list)
    """Calls at doors that turned out to be shut."""
    until: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Slot:
    """One letter that may be due for somebody."""

    part: Part
    number: int
    due: datetime
    decided: datetime
    """When the one before was."""
    sent: datetime | None = None
    hastened: bool = False

    def __str__(self) -> str:
        return f"{self.part[1]} {self.number}"

    @property
    def counts(self) -> bool:
        """Whether it is one of those of which one is enough after a long time of being down."""
        return self.number > 0 and not self.hastened

    def said_by(self, at: datetime) -> bool:
        return self.sent is not None and self.sent <= at

    def is_of(self, said: Said) -> bool:
        return (said.part, said.number) == (self.part, self.number)


@cache
def wall(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def in_daytime(at: datetime, zone: str) -> bool:
    return NINE <= at.astimezone(ZoneInfo(zone)).time() < SIX


def next_daytime(at: datetime, zone: str) -> datetime:
    if in_daytime(at, zone):
        return at
    today = at.astimezone(ZoneInfo(zone)).date()
    opens = wall(today, NINE, zone)
    return opens if opens > at else wall(today + timedelta(days=1), NINE, zone)
