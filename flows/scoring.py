"""What answers are worth: points, and a final score with floor and ceiling, in exact fractions.

RSCB 2014 gives the weights of its sections and no more; the final score is read as the weighted
sum of the sections' shares: 25·A + 40·B + 35·C, each section being points over maximum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from flows.instrument import Criterion
from flows.session import NOTHING, Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flows.instrument import Instrument, Section


@dataclass(frozen=True, slots=True)
class Score:
    """A final score, 0 to 100: ``floor`` where open criteria count nothing, ``ceiling`` where
    they count their maximum. Complete, both are equal.
    """

    floor: Fraction
    ceiling: Fraction


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """The points of a criterion, of how many, and whether it is answered at all."""

    points: int
    maximum: int
    answered: bool

    @property
    def ceiling(self) -> int:
        """The points that are still possible: what was given stands."""
        return self.points if self.answered else self.maximum


@dataclass(frozen=True, slots=True)
class Part:
    """The points of several criteria together: a theme."""

    points: int
    maximum: int
    ceiling: int
    """The points with open criteria at their maximum."""

    @property
    def share(self) -> Fraction:
        """Points over maximum, 0 to 1; nothing where there is nothing to be had."""
        return Fraction(self.points, self.maximum) if self.maximum else Fraction(0)


@dataclass(frozen=True, slots=True)
class SectionScore(Part):
    """The points of a section, and its ``weight``: the part of the final score, in percent."""

    weight: int

    @property
    def floor_weighted(self) -> Fraction:
        """The section's part of the final score; open criteria count nothing."""
        return self.weight * self.share

    @property
    def ceiling_weighted(self) -> Fraction:
        """The section's part of the final score with open criteria at their maximum."""
        return self.weight * Fraction(self.ceiling, self.maximum) if self.maximum else Fraction(0)


@dataclass(frozen=True, slots=True)
class Scored:
    """A self-assessment reckoned through: criteria, themes and sections by id, and the score."""

    score: Score
    sections: Mapping[str, SectionScore]
    themes: Mapping[str, Part]
    criteria: Mapping[str, CriterionScore]

    @property
    def answered(self) -> int:
        """How many criteria are answered."""
        return sum(each.answered for each in self.criteria.values())

    @property
    def complete(self) -> bool:
        """Whether all of them are."""
        return self.answered == len(self.criteria)


@dataclass(frozen=True, slots=True)
class Readings:
    """One self-assessment read three ways. None: nothing is known that could be read so."""

    claimed: Scored
    evidenced: Scored | None = None
    verified: Scored | None = None


def points(criterion: Criterion, answer: Answer) -> int:
    """The points of a criterion: those of its ticked rows together."""
    held = set(answer.chosen)
    return sum(row.points for row in criterion.rows if row.id in held)


def scored(instrument: Instrument, answers: Mapping[str, Answer]) -> Scored:
    """A self-assessment reckoned through. A section without points to be had counts nothing."""
    criteria = {
        each.id: _criterion(each, answers.get(each.id, NOTHING)) for each in instrument.criteria
    }
    sections = {each.id: _section(each, criteria) for each in instrument.sections}
    themes = {
        theme.id: _together(
            [criteria[each.id] for each in instrument.criteria if each.theme == theme.id]
        )
        for section in instrument.sections
        for theme in section.themes
    }
    total = Score(
        sum((each.floor_weighted for each in sections.values()), Fraction(0)),
        sum((each.ceiling_weighted for each in sections.values()), Fraction(0)),
    )
    return Scored(total, sections, themes, criteria)


def _criterion(criterion: Criterion, answer: Answer) -> CriterionScore:
    # What was ticked an earlier time counts once it is confirmed.
    earned = points(criterion, answer) if answer.given else 0
    return CriterionScore(earned, criterion.maximum, answer.given)


def _together(parts: Collection[CriterionScore]) -> Part:
    return Part(
        sum(each.points for each in parts),
        sum(each.maximum for each in parts),
        sum(each.ceiling for each in parts),
    )


def _section(section: Section, criteria: Mapping[str, CriterionScore]) -> SectionScore:
    whole = _together([criteria[each.id] for each in section.items if isinstance(each, Criterion)])
    return SectionScore(whole.points, whole.maximum, whole.ceiling, section.weight or 0)


def score(instrument: Instrument, answers: Mapping[str, Answer]) -> Score:
    """The final score of a benchmark."""
    return scored(instrument, answers).score


def credited(answers: Mapping[str, Answer], rows: Collection[str]) -> dict[str, Answer]:
    """The answers with only these of their ticked rows; what was answered stays answered."""
    return {
        item: replace(answer, chosen=kept, none=answer.given and not kept)
        for item, answer in answers.items()
        for kept in (tuple(row for row in answer.chosen if row in rows),)
    }


def readings(
    instrument: Instrument,
    answers: Mapping[str, Answer],
    *,
    evidenced: Collection[str] | None = None,
    verified: Collection[str] | None = None,
) -> Readings:
    """The three readings: what the company ticked, what of it has a public link, what of it a
    researcher accepted. The latter two are given as ids of rows; None where nothing is known yet.
    """
    return Readings(
        scored(instrument, answers),
        None if evidenced is None else scored(instrument, credited(answers, evidenced)),
        None if verified is None else scored(instrument, credited(answers, verified)),
    )


def printed(value: Fraction, places: int = 2) -> str:
    """The decimal notation of a value that is not negative, rounded half up.

    The only place where a score is rounded. Python's ``round`` would round half to even.
    """
    unit = 10**places
    whole = (value * unit * 2 + 1) // 2
    if not places:
        return str(whole)
    return f"{whole // unit}.{whole % unit:0{places}d}"
