"""A scorecard for programs: what ``assay score --json`` prints, and all that a scorecard adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.reports.scorecard.words import rows_by_id
from bot.texts import say
from flows.claims import number, result

if TYPE_CHECKING:
    from fractions import Fraction

    from bot.reports.scorecard.company import CompanyScore
    from flows.scoring import Scored


def as_json(company: CompanyScore, language: str) -> dict[str, Any]:
    """Every figure of the scorecard, rounded as it is printed; texts in one language."""
    found = company.readings
    return {
        **result(company.instrument, company.answers),
        "language": language,
        "readings": {
            "claimed": _score(found.claimed),
            "evidenced": None if found.evidenced is None else _score(found.evidenced),
            "verified": None if found.verified is None else _score(found.verified),
        },
        "strengths": [
            {"criterion": each.id, "worth": number(company.earned(each))}
            for each in company.strengths
        ],
        "steps": _steps(company, language),
        "sets": [
            {
                "size": each.size,
                "items": list(each.plan.rows),
                "displaces": list(each.plan.displaced),
                "worth": number(each.plan.worth),
                "score": number(each.score),
            }
            for each in company.sets
        ],
        "interpretations": _interpretations(company, language),
        "before": None if company.before is None else result(company.instrument, company.before),
    }


def _score(scored: Scored) -> dict[str, float]:
    return {"floor": number(scored.score.floor), "ceiling": number(scored.score.ceiling)}


def _steps(company: CompanyScore, language: str) -> list[dict[str, Any]]:
    known = rows_by_id(company.instrument)
    return [
        {
            "criterion": step.criterion,
            "item": step.row,
            "text": say(known[step.row][1].wording, language),
            "points": step.points,
            "worth": number(step.worth),
            "displaces": list(step.displaces),
        }
        for step in company.steps
    ]


def _interpretations(company: CompanyScore, language: str) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "place": say(each.place, language),
            "question": say(each.question, language),
            "default": say(each.default, language),
            "otherwise": say(each.otherwise, language),
            "reason": say(each.reason, language),
            "effect": _signed(change),
        }
        for each, change in company.effects
    ]


def _signed(value: Fraction) -> float:
    return number(value) if value >= 0 else -number(-value)
