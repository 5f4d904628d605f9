"""Everything that can be asked for, by everybody, about what is theirs and what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import pages, presses
from bot.channels import Asked, Pressed, Typed
from bot.commands import COMMANDS
from bot.fieldwork.desk import DESK
from bot.fieldwork.desk_pages import _PAGES as DESK_PAGES
from bot.workspace import commands as workspace
from bot.workspace.pages import _PAGES as WORK_PAGES
from flows.actions import Command
from tests.access import rules
from tests.access.world import MEMBERS, OF_GLOBEX, ROLES, World, door, site_mark
from tests.bot.fieldwork.desks import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.channels import Outcome, Said

DESK_VERBS = tuple(DESK)
WORK_VERBS = (*sorted(workspace._PLAIN), *workspace._VERBS)
OWN_PAGES = (*pages._PLAIN, *pages._BUILT)
KNOWING = {"owner", "survey", "researcher", "analyst", "own-researcher"}
"""Who may read names of companies at the desk."""


@dataclass
class Judged:
    """How many were tried, and which of them came out otherwise than the rules say."""

    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    def judge(self, what: str, *, right: bool) -> None:
        self.tried += 1
        if not right:
            self.wrong.append(what)


def ways(name: str, argument: str) -> Iterator[Said]:
    """A command is pressed, and either typed or sent by a form that asks for words."""
    command = Command(name, argument)
    yield Pressed(presses.code_of(command), "")
    if name in {"work", "verdict"}:
        asked, _, said = argument.partition(" ")
        yield Typed(said or "x", to=Command(name, asked))
    else:
        yield Asked(command)


def said_to(outcome: Outcome) -> str:
    """Everything that somebody is told at once."""
    return " ".join([*outcome.notices, *(words(page.card) for page in outcome.pages)])


def canaries(world: World, role: str) -> list[str]:
    """What this role may read nowhere."""
    kept_from = {"Acme": MEMBERS, "Globex": OF_GLOBEX}
    return [
        each.canary
        for name, each in world.companies.items()
        if role not in kept_from[name] and role not in KNOWING
    ]


def desk_arguments(world: World, verb: str) -> tuple[str, ...]:
    """What a verb of the desk can be asked about: of each kind of object two."""
    if verb in {
        "checking",
        "case",
        "why",
        "decide",
        "feedback",
        "surely",
        "final",
        "again",
        "pack",
    }:
        rest = {"decide": ".0.accept.found", "why": ".0.reject", "feedback": ".14", "again": ".0"}
        objects: tuple[str, ...] = (str(world.checked), str(world.companies["Acme"].assessment))
        return tuple(f"{verb}.{each}{rest.get(verb, '')}" for each in objects)
    return f"{verb}.{world.round}", f"{verb}.{world.round + 1}.0"


async def desk(world: World, roles: Iterable[str] = ROLES) -> Judged:
    """The verbs of the desk: refused as a command that there is not, without a trace."""
    judged = Judged()
    for role in roles:
        unknown, _ = await world.tried(role, Asked(Command("nonsense")))
        for verb in DESK_VERBS:
            for argument in desk_arguments(world, verb):
                for way in ways("admin", argument):
                    outcome, written = await world.tried(role, way)
                    what = f"{role}: admin {argument}, {type(way).__name__}: {written}"
                    if role in rules.desk(verb):
                        right = outcome.notices != unknown.notices
                        own = role == "own-researcher" and verb in rules.NOT_OF_ONES_OWN
                        judged.judge(what, right=right and not (own and written))
                    else:
                        same = said_to(outcome) == said_to(unknown) and not outcome.documents
                        judged.judge(what, right=same and not written)
    return judged


def work_arguments(world: World, verb: str, company: str) -> str:
    """A verb of the workspace with an object of this company."""
    of = world.companies[company]
    rest = {
        "person": f".{of.colleague}",
        "waiting": f".{of.mark}",
        "remove": f".{of.colleague}",
        "to": ".1.1",
        "round": f".{of.assessment}",
        "invite": ".editor Somebody",
        "revoke": f".{of.mark}",
        "give": f".{of.colleague}.t:1",
        "release": f".{of.colleague}.t:7",
        "everything": f".{of.colleague}",
        "removed": f".{of.colleague}",
        "sites": " further.com",
        "unsite": f".{site_mark(of)}",
        "name": " Another name",
        "me": " Another name",
        "send": ".0",
    }
    return f"{verb}{rest.get(verb, '')}"


WITHOUT_OBJECT = {"invite", "sites", "name", "me", "send", "to"}
"""Verbs that name no object: what they are about is one's own company."""


