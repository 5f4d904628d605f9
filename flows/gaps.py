"""Next best steps: what each scoring item still to be had is worth, and the best set of them.

A point in a section is worth its weight over its maximum: 25/37 of the final score in A, 40/81 in
B, 35/40 in C for RSCB 2014. The best set is exact: the best of each criterion for every number of
further items, then the best way to share that number out among the criteria.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from flows.exclusion import clash, displaced
from flows.instrument import Criterion
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.instrument import Instrument, ScoringItem
    from flows.session import Answer


@dataclass(frozen=True, slots=True)
class Step:
    """One scoring item that is not ticked: what ticking it adds, after what it takes away."""

    criterion: str
    row: str
    points: int
    worth: Fraction
    """In points of the final score."""
    displaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of further items that can all be ticked together, and what they add."""

    rows: tuple[str, ...] = ()
    displaced: tuple[str, ...] = ()
    worth: Fraction = Fraction(0)


def open_steps(instrument: Instrument, answers: Mapping[str, Answer]) -> tuple[Step, ...]:
    """Every single step that adds to the final score, the one worth most first."""
    steps = [
        Step(criterion.id, row.id, plan_points, worth * plan_points, gone)
        for criterion, worth in _worths(instrument)
        for row, gone, plan_points in _single(criterion, answers.get(criterion.id, NOTHING))
        if plan_points > 0
    ]
    return tuple(sorted(steps, key=lambda step: -step.worth))


def best_steps(instrument: Instrument, answers: Mapping[str, Answer], n: int) -> Plan:
    """The best set of at most ``n`` further items that the rules allow together.

    Of sets that are worth the same, one with fewer items.
    """
    plans = [Plan()] * (n + 1)
    for criterion, worth in _worths(instrument):
        choices = _choices(criterion, answers.get(criterion.id, NOTHING), worth, n)
        # From many to few: each criterion is used once.
        plans = [
            _best(
                _joined(plans[count - len(choice.rows)], choice)
                for choice in choices
                if len(choice.rows) <= count
            )
            for count in range(n + 1)
        ]
    return plans[n]


def _worths(instrument: Instrument) -> Iterator[tuple[Criterion, Fraction]]:
    """Each criterion, and what a point of it adds to the final score."""
    for section in instrument.sections:
        criteria = [item for item in section.items if isinstance(item, Criterion)]
        maximum = sum(criterion.maximum for criterion in criteria)
        for criterion in criteria:
            yield criterion, Fraction(section.weight or 0, maximum) if maximum else Fraction(0)


def _single(
    criterion: Criterion, answer: Answer
) -> Iterator[tuple[ScoringItem, tuple[str, ...], int]]:
    worth = {row.id: row.points for row in criterion.rows}
    for row in criterion.rows:
        if row.id not in answer.chosen:
            gone = displaced(criterion.rows, answer.chosen, row)
            yield row, gone, row.points - sum(worth[each] for each in gone)


def _choices(criterion: Criterion, answer: Answer, worth: Fraction, most: int) -> list[Plan]:
    """For each number of further rows the best of this criterion, as far as more adds more."""
    further = [row for row in criterion.rows if row.id not in answer.chosen and row.points]
    found = [Plan()]
    for count in range(1, min(most, len(further)) + 1):
        plan = _best(
            _plan(criterion, answer, rows, worth)
            for rows in combinations(further, count)
            if not any(clash(one, other) for one, other in combinations(rows, 2))
        )
        if plan.worth > found[-1].worth:
            found.append(plan)
    return found


def _plan(
    criterion: Criterion, answer: Answer, rows: Sequence[ScoringItem], worth: Fraction
) -> Plan:
    gone = {each for row in rows for each in displaced(criterion.rows, answer.chosen, row)}
    lost = sum(row.points for row in criterion.rows if row.id in gone)
    return Plan(
        tuple(row.id for row in rows),
        tuple(row.id for row in criterion.rows if row.id in gone),
        worth * (sum(row.points for row in rows) - lost),
    )


def _joined(one: Plan, other: Plan) -> Plan:
    return Plan(one.rows + other.rows, one.displaced + other.displaced, one.worth + other.worth)


def _best(plans: Iterator[Plan]) -> Plan:
    """The one worth most; of equals the one with fewest rows, then the one that comes first."""
    best = Plan()
    for plan in plans:
        if plan.worth > best.worth or (
            plan.worth == best.worth and best.rows and len(plan.rows) < len(best.rows)
        ):
            best = plan
    return best
