"""What somebody sees and does in their company's workspace is about this: one assessment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows import trail as trail_rules
from flows.actions import Command
from flows.card import Button, Phrase, Words
from storage import assessments, claims, organisations, sessions, trail, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.house import House
    from flows.instrument import Instrument
    from flows.session import Answer
    from flows.verification import Verdict
    from storage.assessments import Assessment
    from storage.claims import Claim
    from storage.database import Tx
    from storage.organisations import Member
    from storage.people import Participant


@dataclass(frozen=True, slots=True)
class Bench:
    """Who works on which assessment, and what is answered there now."""

    house: House
    tx: Tx
    person: Participant
    me: Member
    of: Assessment
    instrument: Instrument
    claims: Mapping[str, Claim]

    @property
    def answers(self) -> dict[str, Answer]:
        """What is answered now."""
        return claims.answers(self.claims)

    @property
    def owns(self) -> bool:
        """Whether this person invites, sends and opens again."""
        return self.me.role == "owner"


async def entered(house: House, tx: Tx, person: Participant | None) -> Bench | None:
    """The workspace of somebody: of the benchmark they are at before any other, in the round they
    turned to, else the one their company began last. None for who works on none.
    """
    me = person and await organisations.of_person(tx, person.id)
    if person is None or not me:
        return None
    stock = house.shelf.instruments.values()
    ids = sorted(
        (each.id for each in stock if each.kind == "benchmark"),
        key=lambda each: each != person.instrument,
    )
    for each in ids:
        of = await _assessment(house, tx, person, me, each)
        if of is not None:
            pinned = await house.shelf.edition(tx, each, of.edition)
            return Bench(house, tx, person, me, of, pinned, await claims.of(tx, of.id))
    return None


async def _assessment(
    house: House, tx: Tx, person: Participant, me: Member, instrument: str
) -> Assessment | None:
    chosen = None if me.looks_at is None else await assessments.get(tx, me.looks_at)
    if chosen is not None and chosen.organisation == me.organisation:
        return chosen if chosen.instrument == instrument else None
    kept = await sessions.load(tx, house.keys, person.id, instrument)
    if kept is not None and kept.assessment is not None:
        return kept.assessment
    return await assessments.newest(tx, me.organisation, instrument)


async def told(tx: Tx, of: Assessment) -> dict[str, Verdict]:
    """What the company knows of the decisions about its assessment: while the researcher looks for
    the last time, those that it was asked back about.
    """
    if of.state == "returned":
        return trail_rules.verdicts_at(trail_rules.told(await trail.of_assessment(tx, of.id)))
    return await verdicts.of(tx, of.id) if of.state in {"feedback", "final"} else {}


def do(key: str, does: str, *, primary: bool = False, **args: Words | int) -> Button[Words]:
    """A button that asks for something in the workspace."""
    return Button(Phrase(key, args), Command("work", does), primary)


def back(does: str = "") -> tuple[Button[Words], ...]:
    """The way back to a page of the workspace."""
    return (do("work_back", does),)
