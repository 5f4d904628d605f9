"""Two companies, a third one whose assessment is checked, people of every role, and what each of
them may be tried with.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import event, select

from bot import tokens
from bot.batch import Batch
from bot.channels import Asked, Incoming
from bot.fieldwork import access, appointments
from bot.settings import Settings
from bot.taking import Taking
from bot.workspace import sending
from bot.workspace.pages import mark_of
from flows.actions import Command
from flows.session import Answer
from storage import assessments, claims, organisations, people, rounds
from storage.tables import member
from tests.bot.workspace.companies import BENCHMARK, Person, founded
from tests.companies import company_of, sent
from tests.invited import invited, someone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.channels import Outcome, Said
    from bot.conversation import Conversation
    from tests.bot.workspace import companies

SURVEY = "asi-certification-survey-2021"
MEMBERS = ("acme-owner", "acme-editor", "acme-viewer")
OF_GLOBEX = ("globex-owner", "globex-editor")
OUTSIDE = ("stranger", "newcomer", "invited", "participant", "acme-removed")
ROLES = (*OUTSIDE, *MEMBERS, *OF_GLOBEX, *access.ROLES, "own-researcher")
"""Everybody; "own-researcher" decides about claims and works for the company that is checked."""
BOOKKEEPING = {
    "participant", "address", "attempt", "outbox", "live_card", "update_seen", "session", "ledger",
}  # fmt: skip
"""Tables that anything said may touch: who came, what is to be said, where somebody is."""
_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


class _Undone(Exception):  # noqa: N818 - ends a transaction that is only tried
    pass


def secret(role: str) -> str:
    """What the cookie of somebody holds."""
    return hashlib.sha256(role.encode()).hexdigest()[:43]


def door(role: str) -> str:
    """Where somebody stands at the pages."""
    return hashlib.sha256(secret(role).encode()).hexdigest()


@dataclass
class Company:
    """What of a company others could name."""

    organisation: str
    assessment: int
    colleague: int
    mark: str
    canary: str


@dataclass
class World:
    """Who there is, and a way to try things that leaves no trace."""

    talk: Conversation
    companies: dict[str, Company] = field(default_factory=dict)
    people_of: dict[str, companies.Company] = field(default_factory=dict)
    checked: int = 0
    round: int = 0

    async def tried(self, role: str, said: Said) -> tuple[Outcome, set[str]]:
        """What would come of it, and into which tables it would write; nothing is kept."""
        seen: list[Outcome] = []
        database = self.talk.database
        with _watched(database._writer.sync_engine) as written:
            with suppress(_Undone):
                async with database.writing() as tx:
                    at = Incoming("web", door(role), said)
                    taking = Taking(self.talk.house, Batch(self.talk.house, tx), self.talk.told)
                    seen.append(await taking._take(at))
                    raise _Undone
            self.talk.house.keys.over = False
        return seen[0], written - BOOKKEEPING

    async def seen_checks(self) -> int:
        """What whoever looks at the checks of Acme sends with them."""
        async with self.talk.database.reading() as tx:
            return sending.mark(await claims.of(tx, self.companies["Acme"].assessment))


@contextmanager
def _watched(engine: object) -> Iterator[set[str]]:
    written: set[str] = set()

    def note(_: object, cursor: object, statement: str, *__: object) -> None:
        found = _WRITES.match(statement)
        if found and getattr(cursor, "rowcount", 1) != 0:
            written.add(found[1])

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(engine, "after_cursor_execute", note)


async def peopled(talk: Conversation) -> World:
    """The world, with everybody in it."""
    world = World(talk)
    for each in ("invited", "participant"):
        async with talk.database.writing() as tx:
            link = tokens.digest(each)
            await invited(tx, someone(f"{each}@example.org"), SURVEY, link)
        await _says(talk, each, "start", each)
    await _says(talk, "newcomer", "help")
    who = Person(talk, door("participant"))
    await who.ticks("q1", "q1b")
    for name, owner, editor in (("Acme", "acme-owner", "acme-editor"), ("Globex", *OF_GLOBEX)):
        acme = await founded(talk, name, f"{name}-boss", address=door(owner))
        world.people_of[name] = acme
        world.companies[name] = await _company(acme, editor)
    for role in access.ROLES:
        await _appointed(talk, role, role)
    await _says(talk, "own-researcher", "help")
    async with talk.database.writing() as tx:
        here = await people.at_address(tx, "web", door("own-researcher"))
        assert here is not None
        await company_of(tx, here.id, "Initech")
        answers = {"1.1": Answer(chosen=("1.1b",))}
        await sent(tx, here.id, BENCHMARK, "2014", answers, at=1)
        me = await organisations.of_person(tx, here.id)
        assert me is not None
        found = await assessments.newest(tx, me.organisation, BENCHMARK)
        assert found is not None
        world.checked = found.id
        every = await rounds.every(tx)
        world.round = next(each.id for each in every if each.round.instrument == BENCHMARK)
    await _appointed(talk, "own-researcher", "researcher")
    return world


async def _company(acme: companies.Company, editor: str) -> Company:
    talk, name = acme.talk, acme.name
    canary = f"{name.lower()}-secret.com"
    await acme.owner.ticks("1.1", "1.1b")
    await acme.owner.asks("work", f"sites {canary}")
    await acme.invites(f"{name}-editor", door(editor), part="t:7")
    if name == "Acme":
        await acme.invites("Acme-viewer", door("acme-viewer"), role="viewer")
        gone = await acme.invites("Acme-gone", door("acme-removed"))
        left = await gone.member()
        assert left is not None
        await acme.owner.wants("work", f"removed.{left.id}")
    await acme.link_for(f"{name}-waiting")
    async with talk.database.reading() as tx:
        me = await people.at_address(tx, "web", door(editor))
        assert me is not None
        colleague = await organisations.of_person(tx, me.id)
        assert colleague is not None
        now = talk.house.universe.seconds()
        ((mark, _),) = await organisations.invited(tx, colleague.organisation, now)
        assert len((await tx.execute(select(member))).all()) > 1
    of = await acme.assessment()
    return Company(colleague.organisation, of.id, colleague.id, mark, canary)


async def _appointed(talk: Conversation, role: str, as_what: str) -> None:
    await _says(talk, role, "help")
    async with talk.database.writing() as tx:
        await appointments.appoint(tx, Settings(), "web", door(role), as_what, origin="code")


async def _says(talk: Conversation, role: str, name: str, argument: str = "") -> None:
    await talk.take([Incoming("web", door(role), Asked(Command(name, argument)))])


def site_mark(company: Company) -> str:
    """How buttons name the domain of a company."""
    return mark_of(company.canary)
