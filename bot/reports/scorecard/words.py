"""How the figures and parts of a scorecard are written: once, so that every form has the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed

if TYPE_CHECKING:
    from fractions import Fraction

    from flows.instrument import Criterion, Instrument, ScoringItem, Section, Theme
    from flows.scoring import CriterionScore, Part
    from flows.session import Answer


def signed(value: Fraction) -> str:
    """A difference, with its sign and rounded as scores are."""
    if printed(abs(value)) == printed(value * 0):
        return printed(value * 0)
    return f"{'+' if value > 0 else '−'}{printed(abs(value))}"


def whole(value: int) -> str:
    """A difference of points, with its sign."""
    return f"{'+' if value > 0 else '−'}{abs(value)}" if value else "0"


def of_maximum(part: Part | CriterionScore, language: str) -> str:
    """Points of their maximum."""
    counted = {"points": part.points, "maximum": part.maximum}
    return say(Phrase("scorecard_of", counted), language)


def theme_label(theme: Theme, language: str) -> str:
    """A theme by number and title."""
    return f"{theme.id} {say(theme.title, language)}"


def section_label(section: Section, language: str) -> str:
    """A section by letter and title."""
    return f"{section.id} {say(section.title, language)}"


def criterion_label(criterion: Criterion, language: str) -> str:
    """A criterion by number and text."""
    return f"{criterion.number} {say(criterion.text, language)}"


def ticked(criterion: Criterion, answer: Answer, language: str) -> str:
    """What was ticked under a criterion, one item a line."""
    if not answer.given:
        return say(Phrase("scorecard_open"), language)
    rows = [row for row in criterion.rows if row.id in answer.chosen]
    return listed(rows, language) or say(Phrase("none_of_these"), language)


def listed(rows: list[ScoringItem], language: str) -> str:
    """Scoring items in their whole wording, one a line."""
    return "\n".join(f"– {say(row.wording, language)}" for row in rows)


def rows_by_id(instrument: Instrument) -> dict[str, tuple[Criterion, ScoringItem]]:
    """Every scoring item by id, with its criterion."""
    return {row.id: (each, row) for each in instrument.criteria for row in each.rows}
