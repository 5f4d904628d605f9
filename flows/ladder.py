"""How far somebody is in a round: a ladder with legal moves only, and what it adds up to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from flows.statistics import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

State: TypeAlias = Literal[
    "invited",
    "opened",
    "begun",
    "finished",
    "declined",
    "bounced",
    "unreachable",
    "expired",
]
STATES: Final[tuple[State, ...]] = get_args(State)

MOVES: Final[Mapping[State, frozenset[State]]] = {
    "invited": frozenset({"opened", "begun", "declined", "bounced", "unreachable", "expired"}),
    "opened": frozenset({"begun", "declined", "unreachable", "expired"}),
    "begun": frozenset({"finished", "declined", "unreachable", "expired"}),
    # What is sent is sent.
    "finished": frozenset(),
    # Who changes their mind, gets the mail after all, or unblocks the bot is welcome.
    "declined": frozenset({"opened", "begun"}),
    "bounced": frozenset({"invited", "opened", "begun", "declined"}),
    "unreachable": frozenset({"invited", "opened", "begun", "finished", "declined"}),
    # A round may be extended, or open again.
    "expired": frozenset({"invited", "opened", "begun"}),
}
"""From each state, where one can go."""

REMINDED: Final[frozenset[State]] = frozenset({"invited", "opened", "begun"})
"""Who may be reminded: everybody else has answered, does not want to, or cannot be reached."""


def sources(to: State) -> frozenset[State]:
    """The states from which one can come to this one."""
    return frozenset(state for state, moves in MOVES.items() if to in moves)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many came how far: each step counts those who are on it or went past it.

    ``rate`` is finished of invited in whole percent, rounded half up: those who cannot be reached
    stay in the base, as in the published survey (40 of 106 is 38 %). None of nobody.
    """

    invited: int
    opened: int
    begun: int
    finished: int
    declined: int
    out_of_reach: int
    expired: int
    rate: int | None
    step: int = 1
    """All but invited are multiples of it: up to ``step - 1`` more came so far."""
    by_link: bool = True
    """Whether people come by links; otherwise whoever came counts as invited."""

    def in_steps_of(self, step: int) -> Funnel:
        """The same, so coarse that one more person hardly ever shows: who watches it cannot tell
        who has just been there, nor reckon it from the other counts. Only the invited are told as
        they are: whoever watches invited them.
        """
        names = "opened", "begun", "finished", "declined", "out_of_reach", "expired"
        coarse: dict[str, Any] = {name: getattr(self, name) // step * step for name in names}
        rate = None if self.rate is None else percent(coarse["finished"], self.invited)
        return replace(self, **coarse, rate=rate, step=step)

    def of_whoever_came(self) -> Funnel:
        """The same where anybody may begin: how many are "invited" is how many came, and is as
        coarse; the rate is of those.
        """
        invited = self.invited // self.step * self.step
        rate = percent(self.finished, invited) if invited else None
        return replace(self, invited=invited, rate=rate, by_link=self.opened != self.begun)


def funnel(counts: Mapping[State, int], forgotten: int = 0) -> Funnel:
    """The funnel of a round from how many are in each state.

    Who declined, expired, cannot be reached or asked to be forgotten is counted as invited only:
    how far they had come is not kept.
    """

    def those(*states: State) -> int:
        return sum(counts.get(state, 0) for state in states)

    invited = sum(counts.values()) + forgotten
    finished = those("finished")
    return Funnel(
        invited=invited,
        opened=those("opened", "begun", "finished"),
        begun=those("begun", "finished"),
        finished=finished,
        declined=those("declined"),
        out_of_reach=those("bounced", "unreachable"),
        expired=those("expired"),
        rate=percent(finished, invited) if invited else None,
    )
