"""What was said, counted: bases, whole percentages, selections, cross-tables; and what few said
is withheld.

The rules are those of the published survey ("Appendix 2 - Quantitative data"): the base of a
question is those who answered it, percentages are whole and rounded half up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from flows.instrument import Choice, ContactDetails, Criterion, FreeText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.instrument import Instrument

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


def merged(parts: Sequence[Counted]) -> Counted:
    """What was counted of several editions in one round, as one. Raises IndexError for nothing.

    Items and options are told apart by their ids; the edition is that of the last part.
    """
    tallies: dict[str, Tally] = {}
    for part in parts:
        for item, tally in part.tallies.items():
            tallies[item] = added(tallies[item], tally) if item in tallies else tally
    known = [part.invited for part in parts if part.invited is not None]
    return replace(
        parts[-1],
        invited=sum(known) if known else None,
        responded=sum(part.responded for part in parts),
        finished=sum(part.finished for part in parts),
        tallies=tallies,
    )


def added(one: Tally, other: Tally) -> Tally:
    """What was counted of one item in two places, together."""
    return Tally(
        one.base + other.base,
        Counter(one.ticks) + Counter(other.ticks),
        one.comments + other.comments,
        Counter(one.selections) + Counter(other.selections),
    )


def tally(selections: Mapping[Selection, int], comments: int = 0) -> Tally:
    """The tally of one item from what each participant ticked under it."""
    ticks: Counter[str] = Counter()
    for selection, count in selections.items():
        for option in selection:
            ticks[option] += count
    return Tally(sum(selections.values()), ticks, comments, selections)


def figures(instrument: Instrument, counted: Counted) -> Figures:
    """The figures of a round, question by question, in the instrument's order."""
    return Figures(
        instrument=counted.instrument,
        edition=counted.edition,
        round=counted.round,
        invited=counted.invited,
        responded=counted.responded,
        finished=counted.finished,
        response_rate=percent(counted.responded, counted.invited) if counted.invited else None,
        questions=tuple(
            _question(item, counted.tallies.get(item.id, NOBODY))
            for item in instrument.items
            if not isinstance(item, ContactDetails)
        ),
    )


NOBODY: Final = Tally(0, {})
"""The tally of an item that nobody answered."""


def _question(item: Choice | FreeText | Criterion, tally: Tally) -> QuestionFigures:
    rows = () if isinstance(item, FreeText) else item.rows
    shares = tuple(
        Share(row.id, count, percent(count, tally.base))
        for row in rows
        for count in (tally.ticks.get(row.id, 0),)
    )
    plain = QuestionFigures(item.id, item.number, tally.base, shares, tally.comments)
    if isinstance(item, FreeText) or (isinstance(item, Choice) and item.at_most == 1):
        return plain
    return _selected(plain, tally)


def _selected(plain: QuestionFigures, tally: Tally) -> QuestionFigures:
    """With which options were ticked together, and how many; from whole selections only."""
    rank = {share.option: number for number, share in enumerate(plain.shares)}
    ordered = Counter[Selection]()
    for selection, count in tally.selections.items():
        known = (each for each in selection if each in rank)
        ordered[tuple(sorted(known, key=rank.__getitem__))] += count
    ticked: Counter[int] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for selection, count in ordered.items():
        ticked[len(selection)] += count
        for one, other in combinations(selection, 2):
            pairs[one, other] += count
    frequent = sorted(
        ordered.items(), key=lambda each: (-each[1], [rank[option] for option in each[0]])
    )
    return replace(
        plain,
        ticked=dict(sorted(ticked.items())),
        together=tuple(Together(each, n, percent(n, plain.base)) for each, n in frequent),
        alone={each: ordered[(each,)] for each in rank if (each,) in ordered},
        pairs={pair: pairs[pair] for pair in sorted(pairs, key=lambda p: (rank[p[0]], rank[p[1]]))},
    )
