"""Rounds: the time in which an instrument is put to people, in the days of one time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import tzinfo

Phase: TypeAlias = Literal["planned", "open", "closed"]

MOST_DAYS: Final = 3660
"""Days that a round with an end may last."""
MOST_REMINDERS: Final = 3
"""Reminders that one person may get in one round."""
GRACE: Final = timedelta(seconds=60)
"""For so long after its end a round takes an answer that was on its way."""
NAME: Final = re.compile(r"[a-z0-9-]{1,40}")
"""What a round may be called."""


class RoundError(Exception):
    """A round that cannot be: one line with what is wrong and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """After how many days without a sign a reminder falls due, counted from the last sign."""

    idle_days: tuple[int, ...] = (2, 7, 14)


@dataclass(frozen=True, slots=True)
class Round:
    """One instrument, put to people from the morning of a day to the end of another.

    ``closes`` is the last day on which answers are taken; None leaves the round open until
    somebody closes it. Its days begin and end in ``zone``.
    """

    instrument: str
    name: str
    opens: date
    closes: date | None = None
    zone: tzinfo = UTC
    cadence: Cadence = Cadence()

    def phase(self, now: datetime) -> Phase:
        """Where the round is at a moment."""
        if now < moment(self.opens, time(0), self.zone):
            return "planned"
        return "closed" if now >= self.ends() else "open"

    def takes_answers(self, now: datetime) -> bool:
        """Whether an answer counts: while the round is open, and for one that was on its way."""
        return self.phase(now) == "open" or self.phase(now - GRACE) == "open"

    def ends(self) -> datetime:
        """The first moment after the round, in UTC; far away where it has no end."""
        if self.closes is None:
            return datetime.max.replace(tzinfo=UTC)
        return moment(self.closes + timedelta(days=1), time(0), self.zone)

    def today(self, now: datetime) -> date:
        """The day it is at a moment, where the round is held."""
        return now.astimezone(self.zone).date()


def planned(of: Round) -> Round:
    """The round, if its name, days and cadence can be. Raises RoundError."""
    if not NAME.fullmatch(of.name):
        raise RoundError(f"{of.name}: a round's name is 1 to 40 of a-z, 0-9 and -")
    if of.closes is not None and of.closes < of.opens:
        raise RoundError(f"{of.name}: closes on {of.closes}, before it opens on {of.opens}")
    if of.closes is not None and (of.closes - of.opens).days > MOST_DAYS:
        raise RoundError(f"{of.name}: lasts more than {MOST_DAYS} days; leave the end open instead")
    days = of.cadence.idle_days
    usable = list(days) == sorted(set(days)) and all(1 <= each <= MOST_DAYS for each in days)
    if len(days) > MOST_REMINDERS or not usable:
        most = f"at most {MOST_REMINDERS} numbers of days, each larger than the one before"
        raise RoundError(f"{of.name}: reminders after {days} idle days: write {most}")
    return of


def extended(of: Round, closes: date | None, today: date) -> Round:
    """The round with another last day, today or later. Raises RoundError."""
    if closes is not None and closes < max(today, of.opens):
        raise RoundError(f"{of.name}: cannot be extended to {closes}, which is over")
    if closes is not None and (closes - today).days > MOST_DAYS:
        raise RoundError(f"{of.name}: lasts more than {MOST_DAYS} days; leave the end open instead")
    return replace(of, closes=closes)


def closed(of: Round, today: date) -> Round:
    """The round ended yesterday's midnight: no answer is taken any more from now on.

    A round that never opened is closed on the day before it would have; one that was over stays
    as it was.
    """
    last = max(today, of.opens) - timedelta(days=1)
    return replace(of, closes=last if of.closes is None else min(last, of.closes))


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """A wall clock's reading as a moment in UTC.

    Where the clock jumps over the reading, the moment moves forward by as much; where it reads
    the same twice, the first counts. That is what ``fold=0`` means.
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)
