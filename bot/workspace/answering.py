"""Answers of a company: who may give them, that nobody's are lost, and who sees them change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.showing import stamped
from flows.card import Phrase
from flows.delegation import called, may_answer
from flows.evidence import Evidence, asked
from flows.instrument import Criterion
from flows.overview import summary
from flows.trail import Deed
from flows.verification import disputed, only_evidence
from storage import claims, organisations, outbox, people, sessions, trail, verdicts
from storage.outbox import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.visit import Visit
    from flows.card import Words
    from flows.instrument import Instrument
    from flows.session import Place, Session
    from storage.assessments import Assessment
    from storage.organisations import Member
    from storage.sessions import Kept


async def keep(
    visit: Visit, instrument: Instrument, kept: Kept, of: Assessment, session: Session
) -> bool:
    """Set what this person answered differently; False where they may not, which is then said."""
    said = kept.session.answers.keys() | session.answers.keys()
    changed = sorted(item for item in said if kept.session.answer(item) != session.answer(item))
    if not changed:
        return True
    me = kept.member
    if me is None or not await _may(visit, instrument, kept, of, session, changed):
        return False
    at = visit.house.universe.seconds()
    deeds = []
    for item in changed:
        answer, base = session.answer(item), kept.claims.get(item)
        await claims.put(visit.tx, of.id, item, answer, base=base, member=me.id, at=at)
        form = claims.form(answer)
        deeds.append(Deed(at, me.who, "answered", of.edition, item, said=form))
    await trail.note(visit.tx, of.organisation, deeds, of.id)
    await redraw(visit, of, changed)
    return True


async def _may(
    visit: Visit,
    instrument: Instrument,
    kept: Kept,
    of: Assessment,
    session: Session,
    changed: Sequence[str],
) -> bool:
    """Whether this person may change these answers now; says so where not."""
    if of.state == "feedback":
        rows = disputed(await verdicts.of(visit.tx, of.id))
        late = of.deadline is not None and visit.house.universe.seconds() >= of.deadline
        for item in changed:
            if late or not only_evidence(kept.session.answer(item), session.answer(item), rows):
                visit.refuse("feedback_over" if late else "only_disputed")
                return False
    elif of.state != "open":
        visit.refuse("already_sent")
        return False
    me = kept.member
    if me is None or me.role == "owner":
        return me is not None
    if me.role == "viewer":
        visit.refuse("viewer")
        return False
    given = await organisations.assignments(visit.tx, of.organisation, instrument.id)
    for item in changed:
        criterion = instrument.item(item)
        mine = given.get(me.id, [])
        if isinstance(criterion, Criterion) and not may_answer(
            me.role, mine, instrument, criterion
        ):
            visit.refuse_with(Phrase("not_yours_but", {"part": called(instrument, mine[0])}))
            return False
    return True


async def overtaken(
    visit: Visit, instrument: Instrument, kept: Kept, at: Place, stamp: str | None
) -> bool:
    """Whether a colleague changed the item at a place after this person had seen it; then they are
    told who, and what it is now, and nothing was done. ``stamp`` is that of the card they had, None
    for words that carry none.
    """
    claim, newest = kept.claims.get(at.item), kept.by_others(at.item)
    if claim is None or not newest:
        return False
    if stamp is None:
        if at.screen not in {"item", "evidence"} or newest <= kept.seen:
            return False
        await sessions.see(visit.tx, visit.person.id, instrument.id, newest)
    elif not any(stamped(visit.person, kept, at, stamp, seen=n) for n in range(newest)):
        return False
    item = instrument.item(at.item)
    if item is None:
        return False
    who = await organisations.numbered(visit.tx, claim.member)
    row, part = asked(at.field)
    theirs: Words = summary(item, claim.answer)
    if at.screen == "evidence":
        theirs = getattr(claim.answer.evidence.get(row, Evidence()), part or "link") or theirs
    said = {"who": name_of(who), "number": item.number, "answer": theirs}
    visit.refuse_with(Phrase("overtaken_by", said))
    return True


def name_of(who: Member | None) -> Words:
    """What a colleague is called; by number who has no name, or none any more."""
    if who is None:
        return "–"
    return who.name or Phrase("work_colleague", {"number": str(who.id)})


async def redraw(visit: Visit, of: Assessment, items: Collection[str] | None = None) -> None:
    """Put right the cards of colleagues who look at one of these items, or at anything of this
    assessment, in channels that are told what to show.
    """
    house, now = visit.house, visit.house.universe.seconds()
    for person, item in (await sessions.colleagues_at(visit.tx, of.id)).items():
        if person == visit.person.id or not (items is None or item in items):
            continue
        await redraw_person(visit, person, now, house.chat)


async def redraw_person(visit: Visit, person: str, now: int, chat: str) -> None:
    """Put right the live card of one person, where there is one."""
    for channel, door in await people.addresses(visit.tx, person):
        if channel == chat and await people.card_at(visit.tx, channel, door) is not None:
            await outbox.put(visit.tx, channel, door, "card", "edit", lane=INTERACTIVE, now=now)
