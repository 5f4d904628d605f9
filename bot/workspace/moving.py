"""A company's answers go to a newer edition of their instrument, for everybody at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.session import NOTHING
from flows.trail import Deed
from storage import assessments, claims, sessions, trail
from storage.sessions import Shared

if TYPE_CHECKING:
    from bot.visit import Visit
    from flows.session import Session
    from storage.assessments import Assessment
    from storage.sessions import Kept


async def move(visit: Visit, kept: Kept, of: Assessment, moved: Session) -> bool:
    """Have the assessment be of the edition that a session of it was moved to. Only whoever may
    answer everything decides that. Whether it was done.
    """
    me = kept.member
    if me is None or me.role != "owner" or of.state != "open":
        visit.refuse("only_owner")
        return False
    tx, at = visit.tx, visit.house.universe.seconds()
    await assessments.set_edition(tx, of.id, moved.edition)
    deeds = [Deed(at, me.who, "moved", moved.edition, said=f"{of.edition} to {moved.edition}")]
    for item in sorted(kept.session.answers.keys() | moved.answers.keys()):
        answer = moved.answers.get(item, NOTHING)
        if answer != kept.session.answer(item):
            base = kept.claims.get(item)
            await claims.put(tx, of.id, item, answer, base=base, member=me.id, at=at)
            form = claims.form(answer)
            deeds.append(Deed(at, me.who, "answered", moved.edition, item, said=form))
    await trail.note(tx, of.organisation, deeds, of.id)
    shared = Shared(of.id, kept.by_others(moved.at.item))
    keys, who, newest = visit.house.keys, visit.person.id, visit.incoming.update_id
    await sessions.save(tx, keys, who, moved, kept, now=at, shared=shared, update_id=newest)
    return True
