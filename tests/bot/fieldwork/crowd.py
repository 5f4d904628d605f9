"""What people and administrators do in the simulation, at random, straight into the tables or as
they would in a chat; each deed is noted for ``oracle``.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.channels import Asked, Incoming, Unreadable
from bot.fieldwork import fielding, inviting, reminders
from bot.house import zone_of
from flows.actions import Command
from flows.engine import begin
from flows.rounds import Round
from storage import participation, people, sessions
from storage.contacts import Contact
from tests.bot.fieldwork.history import Days, Fact, History, Part, What
from tests.flows.playing import ASI_ID, RSCB_ID

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from bot.universe import Universe
    from storage.database import Tx
    from tests.bot.fieldwork.simulated import Product

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = (
    "America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Santiago", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata", "UTC",
    "America/St_Johns", "Pacific/Chatham", "Asia/Shanghai", "Asia/Tokyo", "Africa/Cairo",
    "America/Los_Angeles", "America/Sao_Paulo", "Europe/London", "Asia/Tehran", "Asia/Dubai",
    "Australia/Adelaide", "Pacific/Marquesas", "Africa/Johannesburg", "Pacific/Auckland",
)  # fmt: skip
"""Both changes of the clock lie in March and April: forward in the north, back in the south."""
SPRING, SECOND, ALWAYS = (ASI_ID, "spring"), (RSCB_ID, "second"), (ASI_ID, "open")
ROUNDS = {
    SPRING: Round(ASI_ID, "spring", date(2026, 3, 4), date(2026, 4, 9), ZoneInfo("Europe/Berlin")),
    SECOND: Round(RSCB_ID, "second", date(2026, 3, 14), date(2026, 4, 3), UTC),
    ALWAYS: Round(ASI_ID, "open", date(1970, 1, 1), None, UTC),
}


@dataclass
class Somebody:
    number: int
    by_mail: bool
    zone: str | None
    mailbox: str = ""
    chat: bool = False
    blocked: bool = False
    no_such_box: bool = False


@dataclass(order=True)
class Plan:
    at: datetime
    order: int
    act: Callable[[], Awaitable[None]] = field(compare=False)


def contact(one: Somebody) -> Contact:
    return Contact(f"P{one.number}", "ACME", one.mailbox, "en", "", "")


class Crowd:
    """People, and what they will do; whoever lets time pass calls their plans."""

    now: datetime
    chance: random.Random
    history: History
    universe: Universe
    product: Product
    people: list[Somebody]
    plans: list[Plan]
    rounds: dict[Part, Round]
    days: int

    def fact(self, number: int, what: What, part: Part | None = None) -> None:
        self.history.facts.append(Fact(self.now, number, what, part))

    # What people do.

    def plan(self, after: timedelta, act: Callable[..., Awaitable[None]], *about: object) -> None:
        at = self.now + after
        at = at.replace(minute=7, second=0, microsecond=0) + timedelta(hours=1)
        heapq.heappush(self.plans, Plan(at, len(self.plans), lambda: act(*about)))

    async def who(self, tx: Tx, one: Somebody) -> people.Participant:
        door = ("telegram", str(one.number)) if one.chat else (people.MAIL, one.mailbox)
        found = await people.at_address(tx, *door)
        assert found is not None
        return found

    async def says(self, one: Somebody, name: str, argument: str = "") -> None:
        incoming = Incoming("telegram", str(one.number), Asked(Command(name, argument)))
        await self.product.talk.take([incoming])

    async def press_link(self, one: Somebody, part: Part, link: str) -> None:
        if one.blocked or one.chat:
            return
        if self.rounds[part].phase(self.now) == "closed":
            return  # the link is dead: whoever presses it is a stranger who is told so
        one.chat = True
        await self.says(one, "start", link)
        async with self.product.database.reading() as tx:
            person = await self.who(tx, one)
            state = await participation.state(tx, person.id, *part)
            draft = await sessions.load(tx, self.product.house.keys, person.id, part[0])
        if state == "opened":  # somebody in two rounds of a survey goes on in the newer one
            self.fact(one.number, "taken up", part)
        if draft is not None and draft.begun_at == self.universe.seconds():
            self.fact(one.number, "sign", (part[0], draft.round))

    async def open(self, one: Somebody, part: Part) -> None:
        if one.blocked or not self.rounds[part].takes_answers(self.now):
            return
        async with self.product.database.writing() as tx:
            person = await self.who(tx, one)
            if await participation.state(tx, person.id, *part) == "finished":
                return
            await participation.open_(tx, person.id, *part)
            await reminders.plan(self.product.house, tx, person, self.rounds[part])
            if await sessions.load(tx, self.product.house.keys, person.id, part[0]) is None:
                draft = begin(self.product.house.shelf.instruments[part[0]])
                now = self.universe.seconds()
                day = self.day(person.zone, part)
                keys = self.product.house.keys
                await sessions.save(
                    tx, keys, person.id, draft, None, now=now, day=day, round_name=part[1]
                )
                self.fact(one.number, "sign", part)
        self.fact(one.number, "taken up", part)

    async def answer(self, one: Somebody, part: Part) -> None:
        if one.blocked or not self.rounds[part].takes_answers(self.now):
            return
        async with self.product.database.writing() as tx:
            person = await self.who(tx, one)
            kept = await sessions.load(tx, self.product.house.keys, person.id, part[0])
            if kept is None:
                return
            now = self.universe.seconds()
            await participation.begin(tx, person.id, *part)
            day = self.day(person.zone, part)
            keys = self.product.house.keys
            await sessions.save(tx, keys, person.id, kept.session, kept, now=now, day=day)
            state = await participation.state(tx, person.id, *part)
        self.fact(one.number, "sign", part)
        if state == "begun":
            self.fact(one.number, "taken up", part)

    def day(self, zone: str | None, part: Part) -> int:
        """The day it is where somebody is, or else their round, counted from 1970."""
        local = self.now.astimezone(zone_of(zone, self.rounds[part].zone))
        return (local.date() - date(1970, 1, 1)).days

    async def finish(self, one: Somebody, part: Part) -> None:
        if one.blocked or not self.rounds[part].takes_answers(self.now):
            return
        async with self.product.database.writing() as tx:
            person = await self.who(tx, one)
            await participation.begin(tx, person.id, *part)
            if await participation.finish(tx, person.id, *part):
                await sessions.remove(tx, person.id, part[0])
                self.fact(one.number, "finished", part)

    async def decline(self, one: Somebody, part: Part) -> None:
        async with self.product.database.writing() as tx:
            person = await self.who(tx, one)
            if await participation.move(tx, person.id, *part, "declined"):
                self.fact(one.number, "declined", part)

    async def wish(self, one: Somebody, wanted: str) -> None:
        if one.chat:
            await self.says(one, "reminders", wanted)
        else:
            async with self.product.database.writing() as tx:
                person = await self.who(tx, one)
                await people.set_reminders(tx, person.id, wanted=wanted == "on")
        self.fact(one.number, "wanted" if wanted == "on" else "stopped")

    async def block(self, one: Somebody, *, silently: bool) -> None:
        if not one.chat:
            return
        one.blocked = True
        if not silently:
            await self.membership(one, "blocked")

    async def unblock(self, one: Somebody) -> None:
        if one.blocked:
            one.blocked = False
            await self.membership(one, "returned")

    async def membership(self, one: Somebody, what: What) -> None:
        incoming = Incoming("telegram", str(one.number), Unreadable(what))
        await self.product.talk.take([incoming])
        self.fact(one.number, what)

    async def travel(self, one: Somebody, zone: str) -> None:
        async with self.product.database.writing() as tx:
            await people.set_zone(tx, (await self.who(tx, one)).id, zone)
        self.history.zones.setdefault(one.number, []).append((self.now, zone))

    # What administrators do.

    async def invite(self, part: Part, those: list[Somebody]) -> None:
        of, house = self.rounds[part], self.product.house
        listed = [contact(one) for one in those if one.by_mail]
        async with self.product.database.writing() as tx:
            await inviting.invite(house, tx, listed, of, letters=True)
            for one in those:
                if not one.by_mail:
                    person = await self.who(tx, one)
                    await participation.invite(tx, person.id, *part)
                    await reminders.plan(house, tx, person, of)
        known = {each.person for each in self.history.facts if each.part == part}
        for one in those:
            if one.number not in known:
                self.fact(one.number, "invited", part)
                if one.by_mail:
                    self.fact(one.number, "written to", part)
                self._live(one, part)

    async def hasten(self, part: Part) -> None:
        async with self.product.database.writing() as tx:
            await fielding.remind(self.product.house, tx, self.rounds[part])
        self.history.hastened.append((self.now, part))

    async def close(self, part: Part) -> None:
        async with self.product.database.writing() as tx:
            of = await fielding.close(self.product.house, tx, self.rounds[part])
        self.new_days(part, of)

    async def extend(self, part: Part, closes: date) -> None:
        async with self.product.database.writing() as tx:
            of = await fielding.extend(self.product.house, tx, self.rounds[part], closes)
        self.new_days(part, of)

    def new_days(self, part: Part, of: Round) -> None:
        self.rounds[part] = of
        days = Days(self.now, of.opens, of.closes, str(of.zone))
        self.history.rounds.setdefault(part, []).append(days)

    def _live(self, one: Somebody, part: Part) -> None:
        """What somebody will do who was invited to a round."""
        draw, hours = self.chance.random, self.chance.randrange
        at = timedelta(hours=hours(1, 30 * 24))
        if draw() < 0.55:
            self.plan(at, self.open, one, part)
            for _ in range(hours(0, 4)):
                at += timedelta(hours=hours(1, 9 * 24))
                self.plan(at, self.answer, one, part)
            if draw() < 0.5:
                self.plan(at + timedelta(hours=hours(1, 99)), self.finish, one, part)
        for often, act, *about in (
            (0.06, self.wish, "off"),
            (0.03, self.wish, "on"),
            (0.06, self.decline, part),
            (0.04, self.open, part),
            (0.08, self.travel, self.chance.choice(ZONES)),
        ):
            if draw() < often:
                self.plan(timedelta(hours=hours(1, 40 * 24)), act, one, *about)
        if draw() < 0.08:
            away = timedelta(hours=hours(1, 30 * 24))
            silently = draw() < 0.5
            self.plan(away, lambda: self.block(one, silently=silently))
            if draw() < 0.6:
                self.plan(away + timedelta(hours=hours(1, 15 * 24)), self.unblock, one)

    def plan_the_fieldwork(self) -> None:
        def day(number: float) -> timedelta:
            return timedelta(days=number * self.days / 60)

        draw = self.chance.random
        self.plan(day(1.3), self.invite, SPRING, [p for p in self.people if draw() < 0.6])
        self.plan(day(9.7), self.invite, SECOND, [p for p in self.people if draw() < 0.4])
        for number in range(12):
            those = [p for p in self.people if draw() < 0.03]
            self.plan(day(5 + 4 * number), self.invite, ALWAYS, those)
        self.plan(day(16.7), self.hasten, SPRING)
        self.plan(day(20.65), self.hasten, SECOND)
        self.plan(day(24), self.close, SECOND)
        self.plan(day(26.2), self.extend, SECOND, (BEGIN + day(50)).date())
        self.plan(day(33), self.extend, SPRING, (BEGIN + day(44)).date())
        self.plan(day(47), self.hasten, ALWAYS)
