"""Where a company stands among the submitted assessments of its round: in which quarter, no more.

Standings are computed for a whole batch of companies at once and kept until the next batch. The
first takes ``PEERS`` + 1 companies, each later one ``BATCH`` that were in none before; in between
nobody sees any change. One company's joining, leaving or resubmitting therefore shows nowhere: what
changes, changes with ``BATCH`` others.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.scoring import Scored

PEERS: Final = 5
"""The fewest others among whom one stands; among fewer, a quartile speaks of somebody."""
BATCH: Final = 5
"""The fewest companies that are new in a batch after the first."""

_QUARTERS: Final = ((1, Fraction(3, 4)), (2, Fraction(1, 2)), (3, Fraction(1, 4)))
"""Quartiles from the best, each with the share of the others that must at least be below."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a company sees of the others: its quartile over all and by theme, 1 the best, and how
    many companies stand there, itself among them.
    """

    of: int
    overall: int
    themes: Mapping[str, int]


class Ranked(NamedTuple):
    """A company in a ranking; equal scores share a rank."""

    rank: int
    company: str
    score: Fraction


def due(known: int, new: int) -> bool:
    """Whether a batch is due. ``known`` are the companies of the last one, 0 where there was none;
    ``new`` are those with a submitted assessment that were in no batch yet.
    """
    return new >= (BATCH if known else PEERS + 1)


def standings(scored: Mapping[str, Scored]) -> dict[str, Standing]:
    """Each company's standing in a batch of these; nobody's where they are too few.

    They can be too few although a batch is due, where many have left: the batch before is then
    kept. A theme counts among those who have points to be had there, and is left out where they are
    too few.
    """
    overall = _quartiles({company: each.score.floor for company, each in scored.items()})
    names = dict.fromkeys(theme for each in scored.values() for theme in each.themes)
    themes = {theme: _quartiles(_shares(scored, theme)) for theme in names}
    return {
        company: Standing(
            of=len(scored),
            overall=quartile,
            themes={theme: held[company] for theme, held in themes.items() if company in held},
        )
        for company, quartile in overall.items()
    }


def ranking(scores: Mapping[str, Fraction]) -> list[Ranked]:
    """The companies from the best, for administrators; those with exactly equal scores share a
    rank, as in 1, 2, 2, 4, and stand in the order of their ids.
    """
    best_first = sorted(scores.items(), key=lambda each: (-each[1], each[0]))
    ranks: dict[Fraction, int] = {}
    for place, (_, score) in enumerate(best_first, start=1):
        ranks.setdefault(score, place)
    return [Ranked(ranks[score], company, score) for company, score in best_first]


def dump(standing: Standing) -> str:
    """The JSON form of a standing."""
    form = {"of": standing.of, "overall": standing.overall, "themes": dict(standing.themes)}
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Standing:
    """A standing from its JSON form."""
    return Standing(**json.loads(text))


def _shares(scored: Mapping[str, Scored], theme: str) -> dict[str, Fraction]:
    """What each company reached of a theme, of those who have points to be had there."""
    return {
        company: part.share
        for company, each in scored.items()
        if (part := each.themes.get(theme)) is not None and part.maximum
    }


def _quartiles(scores: Mapping[str, Fraction]) -> dict[str, int]:
    """Each one's quartile among the others; nobody's where they are too few."""
    others = len(scores) - 1
    if others < PEERS:
        return {}
    found: dict[Fraction, int] = {}
    below = 0
    for score, holders in sorted(Counter(scores.values()).items()):
        found[score] = _quartile(Fraction(2 * below + holders - 1, 2 * others))
        below += holders
    return {company: found[score] for company, score in scores.items()}


def _quartile(below: Fraction) -> int:
    """The quartile of one who has this share of the others below; of equal ones, half count."""
    return next((quartile for quartile, least in _QUARTERS if below >= least), 4)
