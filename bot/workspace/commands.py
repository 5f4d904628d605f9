"""What somebody can ask for in their company's workspace, verb by verb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.submission import Sent
from bot.workspace import answering, returning, sending
from bot.workspace.bench import Bench, entered
from bot.workspace.pages import LONGEST_NAME
from bot.workspace.team_pages import LINK_DAYS, LONGEST_PERSON, ROLES
from flows import evidence
from flows.actions import Command, Go
from flows.delegation import scope_of
from flows.engine import begin
from flows.entry import line
from flows.navigation import item_place
from flows.session import Place
from flows.trail import Deed
from storage import organisations, people, sessions, trail
from storage.organisations import Colleague
from storage.sessions import Shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.visit import Visit
    from flows.delegation import Role
    from flows.trail import Act
    from storage.organisations import Member

MOST_DOMAINS: Final = 30
MOST_PEOPLE: Final = 200
"""Members and open links of one company."""
_PLAIN: Final = {"", "team", "person", "waiting", "checks", "peers", "disputed", "remove"}
"""Verbs that show the page of their name."""
_ASKED: Final = re.compile(r"[A-Za-z0-9.:/]{0,60}")


async def work(visit: Visit, argument: str) -> None:
    """Do what somebody asks for in their workspace: a verb with its arguments, then words."""
    asked, _, words = argument.partition(" ")
    verb, _, rest = asked.partition(".")
    bench = await entered(visit.house, visit.tx, visit.person)
    if bench is None:
        visit.refuse("no_workspace")
        return
    visit.shows_card = False
    if _ASKED.fullmatch(asked) and verb in _PLAIN:
        _show(visit, asked)
        return
    run = _VERBS.get(verb)
    if run is None or not _ASKED.fullmatch(asked):
        visit.refuse("moved_on")
        return
    await run(visit, bench, rest, words.strip())


def _show(visit: Visit, name: str) -> None:
    visit.pages.append(f"work.{name}" if name else "work")


async def _note(visit: Visit, bench: Bench, *deeds: Deed) -> None:
    await trail.note(visit.tx, bench.me.organisation, deeds)


def _deed(visit: Visit, bench: Bench, act: Act, said: str) -> Deed:
    return Deed(visit.house.universe.seconds(), bench.me.who, act, said=said)


def _owns(visit: Visit, bench: Bench) -> bool:
    if not bench.owns:
        visit.refuse("only_owner")
    return bench.owns


async def _invite(visit: Visit, bench: Bench, role: str, words: str) -> None:
    """Make a link for a colleague, once there is a name."""
    name = line(words)[:LONGEST_PERSON]
    if role not in ROLES or not _owns(visit, bench):
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
    await _note(visit, bench, _deed(visit, bench, "invited", f"{role} {mark}"))
    _show(visit, f"link.{nonce}")


async def _me(visit: Visit, bench: Bench, _: str, words: str) -> None:
    """What one is called by one's colleagues."""
    name = line(words)[:LONGEST_PERSON]
    if not name:
        visit.ask_words("work.invite.me", Command("work", "me"))
        return
    await organisations.call(visit.tx, bench.me, name)
    _show(visit, "team")


async def _revoke(visit: Visit, bench: Bench, mark: str, _: str) -> None:
    if not _owns(visit, bench):
        return
    if await organisations.revoke(visit.tx, bench.me.organisation, mark):
        await _note(visit, bench, _deed(visit, bench, "removed", mark))
    else:
        visit.refuse("moved_on")
    _show(visit, "team")


async def _give(visit: Visit, bench: Bench, rest: str, words: str) -> None:
    """Have a part be a colleague's: ``give.3.t:7``, or the number of a part in words."""
    whom, _, pressed = rest.partition(".")
    if not _owns(visit, bench):
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
        _show(visit, shown)
    else:
        visit.refuse("moved_on")


async def _given(visit: Visit, bench: Bench, whom: str, scope: str) -> bool:
    if whom.startswith("w"):
        return await organisations.set_scope(visit.tx, bench.me.organisation, whom[1:], scope)
    who = await _colleague(visit, bench, whom)
    if who is None:
        return False
    await organisations.assign(visit.tx, who.id, bench.instrument.id, scope)
    await _note(visit, bench, _deed(visit, bench, "assigned", f"{who.who} {scope}"))
    return True


async def _release(visit: Visit, bench: Bench, rest: str, _: str) -> None:
    whom, _, scope = rest.partition(".")
    who = await _colleague(visit, bench, whom) if _owns(visit, bench) else None
    if who is None:
        return
    if await organisations.release(visit.tx, who.id, bench.instrument.id, scope):
        await _note(visit, bench, _deed(visit, bench, "released", f"{who.who} {scope}"))
    _show(visit, f"person.{who.id}")


async def _removed(visit: Visit, bench: Bench, whom: str, _: str) -> None:
    """End a colleague's access, now: their drafts go, their answers stay the company's."""
    who = await _colleague(visit, bench, whom) if _owns(visit, bench) else None
    if who is None or who.id == bench.me.id or who.participant is None:
        visit.refuse("moved_on")
        return
    now = visit.house.universe.seconds()
    await answering.redraw_person(visit, who.participant, now, visit.house.chat)
    await organisations.leave(visit.tx, who)
    await people.set_instrument(visit.tx, who.participant, None)
    await people.set_asking(visit.tx, who.participant, None)
    await _note(visit, bench, _deed(visit, bench, "removed", who.who))
    _show(visit, "team")


