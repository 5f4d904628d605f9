"""Next best steps of a scorecard: single items, and the best sets of them with their score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.document import Block, Column, Fact, Facts, Heading, Paragraph, Table
from bot.reports.scorecard_words import criterion_label, rows_by_id, signed, whole
from bot.texts import say
from flows.card import Phrase, Several
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.document import Cell
    from bot.reports.scorecard_company import CompanyScore
    from flows.instrument import Criterion, ScoringItem

MOST: Final = 10
"""How many single steps are listed."""
IN_SET: Final = "●"


def steps(company: CompanyScore, language: str) -> Iterator[Block]:
    """What to do next, and what it would give."""
    yield Heading(say(Phrase("scorecard_steps"), language))
    if not company.steps:
        yield Paragraph(say(Phrase("scorecard_no_steps"), language))
        return
    if not company.now.complete:
        yield Paragraph(say(Phrase("scorecard_steps_open"), language), "note")
    yield Facts(tuple(_set_facts(company, language)))
    yield _sets(company, language)
    yield _singles(company, language)


def _set_facts(company: CompanyScore, language: str) -> Iterator[Fact]:
    for each in company.sets:
        yield Fact(
            say(Phrase("scorecard_best_set", {"n": each.size}), language),
            printed(each.score),
            say(Phrase("scorecard_change", {"change": signed(each.plan.worth)}), language),
        )


def _sets(company: CompanyScore, language: str) -> Table:
    """The items of the best sets, each marked in the sets that it belongs to."""
    known = rows_by_id(company.instrument)
    held = {row for each in company.sets for row in each.plan.rows}
    rows: list[tuple[Cell, ...]] = []
    for row_id in (each for each in known if each in held):
        criterion, row = known[row_id]
        marks = (IN_SET if row_id in each.plan.rows else "" for each in company.sets)
        rows.append((criterion_label(criterion, language), say(row.wording, language), *marks))
    scores = (printed(each.score) for each in company.sets)
    rows.append((say(Phrase("scorecard_score_then"), language), "", *scores))
    gone = [known[row] for row in company.sets[-1].plan.displaced]
    return Table(
        say(Phrase("scorecard_sets_caption"), language),
        (
            Column(say(Phrase("scorecard_criterion"), language)),
            Column(say(Phrase("scorecard_item"), language)),
            *(
                Column(say(Phrase("scorecard_set_of", {"n": each.size}), language), number=True)
                for each in company.sets
            ),
        ),
        tuple(rows),
        _instead(gone, language) if gone else "",
    )


def _singles(company: CompanyScore, language: str) -> Table:
    known = rows_by_id(company.instrument)
    rows: list[tuple[Cell, ...]] = []
    for step in company.steps[:MOST]:
        criterion, row = known[step.row]
        item = say(row.wording, language)
        if step.displaces:
            item += "\n" + _instead([known[each] for each in step.displaces], language)
        rows.append(
            (criterion_label(criterion, language), item, whole(step.points), signed(step.worth))
        )
    return Table(
        say(Phrase("scorecard_steps_caption"), language),
        (
            Column(say(Phrase("scorecard_criterion"), language)),
            Column(say(Phrase("scorecard_item"), language)),
            Column(say(Phrase("scorecard_points"), language), number=True),
            Column(say(Phrase("scorecard_adds"), language), number=True),
        ),
        tuple(rows),
        _worths(company, language),
    )


def _instead(gone: Sequence[tuple[Criterion, ScoringItem]], language: str) -> str:
    """What has to go for it, in words."""
    rows = Several(
        tuple(f"{criterion.number}: {say(row.wording, language)}" for criterion, row in gone)
    )
    return say(Phrase("scorecard_instead", {"rows": rows}), language)


def _worths(company: CompanyScore, language: str) -> str:
    """What a point is worth in each section."""
    worth = Several(
        tuple(
            f"{section.id} {printed(company.point(section), 3)}"
            for section in company.instrument.sections
        )
    )
    more = max(len(company.steps) - MOST, 0)
    return say(Phrase("scorecard_worths", {"worths": worth, "n": more}), language)
