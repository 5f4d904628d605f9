"""What was answered in a round, as a document: every question with its base, its options counted,
what was ticked together, and beside it whatever else was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.document import (
    Bar,
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Quotes,
    Table,
)
from bot.reports.results import divided, final_scores, printed_tables, ticked, trend
from bot.reports.results.wording import Voice
from flows.instrument import Choice, Criterion, FreeText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.results.gathered import Results, RoundFigures
    from flows.instrument import Section
    from flows.navigation import AnyItem
    from flows.statistics import QuestionFigures


def build(results: Results, language: str) -> Document:
    """The report on a round in one language."""
    voice, shown = Voice(language), results.shown
    named = {"edition": shown.figures.edition, "round": shown.figures.round}
    benchmark = shown.instrument.kind == "benchmark"
    if shown.published is not None:
        subtitle = voice.say("report_subtitle_published", **named)
    elif benchmark:
        subtitle = voice.say("report_subtitle_benchmark", **named)
    else:
        subtitle = voice.say("report_subtitle", **named)
    return Document(
        title=voice.read(shown.instrument.title),
        subtitle=subtitle,
        language=language,
        blocks=tuple(_blocks(results, voice)),
        banner=voice.say("report_self_reported") if benchmark else "",
        source=voice.say("report_source", title=shown.instrument.title, **named),
    )


def _blocks(results: Results, voice: Voice) -> Iterator[Block]:
    yield _response(results.shown, voice)
    if results.step > 1:
        yield Paragraph(voice.say("report_waiting", n=results.step), "note")
    yield from _provenance(results.shown, voice)
    yield from trend.rounds(results, voice)
    yield from _reading(results, voice)
    yield from final_scores.blocks(results, voice)
    figures = {each.item: each for each in results.shown.figures.questions}
    for section in results.shown.instrument.sections:
        asked = [figures[item.id] for item in section.items if item.id in figures]
        if asked:
            yield Heading(_section_title(section, voice))
            yield from _section(results, section, asked, voice)
    yield from printed_tables.blocks(results, voice)


def _response(shown: RoundFigures, voice: Voice) -> Facts:
    """How many were asked, answered, and answered all."""
    figures = shown.figures
    unknown = voice.say("report_unknown")
    rate, of = unknown, ""
    if figures.response_rate is not None and figures.invited:
        rate = voice.percent(figures.response_rate)
        of = voice.say("report_rate_of", responded=figures.responded, invited=figures.invited)
    invited = unknown if figures.invited is None else str(figures.invited)
    complete = voice.say("report_finished_all")
    return Facts(
        (
            Fact(voice.say("report_invited"), invited),
            Fact(voice.say("report_responded"), str(figures.responded)),
            Fact(voice.say("report_finished"), str(figures.finished), complete),
            Fact(voice.say("report_rate"), rate, of),
        )
    )


def _provenance(shown: RoundFigures, voice: Voice) -> Iterator[Block]:
    """Where the figures are from, as far as a reader must know it."""
    if shown.published is not None:
        yield Paragraph(voice.say("report_published", source=shown.published.source))
    if shown.imported and shown.figures.response_rate is not None:
        yield Paragraph(voice.say("report_rate_imported", n=shown.imported), "note")
    gone = [each for each in shown.apart if shown.instrument.item(each) is None]
    if gone:
        yield Paragraph(voice.say("report_gone", items=", ".join(gone)), "warning")
    note = (shown.instrument.translation_note or {}).get(voice.language)
    if note:
        yield Paragraph(note, "note")


def _reading(results: Results, voice: Voice) -> Iterator[Block]:
    """What must be known to read the figures, as far as this report has them."""
    limits = results.limits
    yield Heading(voice.say("report_reading"))
    if results.shown.instrument.kind == "benchmark":
        said = [
            voice.say("report_reading_base_criterion"),
            voice.say("report_reading_percent"),
            voice.say("report_reading_withheld_scores", group=limits.smallest_group),
        ]
    else:
        bounds = {"group": limits.smallest_group, "comments": limits.smallest_comments}
        said = [
            voice.say("report_reading_base"),
            voice.say("report_reading_percent"),
            voice.say("report_reading_comments"),
            voice.say("report_reading_withheld", **bounds),
        ]
    if results.before:
        said.append(voice.say("report_trend_note"))
    by = results.by
    if by is not None:
        criterion = isinstance(by, Criterion)
        key = "report_reading_by_criterion" if criterion else "report_reading_by"
        said.append(voice.say(key, by=by.number, text=by.text))
    for each in said:
        yield Paragraph(each, "note")


def _section_title(section: Section, voice: Voice) -> str:
    if section.weight is None:
        return voice.read(section.title)
    weight = voice.percent(section.weight)
    return voice.say("report_section", id=section.id, title=section.title, weight=weight)


def _section(
    results: Results, section: Section, asked: list[QuestionFigures], voice: Voice
) -> Iterator[Block]:
    """The questions of a section, under their themes where it has any."""
    themes = {theme.id: theme.title for theme in section.themes}
    under = ""
    for figures in asked:
        item = results.shown.instrument.item(figures.item)
        if isinstance(item, Criterion) and item.theme != under:
            under = item.theme
            title = voice.say("report_question", number=under, text=themes[under])
            yield Heading(title, 2)
        if item is not None:
            title = voice.say("report_question", number=item.number, text=item.text)
            yield Heading(title, 3 if under else 2)
        if isinstance(item, FreeText):
            yield Paragraph(_base(item, figures, voice))
        if isinstance(item, Choice | Criterion):
            yield from _question(results, item, figures, voice)
        yield from _words(results, figures, voice)


def _question(
    results: Results, item: Choice | Criterion, figures: QuestionFigures, voice: Voice
) -> Iterator[Block]:
    """One question with options: base, table, chart, and what else was asked for."""
    yield Paragraph(_line(item, figures, voice))
    apart = results.shown.apart.get(item.id)
    if apart:
        yield Paragraph(voice.say("report_apart", n=apart), "warning")
    if not figures.base:
        return
    compared = results.trends.get(item.id)
    if compared is not None and trend.comparable(compared):
        yield trend.table(item, compared, voice)
        yield trend.chart(item, compared, voice)
    else:
        yield _table(item, figures, voice)
        yield _chart(item, figures, voice)
    if compared is not None:
        yield from trend.reasons(compared, results.limits.smallest_group, voice)
    if isinstance(item, Choice):
        yield from ticked.blocks(item, figures, voice)
    crossed = results.crossed.get(item.id)
    if crossed is not None and results.by is not None:
        yield divided.block(item, results.by, crossed, voice)


def _line(item: Choice | Criterion, figures: QuestionFigures, voice: Voice) -> str:
    """Base, how one answers, whether one has to, and how many wrote something."""
    said = [_base(item, figures, voice)]
    if isinstance(item, Choice):
        if item.at_most != 1:
            said.append(voice.say("report_tick_all"))
        if not item.required:
            said.append(voice.say("report_optional"))
        if item.comment is not None or any(row.text_entry for row in item.rows):
            said.append(voice.say("report_texts", n=figures.comments))
    return " · ".join(said)


def _base(item: AnyItem, figures: QuestionFigures, voice: Voice) -> str:
    if not figures.base:
        return voice.say("report_nobody")
    key = "report_base_criterion" if isinstance(item, Criterion) else "report_base"
    return voice.say(key, n=figures.base)


def _table(item: Choice | Criterion, figures: QuestionFigures, voice: Voice) -> Table:
    """Every option with its count and percentage, in the order of the questionnaire."""
    named = voice.lettered(item)
    points = {row.id: row.points for row in item.rows} if isinstance(item, Criterion) else {}
    rows: list[tuple[Cell, ...]] = [
        (named[each.option], *_points(points, each.option), each.count, each.percent)
        for each in figures.shares
    ]
    if isinstance(item, Criterion) and not item.has_zero:
        # Without a zero row in the table this is an answer of its own.
        none = next((each for each in figures.together if not each.options), None)
        held = (none.count, none.percent) if none else (0, 0)
        rows.append((voice.say("none_of_these"), 0, *held))
    columns = [Column(voice.say("report_row" if points else "report_option"))]
    if points:
        columns.append(Column(voice.say("report_points"), number=True))
    columns += [
        Column(voice.say("report_number_criterion" if points else "report_number"), number=True),
        Column(voice.say("report_percent"), number=True),
    ]
    key = "report_table_criterion" if points else "report_table"
    return Table(voice.say(key, number=item.number), tuple(columns), tuple(rows))


def _points(points: dict[str, int], row: str) -> tuple[Cell, ...]:
    return (points[row],) if points else ()


def _chart(item: Choice | Criterion, figures: QuestionFigures, voice: Voice) -> Chart:
    named = voice.briefly(item)
    bars = (Bar(named[each.option], each.percent, voice.share(each)) for each in figures.shares)
    key = "report_chart_criterion" if isinstance(item, Criterion) else "report_chart"
    caption = voice.say(key, number=item.number, n=figures.base)
    return Chart(caption, tuple(bars), 100)


def _words(results: Results, figures: QuestionFigures, voice: Voice) -> Iterator[Block]:
    """The texts given with a question, or how many of them are withheld."""
    if results.comments is None or not figures.comments:
        return
    listed = results.comments.get(figures.item)
    if listed is None:
        least = results.limits.smallest_comments
        yield Paragraph(voice.say("report_words_withheld", n=figures.comments, least=least), "note")
        return
    yield Paragraph(voice.say("report_words", n=len(listed)))
    yield Quotes(listed)
