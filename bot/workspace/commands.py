"""What somebody can ask for in their company's workspace, verb by verb."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.submission import Sent
from bot.workspace import returning, sending, team_commands
from bot.workspace.bench import Bench, entered
from bot.workspace.doing import deed, note, owns, show
from bot.workspace.pages import LONGEST_NAME, mark_of
from flows import evidence
from flows.actions import Command, Go
from flows.engine import begin
from flows.entry import line
from flows.navigation import item_place
from flows.session import Place
from storage import assessments, organisations, people, sessions
from storage.sessions import Shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.visit import Visit

MOST_DOMAINS: Final = 30
_PLAIN: Final = {"", "team", "person", "waiting", "checks", "peers", "disputed", "handin", "remove"}
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
        show(visit, asked)
        return
    run = _VERBS.get(verb)
    if run is None or not _ASKED.fullmatch(asked):
        visit.refuse("moved_on")
        return
    await run(visit, bench, rest, words.strip())


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
        await note(visit, bench, deed(visit, bench, "domain", f"+ {domain}"))
    visit.ask_words("work.sites", Command("work", "sites"))


async def _unsite(visit: Visit, bench: Bench, mark: str, _: str) -> None:
    """A domain is the company's own no longer."""
    known = await organisations.domains(visit.tx, bench.me.organisation)
    domain = next((each for each in known if mark_of(each) == mark), None)
    if domain is not None and bench.me.role != "viewer":
        await organisations.drop_domain(visit.tx, bench.me.organisation, domain)
        await note(visit, bench, deed(visit, bench, "domain", f"- {domain}"))
    visit.ask_words("work.sites", Command("work", "sites"))


async def _name(visit: Visit, bench: Bench, _: str, words: str) -> None:
    """Call the company something."""
    name = line(words)[:LONGEST_NAME]
    if not owns(visit, bench):
        return
    if not name:
        visit.ask_words("work.name", Command("work", "name"))
        return
    await organisations.rename(visit.tx, bench.me.organisation, name)
    await note(visit, bench, deed(visit, bench, "named", name))
    show(visit, "")


async def _to(visit: Visit, bench: Bench, rest: str, _: str) -> None:
    """Go to a criterion, or to the evidence of one of its rows."""
    item, _, row = rest.partition("/")
    if bench.of.state not in {"open", "feedback"}:
        visit.refuse("already_sent")
        return
    await people.set_instrument(visit.tx, visit.person.id, bench.instrument.id)
    visit.at(bench.instrument.id)
    kept = await sessions.load(visit.tx, visit.house.keys, visit.person.id, bench.instrument.id)
    if kept is not None and (kept.assessment is None or kept.assessment.id != bench.of.id):
        # The draft holds only where one is: turning to another round loses nothing.
        await sessions.remove(visit.tx, visit.person.id, bench.instrument.id)
        kept = None
    if kept is None:
        now, keys = visit.house.universe.seconds(), visit.house.keys
        shared = Shared(bench.of.id)
        first, name = begin(bench.instrument), bench.of.round
        await sessions.save(
            visit.tx, keys, visit.person.id, first, None, now=now, round_name=name, shared=shared
        )
    visit.shows_card, visit.comes_anew = True, True
    await visit.act([Go(Place("evidence", item, row) if row else item_place(item))])


async def _send(visit: Visit, bench: Bench, mark: str, _: str) -> None:
    """Send the assessment as it was when its checks were shown."""
    if bench.of.state == "submitted":  # pressed twice
        visit.shows_card = True
        return
    if mark != str(sending.mark(bench.claims)):
        visit.refuse("changed_meanwhile")
        show(visit, "checks")
        return
    found = await visit.kept()
    if found is None or found[1].assessment is None or found[1].assessment.id != bench.of.id:
        await _to(visit, bench, bench.instrument.criteria[0].id, "")
        found = await visit.kept()
    if found is None or visit.refused:
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
        visit.say("work_reopened")
    else:
        show(visit, "")


async def _return(visit: Visit, bench: Bench, _: str, __: str) -> None:
    """Hand the disputed rows back to the researcher before the deadline."""
    if not owns(visit, bench):
        return
    if not await returning.hand_in(visit.house, visit.tx, bench.of, bench.me.who):
        visit.refuse("moved_on")
    show(visit, "")


async def _round(visit: Visit, bench: Bench, number: str, _: str) -> None:
    """Turn to another round of the company."""
    there = await assessments.every(visit.tx, bench.me.organisation, bench.instrument.id)
    found = next((each for each in there if str(each.id) == number), None)
    if found is None:
        visit.refuse("moved_on")
    else:
        newest = found.id == there[-1].id
        await organisations.look(visit.tx, bench.me, None if newest else found.id)
    show(visit, "")


async def _pack(visit: Visit, bench: Bench, _: str, __: str) -> None:
    """The auditor's pack."""
    visit.documents.append(f"pack:{bench.of.id}")


_VERBS: Final[dict[str, Callable[[Visit, Bench, str, str], Awaitable[None]]]] = {
    "invite": team_commands.invite,
    "me": team_commands.me,
    "revoke": team_commands.revoke,
    "give": team_commands.give,
    "release": team_commands.release,
    "everything": team_commands.everything,
    "removed": team_commands.removed,
    "sites": _sites,
    "unsite": _unsite,
    "name": _name,
    "to": _to,
    "send": _send,
    "reopen": _reopen,
    "return": _return,
    "round": _round,
    "pack": _pack,
}
