"""What the rounds of a digest add up to, and which of them have moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.digesting import changed
from flows.statistics import percent

if TYPE_CHECKING:
    from bot.reports.digest.figures import Digest, RoundFigures
    from flows.digesting import RoundChange


@dataclass(frozen=True, slots=True)
class Totals:
    """All rounds together; ``rate`` is finished of invited in percent, None of nobody."""

    invited: int
    finished: int
    more: int
    """How many more have finished than before."""
    rate: int | None


def totals(digest: Digest) -> Totals:
    """What all rounds add up to."""
    invited = sum(each.now.invited for each in digest.rounds)
    finished = sum(each.now.finished for each in digest.rounds)
    more = sum(change(each).finished.by for each in digest.rounds)
    return Totals(invited, finished, more, percent(finished, invited) if invited else None)


def change(of: RoundFigures) -> RoundChange:
    """What changed in a round."""
    return changed(of.now, of.before)


def moved(digest: Digest) -> list[RoundFigures]:
    """The rounds in which something moved, most answers first."""
    return sorted((each for each in digest.rounds if not change(each).quiet), key=_least_news)


def still(digest: Digest) -> list[RoundFigures]:
    """The rounds in which nothing moved."""
    return [each for each in digest.rounds if change(each).quiet]


def same_instrument(digest: Digest) -> bool:
    """Whether there are rounds, and all are of one instrument, which need be named only once."""
    return len({tuple(sorted(each.title.items())) for each in digest.rounds}) == 1


def _least_news(of: RoundFigures) -> tuple[int, int, int]:
    moves = change(of)
    return -abs(moves.finished.by), -abs(moves.begun.by), -abs(moves.invited.by)
