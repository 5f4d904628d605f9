"""What was said, counted: bases, whole percentages, selections, cross-tables; and what few said
is withheld.

The rules are those of the published survey ("Appendix 2 - Quantitative data"): the base of a
question is those who answered it, percentages are whole and rounded half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Selection: TypeAlias = tuple[str, ...]
"""What one participant ticked under one item, in the order of the instrument; () is "none"."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted under one item.

    ``ticks`` counts participants by option. ``selections`` counts them by everything they ticked
    together; it is empty where only the totals are known (a printed table).
    """

    base: int
    ticks: Mapping[str, int]
    comments: int = 0
    selections: Mapping[Selection, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one round of one instrument, before any percentage.

    ``invited`` is None where it is not known. ``responded`` are those who answered anything,
    ``finished`` those of them who answered all that is required.
    """

    instrument: str
    edition: str
    round: str
    invited: int | None
    responded: int
    finished: int
    tallies: Mapping[str, Tally]
    """By item id. An item that nobody answered may be missing."""


@dataclass(frozen=True, slots=True)
class Share:
    """One option: how many ticked it, and what part of the base that is, in whole percent."""

    option: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class Together:
    """One selection of a tick-all question: exactly these options, ticked by so many."""

    options: Selection
    count: int
    percent: int


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """The figures of one question. The last three are empty but for tick-all questions whose
    selections are known.
    """

    item: str
    number: str
    base: int
    shares: tuple[Share, ...]
    """In the instrument's order of options; no shares for a question without options."""
    comments: int
    """Texts given with the question: comment, "Other" or the answer itself."""
    ticked: Mapping[int, int] = field(default_factory=dict)
    """How many options were ticked -> how many participants ticked so many."""
    together: tuple[Together, ...] = ()
    """Every selection made, most frequent first."""
    alone: Mapping[str, int] = field(default_factory=dict)
    """Option -> how many ticked it and nothing else."""
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Two options -> how many ticked both (among others)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one round: what every form of a report shows."""

    instrument: str
    edition: str
    round: str
    invited: int | None
    responded: int
    finished: int
    response_rate: int | None
    """Responded of invited, in whole percent; None where nobody knows how many were invited."""
    questions: tuple[QuestionFigures, ...]
    """Every item but contact details, in order."""


def percent(count: int, base: int) -> int:
    """``count`` of ``base`` in whole percent, rounded half up; 0 of nobody is 0."""
    # Python's round() goes half to even and gives other figures for 2.5 or 32.5.
    return (200 * count + base) // (2 * base) if base else 0
