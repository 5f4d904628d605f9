"""A world to send reminders in: people in many time zones, a clock that jumps from one due moment
to the next, restarts in the middle of everything. What happens is recorded for ``oracle``.

    python -m tests.bot.fieldwork.simulated [SEED [PEOPLE]]
"""

from __future__ import annotations

import asyncio
import heapq
import random
import secrets
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot import shelf
from bot.channels import Ambiguous, RetryLater, Unreachable
from bot.pace import A_SECOND, AT_ONCE
from bot.universe import Universe
from storage import contacts, people, rounds, schema
from storage.database import Database
from tests.bot.fieldwork.crowd import BEGIN, ROUNDS, ZONES, Crowd, Plan, Somebody, contact
from tests.bot.fieldwork.history import History, Said
from tests.bot.fieldwork.oracle import violations
from tests.bot.fieldwork.product import Killed, Product, without_threads

if TYPE_CHECKING:
    from tests.bot.fieldwork.history import Part

BEAT = 30


def next_beat(at: datetime) -> datetime:
    seconds = at.timestamp()
    return datetime.fromtimestamp(-(-seconds // BEAT) * BEAT, UTC)


@dataclass
class World(Crowd):
    """Everything outside the product: people, the clock, chance, and the file of the database."""

    folder: Path
    seed: int
    size: int = 1000
    days: int = 60
    restarts: int = 30
    now: datetime = BEGIN
    history: History = field(default_factory=History)
    leaving: list[tuple[Part, int]] = field(default_factory=list)
    crash_in: int | None = None
    """After so many more messages everything stops, in the middle of the call."""
    dies_in: int | None = None
    """After so many more statements everything stops; 0 where it has."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.plans: list[Plan] = []
        self.file = self.folder / "simulated.sqlite3"
        self.url = f"sqlite+aiosqlite:///{self.file}?check_same_thread=false"
        self.stock = shelf.read()
        self.universe = Universe(now=lambda: self.now, random=self.chance.randbytes)
        self.until = BEGIN + timedelta(days=self.days)
        self.history.until = self.until
        self.people = [self._somebody(number) for number in range(self.size)]
        self.figures = {"messages": 0, "acts": 0, "beats": 0, "restarts": 0}

    def _somebody(self, number: int) -> Somebody:
        by_mail = self.chance.random() < 0.4
        zone = self.chance.choice(ZONES) if self.chance.random() < 0.85 else "Europe/Berlin"
        return Somebody(
            number,
            by_mail,
            None if self.chance.random() < 0.1 else zone,
            mailbox=f"p{number}@example.org" if by_mail else "",
            chat=not by_mail,
            no_such_box=self.chance.random() < 0.03,
        )

    # What the product is seen to do.

    def may_die(self, *_: object) -> None:
        """Called before every statement."""
        if self.dies_in:
            self.dies_in -= 1
        if self.dies_in == 0:
            raise Killed

    def slot(self, reference: str) -> tuple[Part, int]:
        said = "SELECT instrument, round, number FROM reminder WHERE id = ?"
        row = self.reader.execute(said, (reference,)).fetchone()
        return ((row[0], row[1]), row[2]) if row else (("", ""), -1)

    async def told(self, number: int, link: str) -> None:
        """A message arrives at somebody, or does not."""
        part, slot = self.leaving.pop()
        one = self.people[number]
        if one.no_such_box if link else one.blocked:
            self.fact(number, "bounced" if link else "refused", part if link else None)
            self.history.turned_away.append(Said(self.now, number, part, slot))
            raise Unreachable
        if self.dies_in == 0:
            raise Killed
        luck = self.chance.random()
        if luck < 0.004:
            raise RetryLater(self.chance.randrange(1, 90), everybody=luck < 0.001)
        stops = self.crash_in == 0
        if self.crash_in:
            self.crash_in -= 1
        arrives = self.chance.random() < 0.5 if stops or luck > 0.995 else True
        if arrives or luck > 0.995:  # what may have arrived counts as said
            self.history.said.append(Said(self.now, number, part, slot))
            self.figures["messages"] += 1
        if link and arrives:
            self._read_the_letter(one, part, link)
        if stops:
            self.dies_in = 0
            raise Killed
        if luck > 0.995:
            raise Ambiguous

    def _read_the_letter(self, one: Somebody, part: Part, link: str) -> None:
        if not one.chat and self.chance.random() < 0.2:
            after = timedelta(hours=self.chance.randrange(1, 200))
            self.plan(after, self.press_link, one, part, link)

    # How time passes.

    async def run(self) -> list[str]:
        """Live through all the days; what went against the rules."""
        schema.upgrade(self.url)
        self.rounds = dict(ROUNDS)
        with without_threads(), closing(sqlite3.connect(self.file)) as self.reader:
            await self._settle_in()
            await self._start()
            await self._days_pass()
            await self.product.keys.close()
            await self.product.database.close()
            return [*violations(self.history), *self._left_over()]

    async def _settle_in(self) -> None:
        database = await Database.open(self.url)
        await self.stock.keep(database)
        async with database.writing() as tx:
            for part, of in ROUNDS.items():
                await rounds.keep(tx, of)
                self.new_days(part, of)
            for one in self.people:
                id_, secret = self.universe.token(), self.universe.random(16)
                if one.by_mail:
                    await contacts.keep(tx, contact(one), new_id=id_, secret=secret)
                else:
                    door = "telegram", str(one.number)
                    await people.arrive(tx, *door, "en", new_id=id_, secret=secret)
                if one.zone:
                    await people.set_zone(tx, id_, one.zone)
                    self.history.zones[one.number] = [(BEGIN, one.zone)]
        await database.close()
        self.plan_the_fieldwork()
        self._plan_the_stops()

    def _plan_the_stops(self) -> None:
        self.stops = sorted(self._stop() for _ in range(self.restarts - 1))
        outage = (
            BEGIN + timedelta(days=self.chance.randrange(15, 35) * self.days / 60),
            timedelta(days=4, hours=3),
        )
        self.stops = sorted([*self.stops, outage])

    def _stop(self) -> tuple[datetime, timedelta]:
        """When everything stops, and for how long."""
        at = BEGIN + timedelta(seconds=self.chance.randrange(self.days * 86_400))
        away = 0 if self.chance.random() < 0.5 else self.chance.randrange(5 * 3600)
        return at, timedelta(seconds=away)

    async def _start(self) -> None:
        self.product = await Product.start(self)

    async def _days_pass(self) -> None:
        while True:
            due = self._next_due()
            act = self.plans[0].at if self.plans else self.until
            stop = self.stops[0][0] if self.stops else self.until
            first = min(due, act, stop)
            if max(self.now, first) >= self.until:
                break
            if stop == first and len(self.stops) % 2 and due < self.until:
                # Every other time while somebody is written to.
                self.now = max(self.now, due)
                await self._restart(self.now, self.stops.pop(0)[1])
            elif stop == first:
                await self._restart(*self.stops.pop(0))
            elif due == first:
                self.now = next_beat(max(self.now, due))
                await self._beat()
            else:
                self.now = max(self.now, act)
                await heapq.heappop(self.plans).act()
                self.figures["acts"] += 1
                self.now += timedelta(seconds=1)
        self.now = self.until
        await self._beat()

    def _next_due(self) -> datetime:
        (slot,) = self.reader.execute(
            "SELECT min(due_at) FROM reminder WHERE state IN ('waiting', 'asked')"
        ).fetchone()
        (row,) = self.reader.execute(
            "SELECT min(max(not_before, lease_until)) FROM outbox WHERE given_up IS NULL"
        ).fetchone()
        (gate,) = self.reader.execute("SELECT max(until) FROM gate").fetchone()
        row = row and max(row, gate or 0)
        due = min((each for each in (slot, row) if each is not None), default=None)
        return self.until if due is None else datetime.fromtimestamp(due, UTC)

    async def _beat(self) -> None:
        self.figures["beats"] += 1
        await self.product.alarm.ring()
        await self._speak()
        self.now += timedelta(seconds=1)

    async def _speak(self) -> None:
        """The sender speaks until nothing is due, at its pace."""
        while True:
            await self.product.sender.send_due()
            if self._rows_due() == 0:
                return
            self.now += timedelta(seconds=AT_ONCE / A_SECOND)

    def _rows_due(self) -> int:
        said = (
            "SELECT count(*) FROM outbox WHERE given_up IS NULL AND not_before <= ?"
            " AND channel NOT IN (SELECT channel FROM gate WHERE until > ?)"
        )
        now = int(self.now.timestamp())
        (count,) = self.reader.execute(said, (now, now)).fetchone()
        return int(count)

    async def _restart(self, at: datetime, away: timedelta) -> None:
        """Everything stops in the middle of what it does, and begins anew from the file."""
        self.now = max(self.now, at)
        self.figures["restarts"] += 1
        if self.chance.random() < 0.3:
            self.dies_in = self.chance.randrange(1, 200)
        else:
            self.crash_in = self.chance.randrange(1 + self.size // 25)
        with suppress(Killed):
            await self._beat()
        await self.product.kill()
        self._note_what_was_in_the_air()
        self.crash_in = self.dies_in = None
        self.leaving.clear()
        since = self.now
        self.now += away + timedelta(seconds=1)
        self.history.down.append((since, next_beat(self.now)))
        await self._start()
        self.now = next_beat(self.now)
        await self._beat()

    def _note_what_was_in_the_air(self) -> None:
        claimed = "SELECT channel, address, reference FROM outbox WHERE claim IS NOT NULL"
        for channel, address, reference in self.reader.execute(claimed).fetchall():
            digits = address if channel == "telegram" else address[1:].partition("@")[0]
            said = Said(self.now, int(digits), *self.slot(reference))
            self.history.in_the_air.append(said)

    def _left_over(self) -> list[str]:
        """Slots without a fate that do not lie in the future."""
        said = (
            "SELECT instrument, round, number, state, due_at FROM reminder WHERE "
            "(state IN ('waiting', 'asked') AND due_at <= ?) OR (state = 'queued' AND id NOT IN"
            " (SELECT reference FROM outbox WHERE kind = 'reminder' AND given_up IS NULL))"
        )
        now = int(self.now.timestamp())
        return [f"undecided: {row}" for row in self.reader.execute(said, (now,)).fetchall()]


def main(seed: int, size: int = 1000) -> int:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), seed, size)
        found = asyncio.run(world.run())
    said = ", ".join(f"{count} {name}" for name, count in world.figures.items())
    sys.stdout.write(f"seed {seed}, {size} people: {said}: {len(found)} violations\n")
    sys.stdout.writelines(f"  {line}\n" for line in found[:40])
    return bool(found)


if __name__ == "__main__":
    words = [int(each) for each in sys.argv[1:]]
    sys.exit(main(*(words or [secrets.randbelow(2**32)])))
