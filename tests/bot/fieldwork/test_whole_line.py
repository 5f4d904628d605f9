"""From a contact to an answer, by mail and in a chat: invited, reminded, stopped, out of reach."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from bot.channels import Ambiguous, RetryLater, Unreachable
from bot.channels.mail import MailChannel
from bot.fieldwork import inviting
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.pace import Pace
from bot.sender import Sender
from bot.settings import Mail
from storage import outbox, participation, people, reminders, rounds
from tests.bot.fieldwork.desks import SURVEY, AtDesk
from tests.invited import someone


class Chat:
    """Remembers what is said there; or fails as it is told."""

    name = "telegram"

    def __init__(self) -> None:
        self.said = []
        self.fails = None

    async def say(self, address, shown, _on=None):
        if self.fails is not None:
            raise self.fails
        self.said.append((address, shown.card.name))

    async def show(self, address, shown, _):
        self.said.append((address, shown.card.name))

    async def send_file(self, address, file): ...

    async def retire(self, address, live): ...


class World:
    def __init__(self, talk, folder):
        self.talk, self.folder, self.chat = talk, folder, Chat()
        self.starts()

    def starts(self):
        """Everything anew on the same database, as after a restart."""
        mail = MailChannel(Mail(folder=str(self.folder), sender="Assay <assay@x.org>"))
        channels = {"telegram": self.chat}
        post = Post(self.talk.house, self.talk.database, channels, mail)
        universe = self.talk.house.universe
        pace = Pace(clock=lambda: universe.now().timestamp())
        self.sender = Sender(self.talk.database, self.talk, channels, universe, post, pace)
        self.alarm = Alarm(self.talk.house, self.talk.database, self.sender)

    async def beats(self):
        await self.alarm.ring()
        await self.sender.send_due()

    def letters(self):
        found = [
            message_from_bytes(each.read_bytes(), policy=policy.default)
            for each in sorted(self.folder.glob("*.eml"))
        ]
        return [(each["To"], each["Subject"]) for each in found]

    def token(self, nth=-1):
        paths = sorted(self.folder.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns)
        letter = message_from_bytes(paths[nth].read_bytes(), policy=policy.default)
        text = letter.get_body(("plain",)).get_content()
        return re.search(r"/i/([\w-]+)", text)[1]

    async def fates(self):
        async with self.talk.database.reading() as tx:
            return dict(await reminders.tally(tx, SURVEY, "open"))


@pytest.fixture
async def world(fieldwork, tmp_path):
    async with fieldwork.database.writing() as tx:
        of = await rounds.get(tx, SURVEY, "open")
        await inviting.invite(fieldwork.house, tx, [someone("mei@x.org", "zh")], of, letters=True)
    return World(fieldwork, tmp_path)


async def opens(world, clock, address="7"):
    mei = AtDesk(world.talk, address)
    assert not (await mei.asks("start", world.token())).refused
    await world.sender.send_due()
    world.chat.said.clear()
    clock.passes(seconds=2)
    return mei


async def test_an_invitation_goes_out_once_in_the_language_of_its_contact(world, clock):
    for _ in range(4):
        await world.beats()
        world.starts()
        clock.passes(minutes=30)

    assert world.letters() == [("mei@x.org", "邀请您参加：2021 年 ASI 认证调查")]


async def test_who_opened_their_letter_is_reminded_in_the_chat(world, clock):
    await world.beats()
    await opens(world, clock)

    clock.passes(days=2)
    await world.beats()
    await world.beats()

    assert world.chat.said == [("7", "reminder")]
    assert len(world.letters()) == 1


async def test_who_never_came_is_reminded_by_mail_with_a_link_that_opens(world, clock):
    await world.beats()
    clock.passes(days=2)
    await world.beats()

    assert len(world.letters()) == 2
    assert not (await AtDesk(world.talk, "7").asks("start", world.token(0))).refused


async def test_who_is_active_is_left_alone(world, clock):
    await world.beats()
    mei = await opens(world, clock)
    clock.passes(days=1)
    async with world.talk.database.writing() as tx:
        person = await people.at_address(tx, "telegram", "7")
    await mei.asks("pause")
    await world.sender.send_due()
    world.chat.said.clear()

    clock.passes(days=1)
    await world.beats()
    assert world.chat.said == []
    clock.passes(days=1)
    await world.beats()
    assert world.chat.said == [("7", "reminder")]
    assert person is not None


@pytest.mark.parametrize("command", [("reminders", "off"), ("decline", SURVEY)])
async def test_who_wants_none_gets_none(world, clock, command):
    await world.beats()
    mei = await opens(world, clock)
    await mei.asks(*command)
    await world.sender.send_due()
    world.chat.said.clear()

    for _ in range(20):
        clock.passes(days=1)
        await world.beats()

    assert world.chat.said == []
    assert len(world.letters()) == 1


async def test_nobody_gets_more_than_three(world, clock):
    await world.beats()
    await opens(world, clock)

    for _ in range(60):
        clock.passes(days=1)
        await world.beats()

    assert world.chat.said == [("7", "reminder")] * 3


async def test_after_a_month_down_there_is_one(world, clock):
    await world.beats()
    await opens(world, clock)
    clock.passes(days=30)

    for _ in range(3):
        world.starts()
        await world.beats()

    assert world.chat.said == [("7", "reminder")]


async def test_a_call_that_may_have_arrived_is_not_made_again(world, clock):
    await world.beats()
    await opens(world, clock)
    clock.passes(days=2)
    world.chat.fails = Ambiguous("reset")
    await world.beats()
    world.chat.fails = None

    world.starts()
    await world.beats()

    assert world.chat.said == []
    assert (await world.fates())["unknown"] == 1


async def test_what_was_in_the_air_when_everything_stopped_is_not_said_again(world, clock):
    await world.beats()
    await opens(world, clock)
    clock.passes(days=2)
    await world.alarm.ring()
    now = world.talk.house.universe.seconds()
    async with world.talk.database.writing() as tx:
        (due,) = await outbox.claim(tx, now=now, claim="x", lease=60, limit=5, unasked=True)
        assert await outbox.calling(tx, due.id, "x", now + 60)

    world.starts()
    await world.sender.account_for_abandoned(whoever=True)
    await world.beats()

    assert due.kind == "reminder"
    assert world.chat.said == []
    assert (await world.fates())["unknown"] == 1


async def test_what_was_never_said_is_said_later(world, clock):
    await world.beats()
    await opens(world, clock)
    clock.passes(days=2)
    world.chat.fails = RetryLater(5, everybody=True)
    await world.beats()
    world.chat.fails = None
    clock.passes(seconds=6)

    world.starts()
    await world.beats()

    assert world.chat.said == [("7", "reminder")]


async def test_whoever_shut_the_door_is_out_of_reach_until_they_are_back(world, clock):
    await world.beats()
    mei = await opens(world, clock)
    clock.passes(days=2)
    world.chat.fails = Unreachable()
    await world.beats()
    world.chat.fails = None
    async with world.talk.database.reading() as tx:
        person = await people.at_address(tx, "telegram", "7")
        assert await participation.state(tx, person.id, SURVEY, "open") == "unreachable"

    await mei.asks("take", SURVEY)

    async with world.talk.database.reading() as tx:
        assert await participation.state(tx, person.id, SURVEY, "open") == "opened"


async def test_a_reminder_that_waits_holds_up_no_answer(world, clock):
    await world.beats()
    mei = await opens(world, clock)
    clock.passes(days=2)
    await world.alarm.ring()
    clock.passes(hours=10)  # now it is night: the reminder waits for the morning

    await mei.asks("take", SURVEY)
    await world.sender.send_due()

    assert world.chat.said == [("7", "introduction")]


async def test_who_finishes_while_it_waits_gets_nothing(world, clock):
    await world.beats()
    await opens(world, clock)
    clock.passes(days=2)
    await world.alarm.ring()
    async with world.talk.database.writing() as tx:
        person = await people.at_address(tx, "telegram", "7")
        await participation.begin(tx, person.id, SURVEY, "open")
        await participation.finish(tx, person.id, SURVEY, "open")

    await world.sender.send_due()

    assert world.chat.said == []
    assert await world.fates() == {}
