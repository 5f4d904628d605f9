"""What answers are worth: points, and a final score with floor and ceiling, in exact fractions.

RSCB 2014 gives the weights of its sections and no more; the final score is read as the weighted
sum of the sections' shares: 25·A + 40·B + 35·C, each section being points over maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from flows.instrument import Criterion
from flows.session import NOTHING, Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Score:
    """A final score, 0 to 100: ``floor`` where open criteria count nothing, ``ceiling`` where
    they count their maximum. Complete, both are equal.
    """

    floor: Fraction
    ceiling: Fraction


def points(criterion: Criterion, answer: Answer) -> int:
    """The points of a criterion: those of its ticked rows together."""
    held = set(answer.chosen)
    return sum(row.points for row in criterion.rows if row.id in held)


def score(instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    """The final score of a benchmark; a section without points to be had counts nothing."""
    floor = ceiling = Fraction(0)
    for section in instrument.sections:
        criteria = [item for item in section.items if isinstance(item, Criterion)]
        maximum = sum(criterion.maximum for criterion in criteria)
        if not maximum:
            continue
        got = still = 0
        for criterion in criteria:
            answer = answers.get(criterion.id, NOTHING)
            got += points(criterion, answer)
            still += 0 if answer.given else criterion.maximum
        weight = Fraction(section.weight or 0)
        floor += weight * Fraction(got, maximum)
        ceiling += weight * Fraction(got + still, maximum)
    return Score(floor, ceiling)


def printed(value: Fraction, places: int = 2) -> str:
    """The decimal notation of a value that is not negative, rounded half up.

    The only place where a score is rounded. Python's ``round`` would round half to even.
    """
    unit = 10**places
    whole = (value * unit * 2 + 1) // 2
    if not places:
        return str(whole)
    return f"{whole // unit}.{whole % unit:0{places}d}"
