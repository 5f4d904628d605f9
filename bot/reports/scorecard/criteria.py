"""The criteria of a scorecard: the strong ones, and all of them with what was ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.document import Block, Column, Heading, PageBreak, Paragraph, Table
from bot.reports.scorecard.words import (
    criterion_label,
    of_maximum,
    section_label,
    ticked,
)
from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.document import Cell
    from bot.reports.scorecard.company import CompanyScore
    from flows.card import Words
    from flows.instrument import Theme

MOST: Final = 10
"""How many strengths are listed."""


def strengths(company: CompanyScore, language: str) -> Iterator[Block]:
    """What is at or near its maximum, by what it adds to the final score."""
    yield Heading(say(Phrase("scorecard_strengths"), language))
    strong = company.strengths
    if not strong:
        yield Paragraph(say(Phrase("scorecard_no_strengths"), language))
        return
    more = len(strong) - MOST
    yield Table(
        say(Phrase("scorecard_strengths_caption"), language),
        (
            Column(say(Phrase("scorecard_criterion"), language)),
            Column(say(Phrase("scorecard_points"), language), number=True),
            Column(say(Phrase("scorecard_weighted"), language), number=True),
        ),
        tuple(
            (
                criterion_label(each, language),
                of_maximum(company.now.criteria[each.id], language),
                printed(company.earned(each)),
            )
            for each in strong[:MOST]
        ),
        say(Phrase("scorecard_more_strengths", {"n": more}), language) if more > 0 else "",
    )


def criteria(company: CompanyScore, language: str) -> Iterator[Block]:
    """Every criterion with its points and what was ticked, a table a theme."""
    yield PageBreak()
    yield Heading(say(Phrase("scorecard_criteria"), language))
    yield Paragraph(say(Phrase("scorecard_preconditions"), language), "note")
    for section in company.instrument.sections:
        yield Heading(section_label(section, language), 2)
        for theme in section.themes:
            yield _theme(company, theme, language)


def _theme(company: CompanyScore, theme: Theme, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in company.criteria(theme):
        if each.heading is not None:
            rows.append((f"{each.heading_number or ''} {say(each.heading, language)}", ""))
        answer = company.answers.get(each.id, NOTHING)
        said = f"{criterion_label(each, language)}\n{ticked(each, answer, language)}"
        if answer.carried:
            said += f"\n{say(Phrase(f'scorecard_carried_{answer.carried}'), language)}"
        rows.append((said, of_maximum(company.now.criteria[each.id], language)))
    named: dict[str, Words | int] = {
        "number": theme.id,
        "title": theme.title,
        "points": of_maximum(company.now.themes[theme.id], language),
    }
    return Table(
        say(Phrase("scorecard_theme_caption", named), language),
        (
            Column(say(Phrase("scorecard_criterion_ticked"), language)),
            Column(say(Phrase("scorecard_points"), language), number=True),
        ),
        tuple(rows),
    )
