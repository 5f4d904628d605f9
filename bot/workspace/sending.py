"""A company's assessment is sent, and opened again: what was sent is frozen, version by version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import submission
from bot.workspace import answering, peers, telling
from flows.consistency import blocking, concerns
from flows.evidence import of_claims
from flows.trail import Deed
from storage import (
    assessments,
    organisations,
    participation,
    rounds,
    sessions,
    trail,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.submission import Sent
    from bot.visit import Visit
    from flows.instrument import Instrument
    from flows.ladder import State
    from storage.assessments import Assessment
    from storage.claims import Claim
    from storage.organisations import Member
    from storage.sessions import Kept


def mark(held: Mapping[str, Claim]) -> int:
    """A number that changes with every change of an assessment: what was seen is what is sent."""
    return sum(each.revision for each in held.values())


async def ask(visit: Visit, instrument: Instrument, kept: Kept, said: Sent) -> None:
    """Send the assessment, unless there is something to be looked at first."""
    me, of = kept.member, kept.assessment
    if of is not None and of.state == "feedback":
        visit.pages.append("work.handin" if me is not None and me.role == "owner" else "work")
        return
    if me is None or of is None or not await _may(visit, me, of):
        return
    rules = visit.house.shelf.rules(instrument.id)
    if concerns(instrument, rules, kept.session.answers):
        visit.pages.append("work.checks")
        return
    await send(visit, instrument, kept, said)


async def send(visit: Visit, instrument: Instrument, kept: Kept, said: Sent) -> None:
    """Freeze the next version, for everybody of the company."""
    me, of = kept.member, kept.assessment
    if me is None or of is None or not await _may(visit, me, of):
        return
    rules = visit.house.shelf.rules(instrument.id)
    if any(blocking(each) for each in concerns(instrument, rules, said.answers)):
        visit.refuse("not_complete")
        visit.pages.append("work.checks")
        return
    tx, at = visit.tx, visit.house.universe.seconds()
    if not await assessments.move(tx, of, "submitted", sources=("open",)):
        visit.refuse("already_sent")
        return
    frozen = await assessments.freeze(tx, of, of_claims(said.answers), at=at)
    deed = Deed(at, me.who, "submitted", of.edition, said=f"{frozen.version} {frozen.digest}")
    await trail.note(tx, of.organisation, [deed], of.id)
    await _together(visit, instrument, of, "finished")
    await answering.redraw(visit, of)
    await sessions.remove_all(tx, of.id)
    if frozen.version == 1:
        await submission.count(tx, visit.house.universe, instrument, said)
    await peers.reckon(visit.house, tx, instrument, of.round)
    await telling.company(visit.house, tx, of.organisation, but=visit.person.id)
    await telling.researchers(visit.house, tx)


async def _may(visit: Visit, me: Member, of: Assessment) -> bool:
    if me.role != "owner":
        visit.refuse("only_owner")
        return False
    if of.state != "open":
        visit.refuse("already_sent")
        return False
    return await _in_time(visit, of)


async def _in_time(visit: Visit, of: Assessment) -> bool:
    """Whether the round still takes answers; says so where not."""
    there = await rounds.get(visit.tx, of.instrument, of.round)
    if there is None or there.takes_answers(visit.house.universe.now()):
        return True
    visit.refuse("round_closed")
    return False


async def reopen(visit: Visit, me: Member, of: Assessment, instrument: Instrument) -> bool:
    """Open a sent assessment again, as long as no researcher has decided anything."""
    if me.role != "owner":
        visit.refuse("only_owner")
        return False
    if not await _in_time(visit, of):
        return False
    tx, at = visit.tx, visit.house.universe.seconds()
    begun = await verdicts.of(tx, of.id)
    if begun or not await assessments.move(tx, of, "open", sources=("submitted",)):
        visit.refuse("being_checked")
        return False
    await trail.note(tx, of.organisation, [Deed(at, me.who, "reopened", of.edition)], of.id)
    await _together(visit, instrument, of, "begun")
    return True


async def _together(visit: Visit, instrument: Instrument, of: Assessment, to: State) -> None:
    """All of the company are where it is; so is whoever leads it without having been invited."""
    there = await organisations.members(visit.tx, of.organisation)
    people_ = [each.participant for each in there if each.participant is not None]
    if to == "finished":  # who was invited for the company, too, is not asked any more
        people_ += await organisations.of_list(visit.tx, of.organisation)
    lead = await visit.lead(instrument)
    await participation.begin(visit.tx, lead.id, instrument.id, of.round)
    await participation.together(visit.tx, people_, instrument.id, of.round, to)
