"""People of companies, each at a door of their own, and a researcher."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import presses
from bot.channels import Asked, Incoming, Outcome, Pressed, Said, Shown, Typed
from bot.fieldwork import appointments
from bot.settings import Settings
from flows.actions import Action, Command, Go, NoneOfThese, Tick
from flows.navigation import item_place
from flows.session import Place
from storage import assessments, organisations, people, sessions
from storage.contacts import Contact
from tests.bot.fieldwork.desks import words
from tests.invited import invited

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.assessments import Assessment
    from storage.organisations import Member
    from storage.sessions import Kept

BENCHMARK = "rscb-2014"
_LINK = re.compile(r"/i/([A-Za-z0-9_-]{43})")

__all__ = ["BENCHMARK", "Company", "Person", "founded", "researcher", "words"]


@dataclass
class Person:
    """Somebody at a door."""

    talk: Conversation
    address: str
    channel: str = "web"
    number: int = 0

    async def does(self, said: Said) -> Outcome:
        self.number += 1
        update = self.number if self.channel == "telegram" else None
        at = Incoming(self.channel, self.address, said, update and hash((self.address, update)))
        (outcome,) = await self.talk.take([replace(at, update_id=None)])
        return outcome

    async def asks(self, name: str, argument: str = "") -> Outcome:
        return await self.does(Asked(Command(name, argument)))

    async def wants(self, name: str, argument: str = "") -> Outcome:
        """A button of a page is pressed."""
        return await self.does(Pressed(presses.code_of(Command(name, argument)), ""))

    async def presses(self, action: Action, *, shown: Shown | None = None) -> Outcome:
        """A button of the live card is pressed, as it was seen last."""
        shown = shown or await self.sees()
        return await self.does(Pressed(presses.code_of(action), shown.stamp, at=shown.card.place))

    async def types(self, text: str, to: Command | None = None) -> Outcome:
        return await self.does(Typed(text, to=to))

    async def writes(self, text: str, *, shown: Shown | None = None) -> Outcome:
        """Words into the live card's place, as a form sends them."""
        shown = shown or await self.sees()
        return await self.does(Typed(text, whole=True, at=shown.card.place, stamp=shown.stamp))

    async def sees(self) -> Shown:
        return await self.talk.current(self.channel, self.address)

    async def looks(self, page: str) -> str:
        """Everything that a page says."""
        return words((await self.talk.page(self.channel, self.address, page)).card)

    async def goes(self, item: str) -> Shown:
        await self.presses(Go(item_place(item)))
        return await self.sees()

    async def ticks(self, item: str, row: str, *, shown: Shown | None = None) -> Outcome:
        if shown is None:
            shown = await self.goes(item)
        return await self.presses(Tick(item, row, on=True), shown=shown)

    async def links(self, item: str, row: str, link: str, period: str = "") -> None:
        """Give a link to a claim, and the period where it is asked for."""
        await self.presses(Go(Place("evidence", item, row)))
        await self.presses(Go(Place("evidence", item, f"{row}/link")))
        await self.writes(link)
        if period:
            await self.presses(Go(Place("evidence", item, f"{row}/period")))
            await self.writes(period)

    async def says(self, answers: dict[str, Answer]) -> None:
        """Ticks these answers, criterion by criterion."""
        for item, answer in answers.items():
            shown = await self.goes(item)
            for row in answer.chosen:
                await self.presses(Tick(item, row, on=True))
            if answer.none:
                await self.presses(NoneOfThese(item), shown=shown)

    async def kept(self) -> Kept | None:
        async with self.talk.database.reading() as tx:
            person = await people.at_address(tx, self.channel, self.address)
            return person and await sessions.load(tx, self.talk.house.keys, person.id, BENCHMARK)

    async def member(self) -> Member | None:
        async with self.talk.database.reading() as tx:
            person = await people.at_address(tx, self.channel, self.address)
            return person and await organisations.of_person(tx, person.id)


@dataclass
class Company:
    """A company that takes part, and its owner."""

    talk: Conversation
    name: str
    owner: Person

    @property
    def instrument(self) -> Instrument:
        return self.talk.house.shelf.instruments[BENCHMARK]

    async def invites(
        self, name: str, address: str, *, channel: str = "web", role: str = "editor", part: str = ""
    ) -> Person:
        """The owner makes a link for a colleague, who opens it at a door of theirs."""
        link = await self.link_for(name, role=role, part=part)
        new = Person(self.talk, address, channel)
        outcome = await new.asks("start", link)
        assert not outcome.refused, outcome.notices
        return new

    async def link_for(self, name: str, *, role: str = "editor", part: str = "") -> str:
        outcome = await self.owner.types(name, Command("work", f"invite.{role}"))
        (page,) = outcome.pages
        (found,) = {each for text in page.card.paragraphs for each in _LINK.findall(text)}
        if part:
            (giving,) = (
                each.action.argument
                for group in page.card.buttons
                for each in group
                if isinstance(each.action, Command) and each.action.argument.startswith("waiting.")
            )
            mark = giving.removeprefix("waiting.")
            given = await self.owner.wants("work", f"give.w{mark}.{part}")
            assert not given.refused, given.notices
        return found

    async def assessment(self) -> Assessment:
        me = await self.owner.member()
        assert me is not None
        async with self.talk.database.reading() as tx:
            found = await assessments.newest(tx, me.organisation, BENCHMARK)
        assert found is not None
        return found

    async def answered(self) -> dict[str, Answer]:
        """What is answered now."""
        kept = await self.owner.kept()
        assert kept is not None
        return dict(kept.session.answers)

    async def answers_everything(self, rows: dict[str, tuple[str, ...]] | None = None) -> None:
        """The owner answers every criterion: these rows, and of the others none."""
        for item in self.instrument.criteria:
            chosen = (rows or {}).get(item.id, ())
            shown = await self.owner.goes(item.id)
            for row in chosen:
                await self.owner.presses(Tick(item.id, row, on=True))
            if chosen:
                continue
            zero = next((row.id for row in item.rows if row.zero), None)
            action = NoneOfThese(item.id) if zero is None else Tick(item.id, zero, on=True)
            await self.owner.presses(action, shown=shown)

    async def sends(self) -> Outcome:
        """The owner looks at the checks, and sends all the same."""
        page = (await self.talk.page(self.owner.channel, self.owner.address, "work.checks")).card
        (send,) = (
            each.action.argument
            for group in page.buttons
            for each in group
            if isinstance(each.action, Command) and each.action.argument.startswith("send.")
        )
        return await self.owner.wants("work", send)


async def founded(
    talk: Conversation, name: str, owner: str, *, address: str = "", channel: str = "web"
) -> Company:
    """A company that is invited, and whose first link is opened."""
    of = Contact(owner, name, f"{owner.lower()}@{name.lower()}.example", "en", "", "")
    token = f"{name}-{owner}".encode()
    async with talk.database.writing() as tx:
        await invited(tx, of, BENCHMARK, _digest(token), expires_at=2**40)
    person = Person(talk, address or f"{name}-{owner}", channel)
    outcome = await person.asks("start", token.decode())
    assert not outcome.refused, outcome.notices
    return Company(talk, name, person)


def _digest(token: bytes) -> bytes:
    from bot import tokens  # noqa: PLC0415

    return tokens.digest(token.decode())


async def researcher(talk: Conversation, address: str = "99") -> Person:
    """Somebody who decides about claims, in Telegram."""
    who = Person(talk, address, "telegram")
    await who.asks("start")
    async with talk.database.writing() as tx:
        await appointments.appoint(tx, Settings(), "telegram", address, "researcher", origin="code")
    return who
