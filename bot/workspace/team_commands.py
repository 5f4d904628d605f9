"""What the owner does about colleagues: links for those who are to come, parts, removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.workspace import answering
from bot.workspace.doing import deed, note, owns, show
from bot.workspace.team_pages import LINK_DAYS, LONGEST_PERSON, ROLES
from flows.actions import Command
from flows.delegation import scope_of
from flows.entry import line
from storage import organisations, people
from storage.organisations import Colleague

if TYPE_CHECKING:
    from bot.visit import Visit
    from bot.workspace.bench import Bench
    from flows.delegation import Role
    from storage.organisations import Member

MOST_PEOPLE: Final = 200
"""Members and open links of one company."""


async def invite(visit: Visit, bench: Bench, role: str, words: str) -> None:
    """Make a link for a colleague, once there is a name."""
    name = line(words)[:LONGEST_PERSON]
    if role not in ROLES or not owns(visit, bench):
        return
    if not name:
        visit.ask_words(f"work.invite.{role}", Command("work", f"invite.{role}"))
        return
    now = visit.house.universe.seconds()
    there = await organisations.members(visit.tx, bench.me.organisation)
    waiting = await organisations.invited(visit.tx, bench.me.organisation, now)
    if len(there) + len(waiting) >= MOST_PEOPLE:
        visit.refuse("too_many_colleagues", n=MOST_PEOPLE)
        return
    nonce = visit.house.universe.token()[:16]
    token = tokens.derived_link(visit.person.secret, nonce)
    as_what: Role = "viewer" if role == "viewer" else "editor"
    who = Colleague(
        bench.me.organisation, bench.instrument.id, as_what, name, "", now + LINK_DAYS * 86_400
    )
    await organisations.invite(visit.tx, tokens.digest(token), who)
    # The trail holds numbers, never names: whoever is forgotten is forgotten there, too.
    mark = tokens.digest(token).hex()[:8]
    await note(visit, bench, deed(visit, bench, "invited", f"{role} {mark}"))
    show(visit, f"link.{nonce}")


async def me(visit: Visit, bench: Bench, _: str, words: str) -> None:
    """What one is called by one's colleagues."""
    name = line(words)[:LONGEST_PERSON]
    if not name:
        visit.ask_words("work.invite.me", Command("work", "me"))
        return
    await organisations.call(visit.tx, bench.me, name)
    show(visit, "team")


async def revoke(visit: Visit, bench: Bench, mark: str, _: str) -> None:
    """Take back the link of a colleague who has not come."""
    if not owns(visit, bench):
        return
    if await organisations.revoke(visit.tx, bench.me.organisation, mark):
        await note(visit, bench, deed(visit, bench, "removed", mark))
    else:
        visit.refuse("moved_on")
    show(visit, "team")


async def give(visit: Visit, bench: Bench, rest: str, words: str) -> None:
    """Have a part be a colleague's: ``give.3.t:7``, or the number of a part in words."""
    whom, _, pressed = rest.partition(".")
    if not owns(visit, bench):
        return
    shown = f"waiting.{whom[1:]}" if whom.startswith("w") else f"person.{whom}"
    asking = shown if whom.startswith("w") else f"give.{whom}"
    if not (pressed or words):
        visit.ask_words(f"work.{asking}", Command("work", f"give.{whom}"))
        return
    scope = scope_of(pressed or words, bench.instrument)
    if scope is None:
        visit.refuse("no_such_part")
        visit.ask_words(f"work.{asking}", Command("work", f"give.{whom}"))
        return
    if await _given(visit, bench, whom, scope):
        show(visit, shown)
    else:
        visit.refuse("moved_on")


async def _given(visit: Visit, bench: Bench, whom: str, scope: str) -> bool:
    if whom.startswith("w"):
        there = await organisations.set_scope(visit.tx, bench.me.organisation, whom[1:], scope)
        if there:
            await note(visit, bench, deed(visit, bench, "assigned", f"{whom[1:]} {scope}"))
        return there
    who = await _colleague(visit, bench, whom)
    if who is None:
        return False
    await organisations.assign(visit.tx, who.id, bench.instrument.id, scope)
    await note(visit, bench, deed(visit, bench, "assigned", f"{who.who} {scope}"))
    return True


async def release(visit: Visit, bench: Bench, rest: str, _: str) -> None:
    """A part is a colleague's no longer."""
    whom, _, scope = rest.partition(".")
    who = await _colleague(visit, bench, whom) if owns(visit, bench) else None
    if who is None:
        return
    if await organisations.release(visit.tx, who.id, bench.instrument.id, scope):
        await note(visit, bench, deed(visit, bench, "released", f"{who.who} {scope}"))
    show(visit, f"person.{who.id}")


async def everything(visit: Visit, bench: Bench, whom: str, _: str) -> None:
    """Have a colleague answer everything, and no part in particular."""
    who = await _colleague(visit, bench, whom) if owns(visit, bench) else None
    if who is None:
        return
    await organisations.give_everything(visit.tx, who.id, bench.instrument.id)
    await note(visit, bench, deed(visit, bench, "assigned", f"{who.who} everything"))
    show(visit, f"person.{who.id}")


async def removed(visit: Visit, bench: Bench, whom: str, _: str) -> None:
    """End a colleague's access, now: their drafts go, their answers stay the company's."""
    who = await _colleague(visit, bench, whom) if owns(visit, bench) else None
    if who is None or who.id == bench.me.id or who.participant is None:
        visit.refuse("moved_on")
        return
    now = visit.house.universe.seconds()
    await answering.redraw_person(visit, who.participant, now, visit.house.chat)
    await organisations.leave(visit.tx, who)
    await people.set_instrument(visit.tx, who.participant, None)
    await people.set_asking(visit.tx, who.participant, None)
    await note(visit, bench, deed(visit, bench, "removed", who.who))
    show(visit, "team")


async def _colleague(visit: Visit, bench: Bench, whom: str) -> Member | None:
    there = await organisations.members(visit.tx, bench.me.organisation)
    return next((each for each in there if str(each.id) == whom), None)
