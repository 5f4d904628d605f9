"""A self-assessment as others write it, and its score as others read it: promises to the outside.

    {"instrument": "rscb-2014", "answers": {"1.1": ["1.1c", "1.1d"], "7.1.3": []}}

A criterion that is missing is unanswered; an empty list is "none of these".
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from flows.exclusion import clash, in_order
from flows.instrument import ScoringItem
from flows.scoring import Scored, printed, scored
from flows.session import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from flows.instrument import Criterion, Instrument

_MOST_NAMED = 6


class ClaimError(Exception):
    """A self-assessment that breaks a rule: one line with criterion, items and rule."""


def read(instrument: Instrument, form: object) -> dict[str, Answer]:
    """The answers of a self-assessment. Raises ClaimError.

    Every scoring item is looked at: a selection that the rules exclude is refused, not corrected.
    """
    if not isinstance(form, dict):
        raise ClaimError('must be an object: {"instrument": …, "answers": {criterion: [items]}}')
    for key in form:
        if key not in {"instrument", "answers"}:
            raise ClaimError(f"{_shown(key)} is not known here; known are instrument and answers")
    if form.get("instrument") != instrument.id:
        raise ClaimError(f"instrument: {_shown(form.get('instrument'))}; must be '{instrument.id}'")
    answers = form.get("answers")
    if not isinstance(answers, dict):
        raise ClaimError("answers: must be an object of criteria, each with a list of items")
    known = {each.id: each for each in instrument.criteria}
    for key in answers:
        if key not in known:
            raise ClaimError(f"{_shown(key)} is no criterion; write some of {_some(known)}")
    return {key: _answer(known[key], answers[key]) for key in known if key in answers}


def _answer(criterion: Criterion, items: object) -> Answer:
    where = f"criterion {criterion.id}"
    if not isinstance(items, list):
        raise ClaimError(f"{where}: must be a list of items, [] for none of these")
    rows = {row.id: row for row in criterion.rows}
    for item in items:
        if not isinstance(item, str) or item not in rows:
            raise ClaimError(
                f"{where}: {_shown(item)} is no item of it; write some of {', '.join(rows)}"
            )
    for item in items:
        if (times := items.count(item)) > 1:
            raise ClaimError(f"{where}: {item} stands there {times} times; write it once")
    for one, other in combinations([rows[item] for item in rows if item in items], 2):
        if clash(one, other):
            raise ClaimError(f"{where}: {one.id} and {other.id}: {_rule(one, other)}")
    return Answer(chosen=in_order(criterion.rows, items), none=not items)


def _rule(one: ScoringItem, other: ScoringItem) -> str:
    """Why two rows cannot stand together, in one sentence."""
    for row in (one, other):
        if row.zero:
            return f"{row.id} says that there is nothing, so it excludes every other item"
        if row.alone:
            return f"{row.id} is the one item with an asterisk, so it excludes every other item"
    return "of the items with an asterisk at most one counts"


def _shown(value: object) -> str:
    """What somebody wrote, cut: a file may hold anything."""
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"  # noqa: PLR2004 - a line stays a line


def _some(names: Mapping[str, Any]) -> str:
    first = list(names)[:_MOST_NAMED]
    return ", ".join([*first, *(["…"] if len(names) > len(first) else [])])


def result(instrument: Instrument, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The score as ``assay score`` prints it. Figures are rounded here, half up, to two decimals.

    In a section, ``percent`` is points over maximum; ``weighted`` is its part of the final score,
    and ``floor`` and ``ceiling`` are that part with open criteria at nothing and at their maximum.
    """
    found = scored(instrument, answers)
    return {
        "instrument": instrument.id,
        "complete": found.complete,
        "answered": found.answered,
        "criteria_total": len(found.criteria),
        "score": {
            "claimed": number(found.score.floor),
            "floor": number(found.score.floor),
            "ceiling": number(found.score.ceiling),
        },
        "sections": _sections(found),
        "themes": {
            key: {"points": part.points, "maximum": part.maximum}
            for key, part in found.themes.items()
        },
        "criteria": {
            key: {"points": each.points, "maximum": each.maximum, "answered": each.answered}
            for key, each in found.criteria.items()
        },
    }


def _sections(found: Scored) -> dict[str, Any]:
    return {
        key: {
            "points": section.points,
            "maximum": section.maximum,
            "percent": number(100 * section.share),
            "weight": section.weight,
            "weighted": number(section.floor_weighted),
            "floor": number(section.floor_weighted),
            "ceiling": number(section.ceiling_weighted),
        }
        for key, section in found.sections.items()
    }


def number(value: Fraction) -> float:
    """A figure as a JSON number: the printed one, so that no form shows another."""
    return float(printed(value))
