"""What was ticked together under a question that takes several: how many options, which of them,
and which alone (Figure 3 of the published report, and its prose).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.document import Bar, Block, Chart, Column, Table
from bot.reports.results.wording import letters
from flows.statistics import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.results.wording import Voice
    from flows.instrument import Choice
    from flows.statistics import QuestionFigures

MOST: Final = 8
"""So many selections are listed; JSON has all of them."""


def blocks(item: Choice, figures: QuestionFigures, voice: Voice) -> Iterator[Block]:
    """What a reader may know of what was ticked together; nothing where only totals are known."""
    if not figures.ticked or not letters(item):
        return
    yield _how_many(item, figures, voice)
    yield _pairs(item, figures, voice)
    yield _together(item, figures, voice)


def distribution(figures: QuestionFigures) -> dict[int, int]:
    """How many ticked so many options, from the least to the most, without gaps."""
    if not figures.ticked:
        return {}
    least, most = min(figures.ticked), max(figures.ticked)
    return {n: figures.ticked.get(n, 0) for n in range(min(least, 1), most + 1)}


def _how_many(item: Choice, figures: QuestionFigures, voice: Voice) -> Chart:
    base = figures.base
    bars = tuple(
        Bar(
            voice.say("report_ticked", n=n),
            percent(count, base),
            voice.counted(percent(count, base), count),
        )
        for n, count in distribution(figures).items()
    )
    return Chart(voice.say("report_distribution", number=item.number, n=base), bars, 100)


def _pairs(item: Choice, figures: QuestionFigures, voice: Voice) -> Table:
    """Option by option: how many ticked both, and how many ticked it and nothing else."""
    marks = letters(item)
    pairs = {**figures.pairs, **{(b, a): n for (a, b), n in figures.pairs.items()}}
    rows = tuple(
        (
            text,
            *("" if one == other else pairs.get((one, other), 0) for other in marks),
            figures.alone.get(one, 0),
        )
        for one, text in voice.lettered(item).items()
    )
    columns = (
        Column(voice.say("report_option")),
        *(Column(mark, number=True) for mark in marks.values()),
        Column(voice.say("report_alone"), number=True),
    )
    caption = voice.say("report_pairs", number=item.number)
    return Table(caption, columns, rows, voice.say("report_pairs_note"))


def _together(item: Choice, figures: QuestionFigures, voice: Voice) -> Table:
    """The selections that were made most often."""
    marks = letters(item)
    none = voice.say("report_ticked_nothing")
    listed, rest = figures.together[:MOST], figures.together[MOST:]
    rows = tuple(
        (" + ".join(marks[each] for each in made.options) or none, made.count, made.percent)
        for made in listed
    )
    columns = (
        Column(voice.say("report_selection")),
        Column(voice.say("report_number"), number=True),
        Column(voice.say("report_percent"), number=True),
    )
    people = sum(each.count for each in rest)
    note = voice.say("report_selections_more", n=len(rest), people=people) if rest else ""
    return Table(voice.say("report_selections", number=item.number), columns, rows, note)
