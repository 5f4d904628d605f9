"""An assessment beside the one before: sections, themes, and the criteria that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.document import Block, Column, Heading, Paragraph, Table
from bot.reports.scorecard.words import (
    criterion_label,
    listed,
    section_label,
    signed,
    theme_label,
    whole,
)
from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.reports.document import Cell
    from bot.reports.scorecard.company import CompanyScore
    from flows.instrument import Criterion
    from flows.scoring import Scored
    from flows.session import Answer


def change(company: CompanyScore, language: str) -> Iterator[Block]:
    """What is different from last time; nothing where there was none."""
    if company.before is None or company.last is None:
        return
    yield Heading(say(Phrase("scorecard_compared"), language))
    if not company.last.complete:
        counted = {"n": company.last.answered, "m": len(company.last.criteria)}
        yield Paragraph(say(Phrase("scorecard_last_incomplete", counted), language), "note")
    yield _sections(company, company.last, language)
    yield _themes(company, company.last, language)
    changed = [
        each for each in company.instrument.criteria if _differs(company, company.before, each)
    ]
    if not changed:
        yield Paragraph(say(Phrase("scorecard_nothing_changed"), language))
        return
    rows = [_criterion(company, company.before, company.last, each, language) for each in changed]
    yield Table(
        say(Phrase("scorecard_changed_criteria"), language),
        (
            Column(say(Phrase("scorecard_criterion_changed"), language)),
            *_columns(language),
        ),
        tuple(rows),
    )


def _columns(language: str) -> tuple[Column, Column, Column]:
    return (
        Column(say(Phrase("scorecard_last"), language), number=True),
        Column(say(Phrase("scorecard_this"), language), number=True),
        Column(say(Phrase("scorecard_difference"), language), number=True),
    )


def _sections(company: CompanyScore, last: Scored, language: str) -> Table:
    """The sections' parts of the final score, and their sum."""
    rows: list[tuple[Cell, ...]] = []
    for section in company.instrument.sections:
        before = last.sections[section.id].floor_weighted
        now = company.now.sections[section.id].floor_weighted
        rows.append(
            (section_label(section, language), printed(before), printed(now), signed(now - before))
        )
    before, now = last.score.floor, company.now.score.floor
    total = say(Phrase("scorecard_final"), language)
    rows.append((total, printed(before), printed(now), signed(now - before)))
    return Table(
        say(Phrase("scorecard_compared_sections"), language),
        (Column(say(Phrase("scorecard_section"), language)), *_columns(language)),
        tuple(rows),
    )


def _themes(company: CompanyScore, last: Scored, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for _, theme in company.themes:
        before, now = last.themes[theme.id].points, company.now.themes[theme.id].points
        rows.append(
            (
                theme_label(theme, language),
                company.now.themes[theme.id].maximum,
                before,
                now,
                whole(now - before),
            )
        )
    return Table(
        say(Phrase("scorecard_compared_themes"), language),
        (
            Column(say(Phrase("scorecard_theme"), language)),
            Column(say(Phrase("scorecard_maximum"), language), number=True),
            *_columns(language),
        ),
        tuple(rows),
    )


def _differs(company: CompanyScore, before: Mapping[str, Answer], criterion: Criterion) -> bool:
    now, then = company.answers.get(criterion.id, NOTHING), before.get(criterion.id, NOTHING)
    return (now.chosen, now.given) != (then.chosen, then.given)


def _criterion(
    company: CompanyScore,
    before: Mapping[str, Answer],
    last: Scored,
    criterion: Criterion,
    language: str,
) -> tuple[Cell, ...]:
    """One criterion: points then and now, and which items came and went."""
    now, then = company.answers.get(criterion.id, NOTHING), before.get(criterion.id, NOTHING)
    came = [row for row in criterion.rows if row.id in set(now.chosen) - set(then.chosen)]
    went = [row for row in criterion.rows if row.id in set(then.chosen) - set(now.chosen)]
    said = [criterion_label(criterion, language)]
    if came:
        said.append(say(Phrase("scorecard_came"), language) + "\n" + listed(came, language))
    if went:
        said.append(say(Phrase("scorecard_went"), language) + "\n" + listed(went, language))
    if not now.given:
        said.append(say(Phrase("scorecard_open"), language))
    elif now.none:
        said.append(say(Phrase("none_of_these"), language))
    elif not then.given:
        said.insert(1, say(Phrase("scorecard_was_open"), language))
    points = company.now.criteria[criterion.id].points, last.criteria[criterion.id].points
    return "\n".join(said), points[1], points[0], whole(points[0] - points[1])