async def _colleague(visit: Visit, bench: Bench, whom: str) -> Member | None:
    there = await organisations.members(visit.tx, bench.me.organisation)
    return next((each for each in there if str(each.id) == whom), None)


async def _sites(visit: Visit, bench: Bench, _: str, words: str) -> None:
    """Register a domain of the company's own."""
    if not words:
        visit.ask_words("work.sites", Command("work", "sites"))
        return
    if bench.me.role == "viewer":
        visit.refuse("viewer")
        return
    domain = evidence.domain(words)
    known = await organisations.domains(visit.tx, bench.me.organisation)
    if domain is None or len(known) >= MOST_DOMAINS:
        visit.refuse("no_domain")
    else:
        await organisations.add_domain(visit.tx, bench.me.organisation, domain)
        await _note(visit, bench, _deed(visit, bench, "domain", f"+ {domain}"))
    visit.ask_words("work.sites", Command("work", "sites"))


async def _unsite(visit: Visit, bench: Bench, number: str, _: str) -> None:
    known = await organisations.domains(visit.tx, bench.me.organisation)
    may = bench.me.role != "viewer" and number.isdecimal() and len(number) < len("1000")
    if may and int(number) < len(known):
        domain = known[int(number)]
        await organisations.drop_domain(visit.tx, bench.me.organisation, domain)
        await _note(visit, bench, _deed(visit, bench, "domain", f"- {domain}"))
    visit.ask_words("work.sites", Command("work", "sites"))


async def _name(visit: Visit, bench: Bench, _: str, words: str) -> None:
    """Call the company something."""
    name = line(words)[:LONGEST_NAME]
    if not _owns(visit, bench):
        return
    if not name:
        visit.ask_words("work.name", Command("work", "name"))
        return
    await organisations.rename(visit.tx, bench.me.organisation, name)
    await _note(visit, bench, _deed(visit, bench, "named", name))
    _show(visit, "")


async def _to(visit: Visit, bench: Bench, rest: str, _: str) -> None:
    """Go to a criterion, or to the evidence of one of its rows."""
    item, _, row = rest.partition("/")
    if bench.of.state not in {"open", "feedback"}:
        visit.refuse("already_sent")
        return
    await people.set_instrument(visit.tx, visit.person.id, bench.instrument.id)
    visit.at(bench.instrument.id)
    if await sessions.load(visit.tx, visit.person.id, bench.instrument.id) is None:
        now = visit.house.universe.seconds()
        shared = Shared(bench.of.id)
        first, name = begin(bench.instrument), bench.of.round
        await sessions.save(
            visit.tx, visit.person.id, first, None, now=now, round_name=name, shared=shared
        )
    visit.shows_card, visit.comes_anew = True, True
    await visit.act([Go(Place("evidence", item, row) if row else item_place(item))])


async def _send(visit: Visit, bench: Bench, mark: str, _: str) -> None:
    """Send the assessment as it was when its checks were shown."""
    if mark != str(sending.mark(bench.claims)):
        visit.refuse("changed_meanwhile")
        _show(visit, "checks")
        return
    found = await visit.kept()
    if found is None or found[1].assessment is None or found[1].assessment.id != bench.of.id:
        await _to(visit, bench, bench.instrument.criteria[0].id, "")
        found = await visit.kept()
    if found is None:
        visit.refuse("moved_on")
        return
    instrument, kept = found
    said = Sent(
        bench.answers, kept.round, kept.begun_at, visit.incoming.channel, visit.person.language
    )
    visit.shows_card, visit.comes_anew = True, True
    await sending.send(visit, instrument, kept, said)


async def _reopen(visit: Visit, bench: Bench, _: str, __: str) -> None:
    if await sending.reopen(visit, bench.me, bench.of, bench.instrument):
        visit.shows_card, visit.comes_anew = True, True
        await visit.take_up(bench.instrument)
    else:
        _show(visit, "")


async def _return(visit: Visit, bench: Bench, _: str, __: str) -> None:
    """Hand the disputed rows back to the researcher before the deadline."""
    if not _owns(visit, bench):
        return
    if not await returning.hand_in(visit.house, visit.tx, bench.of, bench.me.who):
        visit.refuse("moved_on")
    _show(visit, "")


async def _pack(visit: Visit, bench: Bench, _: str, __: str) -> None:
    """The auditor's pack."""
    visit.documents.append(f"pack:{bench.of.id}")


_VERBS: Final[dict[str, Callable[[Visit, Bench, str, str], Awaitable[None]]]] = {
    "invite": _invite,
    "me": _me,
    "revoke": _revoke,
    "give": _give,
    "release": _release,
    "removed": _removed,
    "sites": _sites,
    "unsite": _unsite,
    "name": _name,
    "to": _to,
    "send": _send,
    "reopen": _reopen,
    "return": _return,
    "pack": _pack,
}
