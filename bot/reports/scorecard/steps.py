"""Next best steps of a scorecard: single items, and the best sets of them with their score."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from bot.reports.document import Block, Column, Fact, Facts, Heading, Paragraph, Table
from bot.reports.scorecard.words import criterion_label, listed, rows_by_id, signed, whole
from bot.texts import say
from flows.card import Phrase, Several
from flows.exclusion import clash
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.reports.document import Cell
    from bot.reports.scorecard.company import CompanyScore
    from flows.instrument import Criterion, ScoringItem

MOST: Final = 10
"""How many single steps are listed."""
IN_SET: Final = "●"


def steps(company: CompanyScore, language: str) -> Iterator[Block]:
    """What to do next, and what it would give."""
    yield Heading(say(Phrase("scorecard_steps"), language))
    if not company.sets:
        yield Paragraph(say(Phrase("scorecard_no_steps"), language))
        return
    yield Paragraph(say(Phrase("scorecard_steps_text"), language))
    if not company.now.complete:
        yield Paragraph(say(Phrase("scorecard_steps_open"), language), "note")
    yield Facts(tuple(_set_facts(company, language)))
    yield _table(company, language)


def _set_facts(company: CompanyScore, language: str) -> Iterator[Fact]:
    for each in company.sets:
        yield Fact(
            say(Phrase("scorecard_best_set", {"n": each.size}), language),
            printed(each.score),
            say(Phrase("scorecard_change", {"change": signed(each.plan.worth)}), language),
        )


def _table(company: CompanyScore, language: str) -> Table:
    """The best single items, then what else the best sets have, each marked in its sets."""
    known = rows_by_id(company.instrument)
    steps = {step.row: step for step in company.steps}
    rows: list[tuple[Cell, ...]] = []
    for row_id in _listed(company):
        step = steps.get(row_id)
        words = _item(row_id, step.displaces if step else (), known, language)
        # An item that adds nothing by itself can add in a set that takes the same thing away once.
        adds = (whole(step.points), signed(step.worth)) if step else ("0", printed(Fraction(0)))
        marks = (IN_SET if row_id in each.plan.rows else "" for each in company.sets)
        rows.append((words, *adds, *marks))
    scores = (printed(each.score) for each in company.sets)
    rows.append((say(Phrase("scorecard_score_then"), language), "", "", *scores))
    return Table(
        say(Phrase("scorecard_steps_caption"), language),
        (
            Column(say(Phrase("scorecard_item"), language)),
            Column(say(Phrase("scorecard_points"), language), number=True),
            Column(say(Phrase("scorecard_adds"), language), number=True),
            *(
                Column(say(Phrase("scorecard_set_of", {"n": each.size}), language), number=True)
                for each in company.sets
            ),
        ),
        tuple(rows),
        _worths(company, language),
    )


def _listed(company: CompanyScore) -> list[str]:
    """The rows of the table: the best single items, and all of the best sets, best first. Of items
    that exclude each other the best one stands for all.
    """
    known = rows_by_id(company.instrument)
    planned = {row for each in company.sets for row in each.plan.rows}
    rows: list[str] = []
    for step in company.steps:
        row = known[step.row][1]
        better = any(
            clash(row, known[each][1]) for each in rows if known[each][0].id == step.criterion
        )
        if step.row in planned or (len(rows) < MOST and not better):
            rows.append(step.row)
    return [*rows, *(row for row in known if row in planned - set(rows))]


def _item(
    row_id: str,
    displaces: Sequence[str],
    known: Mapping[str, tuple[Criterion, ScoringItem]],
    language: str,
) -> str:
    """An item under its criterion, and what it would take the place of, if that has points."""
    criterion, row = known[row_id]
    lines = [criterion_label(criterion, language), listed([row], language)]
    gone = tuple(known[each][1].wording for each in displaces if known[each][1].points)
    if gone:
        lines.append(say(Phrase("scorecard_instead", {"rows": Several(gone)}), language))
    return "\n".join(lines)


def _worths(company: CompanyScore, language: str) -> str:
    """What a point is worth in each section."""
    worth = Several(
        tuple(
            f"{section.id} {printed(company.point(section), 3)}"
            for section in company.instrument.sections
        )
    )
    return say(Phrase("scorecard_worths", {"worths": worth}), language)
