"""One company's self-assessment, and what is computed of it once for all forms of a scorecard."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from flows import gaps, interpretation, scoring
from flows.card import Phrase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from flows.gaps import Plan, Step
    from flows.instrument import Criterion, Instrument, Section, Theme
    from flows.interpretation import Interpretation
    from flows.scoring import Readings, Scored
    from flows.session import Answer

SIZES: Final = (3, 5, 10)
"""How many further items the best sets have."""
STRONG: Final = 75
"""From this percentage of its maximum up, a criterion is a strength."""


class Effect(NamedTuple):
    """An open reading, and what the other one would add to this score."""

    interpretation: Interpretation
    change: Fraction


class PlannedSet(NamedTuple):
    """The best set of so many further items, and the score that it would give."""

    size: int
    plan: Plan
    score: Fraction


@dataclass(frozen=True)
class CompanyScore:
    """What a scorecard is made from. ``before`` are the answers of the assessment before this one,
    in the same edition; ``evidenced`` and ``verified`` are rows, None where nobody looked yet.
    """

    instrument: Instrument
    answers: Mapping[str, Answer]
    before: Mapping[str, Answer] | None = None
    evidenced: Collection[str] | None = None
    verified: Collection[str] | None = None
    interpretations: tuple[Interpretation, ...] = ()
    name: str = ""
    """The company's name; nothing is said of it where it is empty."""
    final: bool = False
    """Whether a researcher's decision is final: then the verified reading is the result."""

    @property
    def banner(self) -> Phrase:
        """What the score is worth, in a line that stands on every page."""
        return Phrase("scorecard_banner_final" if self.final else "scorecard_banner")

    @cached_property
    def readings(self) -> Readings:
        """Claimed, and evidenced and verified where they are known."""
        return scoring.readings(
            self.instrument, self.answers, evidenced=self.evidenced, verified=self.verified
        )

    @property
    def now(self) -> Scored:
        """What the company claims."""
        return self.readings.claimed

    @cached_property
    def last(self) -> Scored | None:
        """What it claimed the time before."""
        return None if self.before is None else scoring.scored(self.instrument, self.before)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every item that would add to the score by itself, best first."""
        return gaps.open_steps(self.instrument, self.answers)

    @cached_property
    def sets(self) -> tuple[PlannedSet, ...]:
        """The best sets of further items; a size is left out where a smaller one has them all."""
        found: list[PlannedSet] = []
        for size in SIZES:
            plan = gaps.best_steps(self.instrument, self.answers, size)
            if len(plan.rows) > (len(found[-1].plan.rows) if found else 0):
                found.append(PlannedSet(len(plan.rows), plan, self.now.score.floor + plan.worth))
        return tuple(found)

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """The open readings, those that move this score most first."""
        found = [
            Effect(each, interpretation.effect(self.instrument, each, self.answers))
            for each in self.interpretations
        ]
        return tuple(sorted(found, key=lambda effect: -abs(effect.change)))

    @cached_property
    def strengths(self) -> tuple[Criterion, ...]:
        """The criteria at or near their maximum, those worth most first."""
        strong = [
            each
            for each in self.instrument.criteria
            if self.now.criteria[each.id].points * 100 >= STRONG * each.maximum > 0
        ]
        return tuple(sorted(strong, key=lambda each: -self.earned(each)))

    @cached_property
    def ranked(self) -> tuple[Theme, ...]:
        """The themes of which every criterion is answered, strongest first."""
        whole = [theme for _, theme in self.themes if self._whole(theme)]
        return tuple(sorted(whole, key=lambda theme: -self.share(theme.id)))

    def _whole(self, theme: Theme) -> bool:
        answered = all(self.now.criteria[each.id].answered for each in self.criteria(theme))
        return answered and self.now.themes[theme.id].maximum > 0

    @property
    def themes(self) -> Iterator[tuple[Section, Theme]]:
        """Every theme with its section, in order."""
        return ((each, theme) for each in self.instrument.sections for theme in each.themes)

    def criteria(self, part: Section | Theme) -> tuple[Criterion, ...]:
        """The criteria of a section or a theme, in order."""
        return tuple(
            each
            for each in self.instrument.criteria
            if part is self.instrument.section_of(each.id) or part is self.instrument.theme_of(each)
        )

    def share(self, theme_id: str) -> Fraction:
        """A theme's points in percent of its maximum."""
        return share(self.now, theme_id)

    def point(self, section: Section) -> Fraction:
        """What one point in a section is worth in points of the final score."""
        found = self.now.sections[section.id]
        return Fraction(found.weight, found.maximum or 1)

    def earned(self, criterion: Criterion) -> Fraction:
        """What a criterion adds to the final score."""
        section = self.instrument.section_of(criterion.id)
        return self.now.criteria[criterion.id].points * self.point(section)


def share(scored: Scored, theme_id: str) -> Fraction:
    """A theme's points in percent of its maximum."""
    return 100 * scored.themes[theme_id].share
