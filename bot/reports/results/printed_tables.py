"""Printed tables beside the figures: every cell that differs is named, and why it does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.reports.document import Block, Column, Heading, Paragraph, Table
from flows.card import Phrase
from flows.instrument import Choice, Criterion
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.results.gathered import Results, RoundFigures
    from bot.reports.results.wording import Voice
    from flows.card import Words
    from flows.comparison import Deviation
    from flows.instrument import Instrument
    from flows.statistics import Figures

What: TypeAlias = Literal["option", "base", "comments"]


@dataclass(frozen=True, slots=True)
class Side:
    """What stands in a cell on one side: a number, for an option its percentage and base too."""

    count: int
    base: int = 0
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Differing:
    """One cell that differs: of an option, of a base or of a number of comments."""

    item: str
    number: str
    what: What
    option: str | None
    here: Side
    print: Side
    why: Phrase


def cells(now: Figures, then: RoundFigures, found: Sequence[Deviation]) -> tuple[Differing, ...]:
    """The cells of a published round ``then`` that these deviations are about, in order."""
    of_cell = {(each.item, each.option or each.what): each for each in found}
    return tuple(_cell(now, then, each) for each in of_cell.values())


def _cell(now: Figures, then: RoundFigures, one: Deviation) -> Differing:
    """A deviation of a percentage comes last of its cell, so it is the one that is left here."""
    if one.what == "base":
        sides = Side(one.here), Side(one.printed)
        why = Phrase("report_why_base", {"here": one.here, "printed": one.printed})
        return Differing(one.item, one.number, "base", None, *sides, why)
    if one.what == "comments":
        sides = Side(one.here), Side(one.printed)
        why = Phrase("report_why_comments", {"here": one.here, "printed": one.printed})
        return Differing(one.item, one.number, "comments", None, *sides, why)
    here = _side(now, one)
    count = _side(then.figures, one)
    figures = then.published.printed.get(one.item, {}) if then.published else {}
    in_print = Side(count.count, count.base, figures.get(one.option or ""))
    why = _why(one, here, in_print)
    return Differing(one.item, one.number, "option", one.option, here, in_print, why)


def _side(figures: Figures, one: Deviation) -> Side:
    question = next(each for each in figures.questions if each.item == one.item)
    share = next(each for each in question.shares if each.option == one.option)
    return Side(share.count, question.base, share.percent)


def _why(one: Deviation, here: Side, in_print: Side) -> Phrase:
    """Other answers, or the same ones and a figure that does not follow from them."""
    if (here.count, here.base) != (in_print.count, in_print.base):
        then = {"printed": in_print.count, "printed_base": in_print.base}
        return Phrase("report_why_answers", {"count": here.count, "base": here.base, **then})
    exact = printed(Fraction(100 * here.count, here.base), 1)
    rule: dict[str, Words | int] = {"count": here.count, "base": here.base, "exact": exact}
    if one.printed_base is None:
        return Phrase("report_why_unknown", rule)
    return Phrase("report_why_base_of_print", {**rule, "printed_base": one.printed_base})


def blocks(results: Results, voice: Voice) -> Iterator[Block]:
    """What the printed tables of published rounds say otherwise."""
    if results.shown.published is not None:
        yield from _against_itself(results.shown, voice)
    for before in results.before:
        if before.published is not None:
            yield from _against(results, before, voice)


def _against(results: Results, before: RoundFigures, voice: Voice) -> Iterator[Block]:
    """Every printed cell that this round does not give; then the print against itself."""
    named = {"round": before.figures.round}
    found = cells(results.shown.figures, before, results.differing(before))
    yield Heading(voice.say("report_printed", **named))
    if found:
        yield Paragraph(voice.say("report_printed_differs", n=len(found), **named))
        yield _table(found, before, voice)
    else:
        yield Paragraph(voice.say("report_printed_same", **named))
    few = results.few(before)
    if few:
        numbers = ", ".join(results.trends[item].number for item in few)
        least = results.limits.smallest_group
        yield Paragraph(voice.say("report_printed_few", numbers=numbers, least=least), "note")
    if not set(before.slips) <= set(results.differing(before)):
        yield from _against_itself(before, voice)


def _against_itself(of: RoundFigures, voice: Voice) -> Iterator[Block]:
    """Where the print does not follow from its own counts."""
    named = {"round": of.figures.round}
    found = cells(of.figures, of, of.slips)
    yield Heading(voice.say("report_print_itself", **named))
    if found:
        yield Paragraph(voice.say("report_print_slips", n=len(found), **named))
        yield _table(found, of, voice)
    else:
        yield Paragraph(voice.say("report_print_sound", **named))


def _table(found: Sequence[Differing], of: RoundFigures, voice: Voice) -> Table:
    columns = (
        Column(voice.say("report_question_title")),
        Column(voice.say("report_cell")),
        Column(voice.say("report_here")),
        Column(voice.say("report_in_print")),
        Column(voice.say("report_why")),
    )
    rows = tuple(
        (
            each.number,
            name(of.instrument, each, voice),
            _written(each.here, voice),
            _written(each.print, voice),
            voice.read(each.why),
        )
        for each in found
    )
    return Table(voice.say("report_deviations"), columns, rows)


def name(instrument: Instrument, cell: Differing, voice: Voice) -> str:
    """What a cell is called: its option, or what is counted there."""
    item = instrument.item(cell.item)
    if cell.what == "base":
        return voice.say("report_group_base")
    if cell.what == "comments":
        return voice.say("report_comments")
    named = voice.labels(item) if isinstance(item, Choice | Criterion) else {}
    return named.get(cell.option or "", "")


def _written(side: Side, voice: Voice) -> str:
    return str(side.count) if side.percent is None else voice.counted(side.percent, side.count)
