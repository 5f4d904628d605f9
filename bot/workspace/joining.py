"""A colleague comes by their link, and works along from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.trail import Deed
from storage import assessments, organisations, trail

if TYPE_CHECKING:
    from bot.visit import Visit
    from flows.instrument import Instrument


async def join(visit: Visit, token_hash: bytes) -> Instrument | None:
    """Open a colleague's link; the instrument to turn to. None where this is none, or where it
    could not be opened, which is then said.
    """
    now = visit.house.universe.seconds()
    found = await organisations.look_up(visit.tx, token_hash, now)
    instrument = visit.house.shelf.get(found.instrument) if found is not None else None
    if found is None or instrument is None:
        return None
    me = await organisations.of_person(visit.tx, visit.person.id)
    if me is not None and me.organisation == found.organisation:
        return instrument  # theirs already: the link stays for whom it is
    if me is not None and not await _unused(visit, me.organisation):
        visit.refuse("other_company")
        return None
    if await organisations.take(visit.tx, token_hash, now) is None:
        return None
    if me is not None:
        await organisations.forget_person(visit.tx, visit.person.id)
    new = await organisations.join(
        visit.tx, found.organisation, visit.person.id, found.role, found.name
    )
    if found.scope:
        await organisations.assign(visit.tx, new.id, found.instrument, found.scope)
    # The mark says which invitation it was: what was given with it stands there.
    mark = token_hash.hex()[:8]
    deed = Deed(now, new.who, "joined", said=f"{found.role} {mark}")
    await trail.note(visit.tx, found.organisation, [deed])
    return instrument


async def _unused(visit: Visit, organisation: str) -> bool:
    """Whether somebody's own workspace holds nothing yet: then it gives way."""
    alone = len(await organisations.members(visit.tx, organisation)) == 1
    return alone and not await assessments.has_answers(visit.tx, organisation)
