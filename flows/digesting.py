"""When a digest is due, and what changed since the one before: pure, over counts."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from flows.rounds import moment

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from flows.ladder import Funnel

Every: TypeAlias = Literal["day", "week", "month", "never"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an administrator wants a digest: at an hour of their own clock, every day, every week
    on a weekday (Monday is 1) or every month on a day (the last one where the month is shorter).
    """

    every: Every
    at: time = time(8)
    on: int = 1


@dataclass(frozen=True, slots=True)
class Period:
    """One digest that is to be sent: its key names the day, ``due`` the moment in UTC."""

    key: str
    due: datetime


def latest(schedule: Schedule, now: datetime, zone: tzinfo) -> Period | None:
    """The latest digest that has fallen due; None where none is wanted.

    Only the latest: after a month away one digest is sent, and it covers what was missed.
    """
    if schedule.every == "never":
        return None
    day = now.astimezone(zone).date()
    if moment(day, schedule.at, zone) > now:
        day -= timedelta(days=1)
    while not _falls_on(schedule, day):
        day -= timedelta(days=1)
    return Period(f"{schedule.every}:{day.isoformat()}", moment(day, schedule.at, zone))


def _falls_on(schedule: Schedule, day: date) -> bool:
    if schedule.every == "week":
        return day.isoweekday() == min(schedule.on, 7)
    if schedule.every == "month":
        return day.day == min(schedule.on, monthrange(day.year, day.month)[1])
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """One count then and now."""

    now: int
    before: int

    @property
    def by(self) -> int:
        """How much it moved."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class RoundChange:
    """What changed in a round between two digests."""

    invited: Change
    begun: Change
    finished: Change
    rate: int | None
    rate_before: int | None

    @property
    def quiet(self) -> bool:
        """Whether nothing moved."""
        return not (self.invited.by or self.begun.by or self.finished.by)


def changed(now: Funnel, before: Funnel | None) -> RoundChange:
    """What changed in a round; before the first digest there was nothing."""
    return RoundChange(
        invited=Change(now.invited, before.invited if before else 0),
        begun=Change(now.begun, before.begun if before else 0),
        finished=Change(now.finished, before.finished if before else 0),
        rate=now.rate,
        rate_before=before.rate if before else None,
    )