async def work(world: World, roles: Iterable[str] = ROLES) -> Judged:
    """The verbs of the workspace: about one's own company, by who may, and about no other."""
    judged = Judged()
    for role in roles:
        for verb in WORK_VERBS:
            for company in ("Acme", "Globex"):
                if role in OF_GLOBEX and (verb in WITHOUT_OBJECT or company == "Globex"):
                    continue
                if role == "own-researcher" and verb in {*WITHOUT_OBJECT, "reopen"}:
                    continue
                argument = work_arguments(world, verb, company)
                object_of = "Acme" if verb in WITHOUT_OBJECT else company
                may = role in rules.work(verb, object_of) and verb not in rules.STAGES
                for way in ways("work", argument):
                    outcome, written = await world.tried(role, way)
                    told = said_to(outcome)
                    leaks = [each for each in canaries(world, role) if each in told]
                    what = f"{role}: work {argument}, {type(way).__name__}: {written} {leaks}"
                    right = bool(written) is may and not leaks
                    judged.judge(what, right=right)
    return judged


async def stage(world: World, verb: str, roles: Iterable[str] = ROLES) -> Judged:
    """A verb that moves an assessment on, while Acme's is at the stage from which it does."""
    judged = Judged()
    argument = f"send.{await world.seen_checks()}" if verb == "send" else verb
    for role in roles:
        for way in ways("work", argument):
            outcome, written = await world.tried(role, way)
            leaks = [each for each in canaries(world, role) if each in said_to(outcome)]
            right = bool(written) is ("assessment" in written) is (role in rules.at_stage(verb))
            what = f"{role}: work {argument}, {type(way).__name__}: {written} {leaks}"
            judged.judge(what, right=right and not (written and outcome.refused) and not leaks)
    return judged


async def deciding(world: World, argument: str) -> Judged:
    """A claim that waits for a decision: whoever may decides, with a usual reason or in words."""
    judged = Judged()
    in_words = Command("verdict", argument.removeprefix("decide.").rpartition(".")[0])
    for role in ROLES:
        for way in (*ways("admin", argument), Typed("It is not so", to=in_words)):
            _, written = await world.tried(role, way)
            right = bool(written) is ("verdict" in written) is (role in rules.desk("decide"))
            judged.judge(f"{role}: {argument}, {type(way).__name__}: {written}", right=right)
    return judged


async def commands(world: World, roles: Iterable[str] = ROLES) -> Judged:
    """What everybody may ask: nothing in it tells of others."""
    judged = Judged()
    names = [name for name in COMMANDS if name not in rules.GUARDED]
    arguments = ("", "rscb-2014")
    for role in roles:
        for name in names:
            for argument in arguments:
                for way in ways(name, argument):
                    outcome, written = await world.tried(role, way)
                    told = said_to(outcome)
                    leaks = [each for each in canaries(world, role) if each in told]
                    shared = written & {"administrator", "round", "verdict"}
                    shared -= {"administrator"} if name in {"forget", "language"} else set()
                    what = f"{role}: {name} {argument}: {written} {leaks}"
                    judged.judge(what, right=not leaks and not shared)
        for way in ways("verdict", f"{world.checked}.0.accept words"):
            _, written = await world.tried(role, way)
            may = role in rules.desk("decide") and role != "own-researcher"
            judged.judge(f"{role}: verdict: {written}", right=may or not written)
    return judged


async def shown(world: World, roles: Iterable[str] = ROLES) -> Judged:
    """Pages by name, as a browser or a chat asks for them."""
    judged = Judged()
    for role in roles:
        for verb in DESK_PAGES:
            asked = "surely" if verb == "sure" else verb
            for argument in desk_arguments(world, asked):
                name = f"admin.{argument.replace(asked, verb, 1)}".rstrip(".")
                found = await _page(world, role, name)
                may = True if verb == "sure" else role in rules.desk(verb)
                judged.judge(f"{role}: page {name}", right=found is None or may)
        for verb in WORK_PAGES:
            for company in ("Acme", "Globex"):
                name = f"work.{work_arguments(world, verb, company).partition(' ')[0]}"
                found = await _page(world, role, name.rstrip(".")) or ""
                hidden = canaries(world, role)
                hidden += _names(role)
                leaks = [each for each in hidden if each in found]
                judged.judge(f"{role}: page {name} {leaks}", right=not leaks)
        for name in OWN_PAGES:
            found = await _page(world, role, name)
            leaks = [each for each in canaries(world, role) if each in (found or "")]
            judged.judge(f"{role}: page {name} {leaks}", right=found is not None and not leaks)
    return judged


def _names(role: str) -> list[str]:
    """Colleagues whose names this role may read on no page of a workspace."""
    return [
        f"{name}-{who}"
        for name, inside in (("Acme", MEMBERS), ("Globex", OF_GLOBEX))
        for who in ("boss", "editor", "waiting")
        if role not in inside
    ]


async def _page(world: World, role: str, name: str) -> str | None:
    try:
        page = await world.talk.page("web", door(role), name)
    except KeyError:
        return None
    return words(page.card)
