"""Rounds beside each other: what moved, what cannot be compared, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.document import Bar, Block, Chart, Column, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.document import Cell
    from bot.reports.results.gathered import Results
    from bot.reports.results.wording import Voice
    from flows import comparison
    from flows.comparison import Trend
    from flows.instrument import Choice, Criterion

WITH_COUNTS: Final = 3
"""Up to so many rounds a table holds counts and percentages; more would not fit a page."""

_REASONS: Final = {
    "wording": "report_other_wording",
    "options": "report_other_options",
    "few": "report_too_few",
    "not_asked": "report_not_asked",
}


def comparable(trend: Trend) -> bool:
    """Whether any round may stand beside the one that is shown."""
    now, *before = trend.columns
    return now.withheld is None and any(each.withheld is None for each in before)


def rounds(results: Results, voice: Voice) -> Iterator[Block]:
    """The response of every round that is compared, in the order of time."""
    if not results.before:
        return
    unknown = voice.say("report_unknown")
    columns = (
        Column(voice.say("report_round")),
        Column(voice.say("report_invited"), number=True),
        Column(voice.say("report_responded"), number=True),
        Column(voice.say("report_finished"), number=True),
        Column(voice.say("report_rate"), number=True),
    )
    rows = tuple(
        (
            each.round,
            unknown if each.invited is None else each.invited,
            each.responded,
            each.finished,
            unknown if each.response_rate is None else voice.percent(each.response_rate),
        )
        for each in (one.figures for one in (*results.before, results.shown))
    )
    yield Table(voice.say("report_rounds"), columns, rows)


def table(item: Choice | Criterion, trend: Trend, voice: Voice) -> Table:
    """Count and percentage of every option in each round, and by how much it moved."""
    now, *before = trend.columns
    beside = [each for each in before if each.withheld is None]
    shown = [*beside, now]
    narrow = len(shown) > WITH_COUNTS
    columns = [Column(voice.say("report_option"))]
    for each in shown:
        if narrow:
            titles = [voice.say("report_round_percent", round=each.round)]
        else:
            titles = [each.round, voice.say("report_percent_sign")]
        columns += [Column(title, number=True) for title in titles]
    for each in beside:
        change = "report_change" if len(beside) == 1 else "report_change_since"
        columns.append(Column(voice.say(change, round=each.round), number=True))
    rows = [_bases(shown, len(beside), narrow=narrow, voice=voice)]
    for option, text in voice.lettered(item).items():
        row: list[Cell] = [text]
        for each in shown:
            share = each.shares[option]
            row += [share.percent] if narrow else [share.count, share.percent]
        row += [trend.difference(option, each) for each in beside]
        rows.append(tuple(row))
    return Table(voice.say("report_trend", number=item.number), tuple(columns), tuple(rows))


def _bases(
    shown: Sequence[comparison.Column], changes: int, *, narrow: bool, voice: Voice
) -> tuple[Cell, ...]:
    cells: list[Cell] = [voice.say("report_group_base")]
    for each in shown:
        cells += [each.base] if narrow else [each.base, ""]
    return (*cells, *("" for _ in range(changes)))


def chart(item: Choice | Criterion, trend: Trend, voice: Voice) -> Chart:
    """The bars of the round that is shown, and beside them the latest that is comparable."""
    now, *before = trend.columns
    last = [each for each in before if each.withheld is None][-1]
    bars = tuple(
        Bar(
            text,
            now.shares[option].percent,
            voice.share(now.shares[option]),
            last.shares[option].percent,
        )
        for option, text in voice.briefly(item).items()
    )
    named = {"round": now.round, "before": last.round}
    caption = voice.say(
        "report_trend_chart", number=item.number, n=now.base, then=last.base, **named
    )
    return Chart(caption, bars, 100, (now.round, last.round))


def reasons(trend: Trend, smallest: int, voice: Voice) -> Iterator[Block]:
    """Why rounds are not put beside the one that is shown."""
    now, *before = trend.columns
    for each in [now] if now.withheld is not None else before:
        if each.withheld is not None:
            why = voice.say(_REASONS[each.withheld], round=each.round, n=smallest)
            yield Paragraph(why, "warning")
