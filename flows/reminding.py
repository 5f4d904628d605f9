"""Who is reminded, and when: a pure rule over days of idleness, a window of the day, and states.

A slot is one reminder that may fall due for one participant in one round. It is decided exactly
once; what was decided is kept, so no restart can decide it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from flows.ladder import REMINDED
from flows.rounds import moment

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from flows.ladder import State
    from flows.rounds import Cadence, Round

QUIET = timedelta(hours=20)
"""Between two unasked messages to one person, over all rounds."""
LATE = timedelta(hours=12)
"""A slot that is looked at later than this fell due while nobody looked."""
EARLIEST = time(4)
"""No window opens before: between midnight and here clocks are changed."""

Skipped: TypeAlias = Literal["state", "stopped", "closed", "late"]
"""Why a slot is not sent: the person finished, declined or cannot be reached; wants no reminders;
the round is closed; or it fell due while nobody looked, and the person has another one, or has
been written to meanwhile.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of the day, by the person's own clock, in which one may be disturbed."""

    opens: time = time(9)
    closes: time = time(18)

    def next(self, at: datetime, zone: tzinfo) -> datetime:
        """The first moment from ``at`` on that lies in the window, in UTC."""
        local = at.astimezone(zone)
        opens = moment(local.date(), self.opens, zone)
        if at < opens:
            return opens
        if at < moment(local.date(), self.closes, zone):
            return at
        return moment(local.date() + timedelta(days=1), self.opens, zone)


@dataclass(frozen=True, slots=True)
class Send:
    """The reminder is sent now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: look again at ``until``."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Never; ``why`` is kept."""

    why: Skipped


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a participant in a round when a slot is decided."""

    state: State
    zone: tzinfo
    stopped: bool = False
    """Whether they asked for no more reminders."""
    last_message: datetime | None = None
    """When they were last sent anything unasked, in any round."""


def due(cadence: Cadence, window: Window, last_sign: date, zone: tzinfo) -> tuple[datetime, ...]:
    """When each reminder falls due, in UTC: so many days after the day of the last sign, when the
    window opens on the participant's clock.
    """
    return tuple(
        moment(last_sign + timedelta(days=days), window.opens, zone) for days in cadence.idle_days
    )


def decide(
    slot: datetime,
    following: datetime | None,
    standing: Standing,
    of: Round,
    *,
    now: datetime,
    window: Window,
) -> Send | Wait | Skip:
    """What becomes of a slot that fell due.

    ``following`` is when the participant's next slot in this round falls due: where that is past,
    too, this one is skipped, so that after a long outage one reminder is sent and not three.
    """
    if standing.state not in REMINDED:
        return Skip("state")
    if standing.stopped:
        return Skip("stopped")
    if of.phase(now) == "closed":
        return Skip("closed")
    if _overtaken(slot, following, standing.last_message, now):
        return Skip("late")
    earliest = max(slot, moment(of.opens, time(0), of.zone))
    if standing.last_message is not None:
        earliest = max(earliest, standing.last_message + QUIET)
    earliest = window.next(max(earliest, now), standing.zone)
    if earliest >= of.ends():
        return Skip("closed")
    return Send() if earliest <= now else Wait(earliest)


def _overtaken(
    slot: datetime, following: datetime | None, last_message: datetime | None, now: datetime
) -> bool:
    """Whether what this slot would have said has been said, or is about to be."""
    if following is not None and following <= now:
        return True
    return last_message is not None and now - slot > LATE and last_message >= slot
