"""Somebody to remind: chats, a letter box, and the product between them, beat by beat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.channels import Asked, Incoming, Unreachable
from bot.fieldwork import inviting, reminders
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.pace import Pace
from bot.sender import Sender
from flows.actions import Command
from storage import outbox, participation, people, rounds, sessions
from storage.tables import reminder
from tests.flows.playing import ASI_ID, RSCB_ID
from tests.invited import someone

if TYPE_CHECKING:
    from bot.channels import Channel
    from bot.channels.mail import Letter
    from bot.conversation import Conversation
    from flows.rounds import Round
    from tests.bot.conftest import Clock
    from tests.bot_api import BotApi
    from tests.people import Person

SURVEY, BENCHMARK = (rounds.always(each) for each in (ASI_ID, RSCB_ID))


@dataclass
class Office:
    """Everything between a slot and the one it is of."""

    talk: Conversation
    clock: Clock
    api: BotApi
    letters: list[tuple[str, Letter]] = field(default_factory=list)
    no_such_box: set[str] = field(default_factory=set)
    sender: Sender = field(init=False)
    alarm: Alarm = field(init=False)

    def opens(self, channel: Channel) -> None:
        """A sender as after a start: it remembers nothing."""
        channels = {channel.name: channel}
        post = Post(self.talk.house, self.talk.database, channels, self)
        told = self.talk.database, self.talk, channels, self.talk.house.universe
        self.sender = Sender(*told, post, Pace(self.seconds))
        self.alarm = Alarm(self.talk.house, self.talk.database, self.sender)

    def seconds(self) -> float:
        return self.clock.at.timestamp()

    async def post(self, address: str, letter: Letter) -> None:
        if address in self.no_such_box:
            raise Unreachable
        self.letters.append((address, letter))

    async def beats(self) -> None:
        """What is due is decided and sent."""
        await self.alarm.ring()
        for _ in range(3):
            await self.sender.send_due()
            self.clock.passes(seconds=1)

    async def at(self, day: int, hour: int = 9, minute: int = 0) -> None:
        """A beat on a day of November 2026, by Greenwich."""
        self.clock.at = self.clock.at.replace(day=day, hour=hour, minute=minute, second=0)
        await self.beats()

    async def decides(self, day: int) -> None:
        """The same, and nothing is sent."""
        self.clock.at = self.clock.at.replace(day=day)
        await self.alarm.ring()

    async def invites(self, number: int, of: Round = SURVEY) -> tuple[str, Person]:
        """Somebody who is reached in a chat; their id, and their client."""
        universe, door = self.talk.house.universe, str(number)
        async with self.talk.database.writing() as tx:
            person = await people.arrive(
                tx, "telegram", door, "en", new_id=universe.token(), secret=b"s"
            )
            await participation.invite(tx, person.id, of.instrument, of.name)
            await reminders.plan(self.talk.house, tx, person, of)
        client = self.api.person(number)
        client.chat.begun = True
        return person.id, client

    async def writes_to(self, mailbox: str, of: Round = SURVEY) -> None:
        """Somebody who is reached by mail."""
        async with self.talk.database.writing() as tx:
            await inviting.invite(self.talk.house, tx, [someone(mailbox)], of, letters=True)

    async def hears(self, number: int, name: str, argument: str = "") -> None:
        said = Asked(Command(name, argument))
        await self.talk.take([Incoming("telegram", str(number), said)])

    async def answers(self, who: str) -> None:
        """A change of the draft, whatever it is."""
        async with self.talk.database.writing() as tx:
            kept = await sessions.load(tx, self.talk.house.keys, who, ASI_ID)
            assert kept is not None
            now = self.talk.house.universe.seconds()
            keys = self.talk.house.keys
            await sessions.save(tx, keys, who, kept.session, kept, now=now)

    async def finishes(self, who: str) -> None:
        async with self.talk.database.writing() as tx:
            await participation.begin(tx, who, ASI_ID, SURVEY.name)
            assert await participation.finish(tx, who, ASI_ID, SURVEY.name)

    async def fates(self, of: Round = SURVEY) -> dict[int, str]:
        """What became of a round's slots; of one person there is one of each number."""
        query = select(reminder.c.number, reminder.c.state).where(
            reminder.c.instrument == of.instrument, reminder.c.round == of.name
        )
        async with self.talk.database.reading() as tx:
            return {number: fate for number, fate in await tx.execute(query)}  # noqa: C416 - rows

    async def waiting(self) -> int:
        async with self.talk.database.reading() as tx:
            return await outbox.unasked(tx, self.talk.house.universe.seconds())


def reminded(person: Person) -> int:
    """How many reminders stand in a chat."""
    return sum(each.startswith("A reminder") for each in person.messages)
