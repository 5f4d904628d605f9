"""A person's scorecard: gathered from committed state, made into a file when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Attachment
from bot.reports.scorecard.company import CompanyScore
from flows.evidence import linked
from storage import assessments, sessions

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Tx
    from storage.people import Participant

SENT = ("chart", "pdf", "xlsx")
"""What is sent where files are sent, in this order."""


async def benchmark_of(house: House, tx: Tx, person: Participant) -> str | None:
    """The benchmark a person has begun or sent: the one they are turned to before any other."""
    stock = house.shelf.instruments.values()
    ids = sorted(
        (each.id for each in stock if each.kind == "benchmark"),
        key=lambda each: each != person.instrument,
    )
    for each in ids:
        if await sessions.load(tx, person.id, each) is not None:
            return each
        if await assessments.latest(tx, person.id, each) is not None:
            return each
    return None


async def company(
    house: House, tx: Tx, person: Participant, instrument_id: str
) -> CompanyScore | None:
    """What a scorecard is made from: the answers under way, else those that were sent last; beside
    them the version before, where it is of the same edition.
    """
    kept = await sessions.load(tx, person.id, instrument_id)
    versions = list(await assessments.versions(tx, person.id, instrument_id, 2))
    if kept is not None:
        edition, answers = kept.session.edition, kept.session.answers
    elif versions:
        newest = versions.pop(0)
        edition, answers = newest.edition, newest.answers
    else:
        return None
    before = versions[0] if versions else None
    return CompanyScore(
        instrument=await house.shelf.edition(tx, instrument_id, edition),
        answers=answers,
        before=before.answers if before is not None and before.edition == edition else None,
        evidenced=linked(answers) or None,
        interpretations=house.shelf.interpretations.get(instrument_id, ()),
    )


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
