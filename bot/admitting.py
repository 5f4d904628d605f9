"""What lets somebody in: links, codes from another door, codes of administrators.

Every one can be tried by strangers, so each try is counted, by door and by where it comes from.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot import guessing, tokens
from bot.fieldwork import appointments
from bot.pages import CODE_SECONDS
from bot.workspace import joining
from storage import (
    administrators,
    audit,
    invitations,
    organisations,
    people,
    rounds,
    sessions,
)
from storage.audit import Act
from storage.database import lock_person

if TYPE_CHECKING:
    from bot.house import House
    from bot.visit import Visit
    from storage.database import Tx
    from storage.invitations import Invitation

log = logging.getLogger(__name__)

TRIES: Final = 5
"""Codes or links that may be wrong within ``WINDOW`` before the door asks for patience."""
WINDOW: Final = 600
"""Seconds."""


async def redeem(visit: Visit, token: str) -> None:
    """Open a link."""
    if not await may_try(visit, "link"):
        return
    token_hash, now = tokens.digest(token), visit.house.universe.seconds()
    of = await invitations.of_token(visit.tx, token_hash)
    if await _opens_to_others(visit, of, token_hash):
        await visit.begin_apart()
    colleague = await joining.join(visit, token_hash)
    if colleague is not None or visit.refused:
        await _was_right(visit, "link")
        if colleague is not None:
            await visit.renew()
            await visit.take_up(colleague)
        return
    over = of is not None and await _is_over(visit, of)
    redeemed = (
        None if over else await invitations.redeem(visit.tx, token_hash, visit.person.id, now)
    )
    instrument = visit.house.shelf.get(redeemed.instrument) if redeemed else None
    if redeemed is None or instrument is None:
        # Wrong, used, expired and revoked links, and those into a round that is over, sound alike:
        # nothing is told about any of them.
        visit.refuse("link")
        await was_wrong(visit.house, visit.tx, "link")
        return
    await _was_right(visit, "link")
    # Whoever was known by mail may have told their clock, and is this person now.
    visit.person = await people.get(visit.tx, visit.person.id) or visit.person
    await visit.renew()
    if not await sessions.open_instruments(visit.tx, visit.person.id):
        await visit.speak(redeemed.language)
    await visit.take_up(instrument)


async def _opens_to_others(visit: Visit, of: Invitation | None, token_hash: bytes) -> bool:
    """Whether a link would let in, at a door whose secret may have been planted, somebody who has
    further doors: whoever stands there would see what is answered here.
    """
    of_door = visit.incoming.channel, visit.incoming.address
    doors = {*await people.addresses(visit.tx, visit.person.id)} - {of_door}
    if not visit.incoming.renewed or all(channel == people.MAIL for channel, _ in doors):
        return False
    now = visit.house.universe.seconds()
    if of is not None:
        free = await invitations.is_free(visit.tx, token_hash, now)
        return free and not await _is_over(visit, of)
    colleague = await organisations.look_up(visit.tx, token_hash, now)
    me = await organisations.of_person(visit.tx, visit.person.id)
    ours = me is not None and colleague is not None and me.organisation == colleague.organisation
    return colleague is not None and not ours


async def _is_over(visit: Visit, of: Invitation) -> bool:
    """Whether the round of a link is closed, for everybody but who opened it before."""
    if of.participant_id == visit.person.id:
        return False
    there = await rounds.get(visit.tx, of.instrument, of.round)
    return there is not None and there.phase(visit.house.universe.now()) == "closed"


async def give_code(visit: Visit, _: str) -> None:
    """Make a code for another door; the one before is void."""
    if await visit.kept() is None:
        visit.pages.append("code")
        return
    nonce = visit.house.universe.token()[:16]
    code = tokens.derived_code(visit.person.secret, nonce)
    expires = visit.house.universe.seconds() + CODE_SECONDS
    await invitations.put_code(visit.tx, tokens.digest(code), visit.person.id, expires)
    visit.pages.append(f"code.{nonce}")


async def carry_on(visit: Visit, code: str) -> None:
    """Take over, at this door, the person who was given the code at another one."""
    if not code:
        visit.pages.append("continue")
        return
    if not await may_try(visit, "code"):
        return
    now = visit.house.universe.seconds()
    owner = await invitations.take_code(visit.tx, tokens.digest(tokens.code_form(code)), now)
    if owner is None:
        visit.refuse("code")
        await was_wrong(visit.house, visit.tx, "code")
        return
    await _was_right(visit, "code")
    await visit.become(owner)
    await visit.renew()


async def claim(visit: Visit, code: str) -> None:
    """Become an administrator with a code that was printed at the start, or given by an owner."""
    if not await may_try(visit, "claim"):
        return
    now = visit.house.universe.seconds()
    # Of several first codes one makes an owner, and no start gives out another one meanwhile.
    await lock_person(visit.tx, appointments.FIRST)
    role = await administrators.take_code(visit.tx, tokens.digest(tokens.code_form(code)), now)
    if role is None:
        visit.refuse("claim")
        await was_wrong(visit.house, visit.tx, "claim")
        return
    await _was_right(visit, "claim")
    await visit.renew()
    await appointments.claim(visit, role)
    visit.pages.append("admin")


async def may_try(visit: Visit, what: str) -> bool:
    """Count a try at this door and from where it comes; says so where there were too many."""
    now = visit.house.universe.seconds()
    door = f"{what}:{visit.incoming.channel}:{visit.incoming.address}"
    if not await invitations.may_try(visit.tx, door, now, window=WINDOW, limit=TRIES):
        visit.refuse("too_many_tries", n=WINDOW // 60)
        return False
    guesses, origin = visit.house.guesses, visit.incoming.origin
    if not guesses.take(what, origin, now):
        visit.refuse("too_many_tries", n=guessing.WINDOW // 60)
        return False
    return True


async def _was_right(visit: Visit, what: str) -> None:
    door = f"{what}:{visit.incoming.channel}:{visit.incoming.address}"
    await invitations.forgive(visit.tx, door)
    visit.house.guesses.right(what, visit.incoming.origin)


async def was_wrong(house: House, tx: Tx, what: str) -> None:
    """Count what was wrong, wherever it came from, and raise the alarm where that is too often."""
    now = house.universe.seconds()
    if house.guesses.wrong(what, now):
        log.warning("much_guessing", extra={"count": guessing.ALARM, "seconds": guessing.WINDOW})
        await audit.note(tx, Act(now, "assay", guessing.ACT, "links and codes", guessing.ALARM))
