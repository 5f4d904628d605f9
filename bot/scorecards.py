"""A person's scorecard: gathered from committed state, made into a file when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Attachment
from bot.reports.scorecard.company import CompanyScore
from bot.workspace.bench import entered, told
from flows.evidence import linked
from flows.verification import accepted
from storage import assessments, claims, organisations, sessions

if TYPE_CHECKING:
    from bot.house import House
    from storage.assessments import Assessment, Frozen
    from storage.database import Tx
    from storage.people import Participant

SENT = ("chart", "pdf", "xlsx")
"""What is sent where files are sent, in this order."""


async def benchmark_of(house: House, tx: Tx, person: Participant) -> str | None:
    """The benchmark that a person's company has begun or sent: the one they are turned to before
    any other.
    """
    bench = await entered(house, tx, person)
    return None if bench is None else bench.instrument.id


async def company(
    house: House, tx: Tx, person: Participant, instrument_id: str
) -> CompanyScore | None:
    """What a scorecard is made from: the answers under way, else those that were sent last; beside
    them those of the round before, or of the version before, where they are of the same edition.
    """
    me = await organisations.of_person(tx, person.id)
    kept = await sessions.load(tx, house.keys, person.id, instrument_id)
    of = kept.assessment if kept is not None else None
    if of is None and me is not None:
        of = await assessments.newest(tx, me.organisation, instrument_id)
    return None if of is None else await of_assessment(house, tx, of)


async def of_assessment(house: House, tx: Tx, of: Assessment) -> CompanyScore:
    """What the scorecard of one assessment is made from."""
    versions = list(await assessments.versions(tx, of.id, 2))
    if of.state in {"open", "feedback"} or not versions:
        edition, answers = of.edition, claims.answers(await claims.of(tx, of.id))
    else:
        newest = versions.pop(0)
        edition, answers = newest.edition, dict(newest.answers)
    decided = await told(tx, of) if of.state in {"feedback", "returned", "final"} else None
    # While it is checked, versions differ in links alone: there is nothing to compare.
    earlier = versions[0] if versions and of.state in {"open", "submitted"} else None
    before = await _before(tx, of) or earlier
    return CompanyScore(
        instrument=await house.shelf.edition(tx, of.instrument, edition),
        answers=answers,
        before=before.answers if before is not None and before.edition == edition else None,
        evidenced=linked(answers) or None,
        verified=None if decided is None else accepted(decided),
        interpretations=house.shelf.interpretations.get(of.instrument, ()),
        name=await organisations.name_of(tx, of.organisation),
        final=of.state == "final",
    )


async def _before(tx: Tx, of: Assessment) -> Frozen | None:
    """What the company sent last in a round before this one."""
    there = await assessments.every(tx, of.organisation, of.instrument)
    for earlier in reversed([each for each in there if each.id < of.id]):
        frozen = await assessments.latest(tx, earlier.id)
        if frozen is not None:
            return frozen
    return None


def attachment(kind: str, score: CompanyScore, language: str) -> Attachment:
    """One form of a scorecard. Takes processor time: call it in a thread. Raises KeyError for a
    form that there is not.
    """
    # What sets type and writes workbooks takes long to import, and most visits need none of it.
    from bot.reports import html, scorecard  # noqa: PLC0415

    if kind == "page":
        content = html.body(scorecard.build(score, language)).encode()
        return Attachment("", "text/html; charset=utf-8", content)
    made = scorecard.file(kind, score, language)
    caption = scorecard.caption(score, language) if kind == "chart" else ""
    return Attachment(made.name, made.media_type, made.content, caption)
