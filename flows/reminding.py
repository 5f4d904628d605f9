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
    from flows.rounds import Round

QUIET = timedelta(hours=20)
"""Between two unasked messages to one person, over all rounds."""

Skipped: TypeAlias = Literal["state", "stopped", "closed", "late"]
"""Why a slot is not sent: the person finished, declined or cannot be reached; wants no reminders;
the round is not open; or it fell due while nobody looked, and a later one has, too.
"""


@dataclass(frozen=True, slots=True)
class Cadence:
    """After how many days without a sign a reminder falls due, counted from the last sign."""

    idle_days: tuple[int, ...] = (2, 7, 14)


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
    round_zone: tzinfo,
) -> Send | Wait | Skip:
    """What becomes of a slot that fell due.

    ``following`` is when the participant's next slot in this round falls due: where that is past,
    too, this one is skipped, so that after a long outage one reminder is sent and not three.
    """
    if standing.state not in REMINDED:
        return Skip("state")
    if standing.stopped:
        return Skip("stopped")
    if of.phase(now, round_zone) == "closed":
        return Skip("closed")
    if following is not None and following <= now:
        return Skip("late")
    earliest = max(slot, moment(of.opens, time(0), round_zone))
    if standing.last_message is not None:
        earliest = max(earliest, standing.last_message + QUIET)
    earliest = window.next(max(earliest, now), standing.zone)
    if earliest >= of.ends(round_zone):
        return Skip("closed")
    return Send() if earliest <= now else Wait(earliest)
