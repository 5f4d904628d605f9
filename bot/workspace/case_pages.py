"""What researchers see: what waits for a decision, each claim with its link, the ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.fieldwork.desk_parts import At, back, do, named, numbered
from bot.workspace.case import ANYWAY, REASONS, WITHOUT_LINK, Case, opened, reason_words
from bot.workspace.links import told_of
from bot.workspace.verifying import DAYS, LONGEST_REASON
from flows import scoring, standing
from flows.actions import Command
from flows.card import Button, Card, Entry, Line, Phrase, Words
from flows.evidence import Evidence
from flows.scoring import printed
from flows.verification import accepted, disputed
from storage import assessments, trail

if TYPE_CHECKING:
    from fractions import Fraction

    from flows.verification import Queued

MOST_CASES = 50
"""Assessments on one page."""


async def checking(at: At) -> Card[Words]:
    """The assessments that were sent: those that wait for a researcher first."""
    there = await assessments.in_state(at.tx, "returned", most=MOST_CASES)
    there += await assessments.in_state(at.tx, "submitted", most=MOST_CASES)
    there += await assessments.in_state(at.tx, "feedback", "final", most=MOST_CASES)
    lines: list[Line[Words]] = []
    for each in there[:MOST_CASES]:
        case = await opened(at.house, at.tx, str(each.id))
        if case is not None:
            lines.append(_line(case))
    return Card(
        name=at.name,
        title=Phrase("desk_checking"),
        paragraphs=(Phrase("desk_checking_text" if lines else "desk_checking_none"),),
        lines=tuple(lines),
        buttons=(back(),),
    )


def _line(case: Case) -> Line[Words]:
    checked = case.of.state
    said: dict[str, Words | int] = {
        "state": Phrase(f"state_in_check_{checked}"),
        "n": len(case.waiting),
    }
    detail = Phrase("desk_case_waits" if case.waiting else "desk_case_state", said)
    to = Command("admin", f"case.{case.of.id}")
    return Line("", _company(case), detail, "open" if case.waiting else "fact", to)


def _company(case: Case) -> Words:
    return case.company or Phrase("work_company", {"number": str(case.of.id)})


async def case(at: At) -> Card[Words]:
    """The next claim of an assessment that waits for a decision; at the end, what comes next."""
    found = await opened(at.house, at.tx, at.args[0] if at.args else "")
    if found is None:
        raise KeyError(at.name)
    one = found.row(at.args[1]) if len(at.args) > 1 else None
    if one is not None and one in found.waiting:
        return await _claim(at, found, one)
    if found.waiting:
        return await _claim(at, found, found.waiting[0])
    return _decided(at, found)


async def _claim(at: At, found: Case, queued: Queued) -> Card[Words]:
    answer = found.frozen.answers[queued.item.id]
    shown = answer.evidence.get(queued.row.id, Evidence())
    row = found.number(queued.row.id)
    effect: dict[str, Words | int] = {"effect": printed(queued.effect), "n": len(found.waiting)}
    numbers: dict[str, Words | int] = {"number": queued.item.number, "text": queued.item.text}
    told: list[Words] = [Phrase("numbered", numbers), queued.row.wording]
    told += await told_of(at.tx, shown, found.domains, researcher=True)
    for part in ("passage", "period", "note"):
        said = getattr(shown, part)
        if said:
            told.append(Phrase("desk_fact", {"label": Phrase(f"evidence_{part}"), "detail": said}))
    told += await _before(at, found, queued)
    usual = tuple(
        tuple(
            do(f"reason_press_{usual_one}", f"decide.{found.of.id}.{row}.{decision}.{usual_one}")
            for usual_one in REASONS[decision]
            if (usual_one in WITHOUT_LINK) is not bool(shown.link) or usual_one in ANYWAY
        )
        for decision in found.possible
    )
    own = tuple(
        do(f"desk_{decision}_words", f"decide.{found.of.id}.{row}.{decision}")
        for decision in found.possible
    )
    return Card(
        name=at.name,
        title=_company(found),
        progress=Phrase("desk_claim_progress", effect),
        paragraphs=tuple(told),
        link=shown.link,
        buttons=(*filter(None, usual), own, (*_so_far(found), *_pack(found)), back("checking")),
    )


async def _before(at: At, found: Case, queued: Queued) -> list[Words]:
    """What was decided about this row before the company answered."""
    if found.of.state != "returned":
        return []
    deeds = await trail.of_assessment(at.tx, found.of.id)
    decided = [each.said for each in deeds if each.act == "decided" and each.row == queued.row.id]
    if not decided:
        return []
    decision, _, reason = decided[-1].partition(" ")
    said: dict[str, Words | int] = {
        "decision": Phrase(f"verdict_{decision}"),
        "reason": reason_words(reason),
    }
    return [Phrase("desk_decided_before", said)]


def _so_far(found: Case) -> tuple[Button[Words], ...]:
    """The way to what is decided already; nothing where nothing is."""
    if not found.verdicts or found.of.state == "final":
        return ()
    return (do("desk_decided", f"surely.{found.of.id}.list", n=len(found.verdicts)),)


def _pack(found: Case) -> tuple[Button[Words], ...]:
    return (do("work_pack", f"pack.{found.of.id}"),)


async def surely(at: At) -> Card[Words]:
    """Asking once more before decisions are final; with "list", what is decided so far."""
    found = await opened(at.house, at.tx, at.args[0] if at.args else "")
    if found is None:
        raise KeyError(at.name)
    if at.args[1:] == ["list"]:
        return Card(
            name=at.name,
            title=_company(found),
            paragraphs=(Phrase("desk_decided_text"),),
            lines=tuple(_verdict_lines(found)),
            buttons=(back(f"case.{found.of.id}"),),
        )
    yes = ((do("desk_final_yes", f"final.{found.of.id}"),),) if found.may_be_final else ()
    return Card(
        name=at.name,
        title=_company(found),
        paragraphs=(*_scores(found), Phrase("desk_final_text")),
        buttons=(*yes, back(f"case.{found.of.id}")),
    )


def _decided(at: At, found: Case) -> Card[Words]:
    """Everything is decided: the score in its readings, and what can be done now."""
    open_ = disputed(found.verdicts)
    checked = found.of.state
    told: list[Words] = [Phrase(f"state_in_check_{checked}"), *_scores(found)]
    rows: list[tuple[Button[Words], ...]] = []
    if found.may_be_final:
        rows.append((do("desk_final", f"surely.{found.of.id}"),))
    elif found.of.state == "submitted" and open_:
        told.append(Phrase("desk_feedback_text", {"n": len(open_)}))
        rows.append(
            tuple(do("desk_feedback", f"feedback.{found.of.id}.{days}", n=days) for days in DAYS)
        )
    return Card(
        name=at.name,
        title=_company(found),
        paragraphs=tuple(told),
        lines=tuple(_verdict_lines(found)),
        buttons=(*rows, _pack(found), back("checking")),
    )


def _scores(found: Case) -> list[Words]:
    """The claim, and what the decisions make of it."""
    claimed = scoring.score(found.instrument, found.frozen.answers).floor
    verified = _verified(found)
    said = {"claimed": printed(claimed), "verified": printed(verified)}
    return [Phrase("desk_case_score", {**said, "lost": printed(claimed - verified)})]


def _verified(found: Case) -> Fraction:
    kept = scoring.credited(found.frozen.answers, accepted(found.verdicts))
    return scoring.score(found.instrument, kept).floor


def _verdict_lines(found: Case) -> list[Line[Words]]:
    """Every decision, what was not accepted first; a press has the row wait again while that may
    be.
    """
    lines: list[Line[Words]] = []
    decided = [each for each in found.rows if each.row.id in found.verdicts]
    for each in sorted(decided, key=lambda e: found.verdicts[e.row.id].decision == "accept"):
        verdict = found.verdicts[each.row.id]
        said: dict[str, Words | int] = {
            "decision": Phrase(f"verdict_{verdict.decision}"),
            "reason": reason_words(verdict.reason),
        }
        again = Command("admin", f"again.{found.of.id}.{found.number(each.row.id)}")
        to = again if found.may_reconsider(each.row.id) else None
        detail = Phrase("work_verdict", said)
        lines.append(Line(each.item.number, each.row.wording, detail, "fact", to))
    return lines


async def why(at: At) -> Card[Words]:
    """The reason of a decision, in words."""
    number, row, decision = [*at.args, "", "", ""][:3]
    found = await opened(at.house, at.tx, number)
    queued = None if found is None else found.row(row)
    if found is None or queued is None or decision not in found.possible:
        raise KeyError(at.name)
    return Card(
        name=at.name,
        title=Phrase(f"desk_{decision}_words"),
        paragraphs=(queued.row.wording,),
        entry=Entry(Phrase("desk_why"), "", LONGEST_REASON, "line"),
        words=Command("verdict", f"{number}.{row}.{decision}"),
        buttons=(back(f"case.{number}"),),
    )


async def ranking(at: At) -> Card[Words]:
    """The verified scores of a round, best first, for who may see companies' scores."""
    kept = await numbered(at, at.args)
    of = kept.round
    scores: dict[str, Fraction] = {}
    names: dict[str, Words] = {}
    for each in await assessments.in_round(at.tx, of.instrument, of.name, 10_000):
        if each.state != "final":
            continue
        found = await opened(at.house, at.tx, str(each.id))
        if found is not None:
            scores[str(each.id)] = _verified(found)
            names[str(each.id)] = _company(found)
    return Card(
        name=at.name,
        title=Phrase("desk_round", named(at.house, of)),
        paragraphs=(Phrase("desk_ranking_text" if scores else "desk_ranking_none"),),
        lines=tuple(
            Line(str(each.rank), names[each.company], printed(each.score), "fact", None)
            for each in standing.ranking(scores)
        ),
        buttons=(back(f"round.{kept.id}"),),
    )
