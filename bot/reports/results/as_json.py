"""A report for programs: what was promised, and beside it whatever the report was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.reports.results import final_scores, printed_tables, ticked
from bot.reports.results.wording import Voice
from flows.instrument import Choice, Criterion
from flows.scoring import printed
from flows.statistics import percent

if TYPE_CHECKING:
    from bot.reports.results.gathered import Results, RoundFigures
    from bot.reports.results.printed_tables import Side
    from flows.statistics import Figures, QuestionFigures, Share
    from flows.withholding import CrossTable


def render(results: Results, language: str) -> str:
    """The JSON text: two spaces deep, characters as they are, always in the same order."""
    return json.dumps(form(results, language), ensure_ascii=False, indent=2) + "\n"


def form(results: Results, language: str) -> dict[str, Any]:
    """The report as JSON values."""
    shown, voice = results.shown, Voice(language)
    said: dict[str, Any] = {
        **_response(shown.figures),
        "edition": shown.figures.edition,
        "language": language,
        "questions": [_question(results, each, voice) for each in shown.figures.questions],
    }
    if results.step > 1:
        said["let_out_together"] = results.step
    if shown.instrument.kind == "benchmark":
        said["scores"] = _scores(results)
    if shown.slips:
        said["print"] = _deviating(shown.figures, shown, voice)
    if results.before:
        said["comparison"] = [_compared(results, each, voice) for each in results.before]
    return said


def _response(figures: Figures) -> dict[str, Any]:
    return {
        "instrument": figures.instrument,
        "round": figures.round,
        "invited": figures.invited,
        "responded": figures.responded,
        "finished": figures.finished,
        "response_rate": figures.response_rate,
    }


def _question(results: Results, figures: QuestionFigures, voice: Voice) -> dict[str, Any]:
    item = results.shown.instrument.item(figures.item)
    named = voice.labels(item) if isinstance(item, Choice | Criterion) else {}
    said: dict[str, Any] = {
        "id": figures.item,
        "number": figures.number,
        "text": voice.read(item.text) if item is not None else "",
        "base": figures.base,
        "options": [
            {"id": each.option, "label": named[each.option], **_numbers(each)}
            for each in figures.shares
        ],
    }
    if figures.ticked:
        said["combinations"] = _combinations(figures)
    said["comments"] = figures.comments
    if results.comments is not None and figures.comments:
        listed = results.comments.get(figures.item)
        said["texts"] = None if listed is None else list(listed)
    if figures.item in results.shown.apart:
        said["other_wording"] = results.shown.apart[figures.item]
    crossed = results.crossed.get(figures.item)
    if crossed is not None and results.by is not None:
        said["cross"] = _crossed(crossed, voice.labels(results.by))
    return said


def _numbers(share: Share) -> dict[str, int]:
    return {"count": share.count, "percent": share.percent}


def _combinations(figures: QuestionFigures) -> dict[str, Any]:
    """How many options were ticked, which together, which alone, and each two of them."""
    base = figures.base
    return {
        "distribution": [
            {"ticked": n, "count": count, "percent": percent(count, base)}
            for n, count in ticked.distribution(figures).items()
        ],
        "together": [
            {"options": list(each.options), "count": each.count, "percent": each.percent}
            for each in figures.together
        ],
        "alone": [
            {"option": option, "count": count, "percent": percent(count, base)}
            for option, count in figures.alone.items()
        ],
        "pairs": [
            {"options": list(pair), "count": count, "percent": percent(count, base)}
            for pair, count in figures.pairs.items()
        ],
    }


def _crossed(crossed: CrossTable, named: dict[str, str]) -> dict[str, Any]:
    """A withheld group has no base and no options."""
    return {
        "by": crossed.by,
        "groups": [
            {
                "id": group.option,
                "label": named[group.option],
                "base": group.base,
                "options": [{"id": each.option, **_numbers(each)} for each in group.shares],
            }
            for group in crossed.groups
        ],
    }


def _scores(results: Results) -> dict[str, Any]:
    """Final scores as claimed; withheld, only their number is there."""
    scores = results.scores
    said: dict[str, Any] = {"number": len(results.shown.scores), "withheld": not scores}
    if scores:
        said["mean"] = float(printed(final_scores.mean(scores)))
        said["median"] = float(printed(final_scores.median(scores)))
        said["bands"] = [
            {
                "low": low,
                "high": low + final_scores.BAND,
                "count": count,
                "percent": percent(count, len(scores)),
            }
            for low, count in final_scores.bands(scores).items()
        ]
    return said


def _compared(results: Results, before: RoundFigures, voice: Voice) -> dict[str, Any]:
    """One round beside the one that is shown, question by question."""
    place = results.before.index(before) + 1
    questions = []
    for trend in results.trends.values():
        now, then = trend.columns[0], trend.columns[place]
        options = [
            {
                "id": option,
                "count": then.shares[option].count,
                "percent": then.shares[option].percent,
                "difference": trend.difference(option, then),
            }
            for option in trend.options
            if now.withheld is None and then.withheld is None
        ]
        withheld = now.withheld or then.withheld
        questions.append(
            {
                "id": trend.item,
                "number": trend.number,
                "base": then.base,
                "withheld": withheld,
                "options": options,
            }
        )
    said: dict[str, Any] = {**_response(before.figures), "questions": questions}
    if before.published is not None:
        said["source"] = before.published.source
        said["deviations"] = _deviating(results.shown.figures, before, voice, results)
    return said


def _deviating(
    now: Figures, then: RoundFigures, voice: Voice, results: Results | None = None
) -> list[dict[str, Any]]:
    """The printed cells that ``now`` does not give; without a report, those of the print itself."""
    found = then.slips if results is None else results.differing(then)
    return [
        {
            "id": each.item,
            "number": each.number,
            "what": each.what,
            "option": each.option,
            "label": printed_tables.name(then.instrument, each, voice),
            "here": _side(each.here),
            "printed": _side(each.print),
            "why": voice.read(each.why),
        }
        for each in printed_tables.cells(now, then, found)
    ]


def _side(side: Side) -> dict[str, int | None]:
    if side.percent is None:
        return {"count": side.count}
    return {"count": side.count, "percent": side.percent}
