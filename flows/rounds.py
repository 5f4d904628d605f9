"""Rounds: the time in which an instrument is put to people, in the days of one time zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import tzinfo

Phase: TypeAlias = Literal["planned", "open", "closed"]

MOST_DAYS = 3660
"""Days that a round with an end may last."""


class RoundError(Exception):
    """A round that cannot be: one line with what is wrong and what would be accepted."""


@dataclass(frozen=True, slots=True)
class Round:
    """One instrument, put to people from the morning of a day to the end of another.

    ``closes`` is the last day on which answers are taken; None leaves the round open until
    somebody closes it.
    """

    instrument: str
    name: str
    opens: date
    closes: date | None = None

    def phase(self, now: datetime, zone: tzinfo) -> Phase:
        """Where the round is at a moment; its days begin and end in ``zone``."""
        if now < moment(self.opens, time(0), zone):
            return "planned"
        if self.closes is not None and now >= self.ends(zone):
            return "closed"
        return "open"

    def ends(self, zone: tzinfo) -> datetime:
        """The first moment after the round, in UTC; far away where it has no end."""
        if self.closes is None:
            return datetime.max.replace(tzinfo=UTC)
        return moment(self.closes + timedelta(days=1), time(0), zone)


def planned(instrument: str, name: str, opens: date, closes: date | None) -> Round:
    """A round whose days can be. Raises RoundError."""
    if closes is not None and closes < opens:
        raise RoundError(f"{name}: closes on {closes}, before it opens on {opens}")
    if closes is not None and (closes - opens).days > MOST_DAYS:
        raise RoundError(f"{name}: lasts more than {MOST_DAYS} days; leave the end open instead")
    return Round(instrument, name, opens, closes)


def extended(of: Round, closes: date | None, today: date) -> Round:
    """The round with another last day, today or later. Raises RoundError."""
    if closes is not None and closes < today:
        raise RoundError(f"{of.name}: cannot be extended to {closes}, which is over")
    return planned(of.instrument, of.name, of.opens, closes)


def closed(of: Round, today: date) -> Round:
    """The round ended yesterday's midnight: no answer is taken any more from now on.

    A round that never opened is closed on the day before it would have.
    """
    return replace(of, closes=max(today - timedelta(days=1), of.opens - timedelta(days=1)))


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """A wall clock's reading as a moment in UTC.

    Where the clock jumps over the reading, the moment moves forward by as much; where it reads
    the same twice, the first counts. That is what ``fold=0`` means.
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)
