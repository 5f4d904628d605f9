"""What nobody waits for goes out evenly, behind what somebody does, and never too fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.channels import RetryLater
from bot.pace import A_SECOND, AT_ONCE, IN_ONE_CHAT, Pace
from bot.sender import Sender
from storage import outbox
from storage.outbox import INTERACTIVE, REMINDERS
from tests.bot_api_rules import Limits, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.channels import LiveCard, Shown
    from bot.conversation import Conversation
    from storage.outbox import Due
    from tests.bot.conftest import Clock


@dataclass
class Hand:
    """A clock whose hand is moved."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


STEPS = some.lists(some.tuples(some.sampled_from([0.001, 0.01, 0.04, 0.3, 2.0]), some.booleans()))


@given(STEPS)
def test_never_more_than_may_be_said_in_any_second(steps) -> None:
    """Unasked calls are launched as there is room and made some steps later; answers go out at
    once, and what is unasked keeps to what they leave.
    """
    hand = Hand()
    pace = Pace(hand)
    made: list[float] = []
    launched = 0
    for seconds, answers in steps * 4:
        hand.at += seconds
        for _ in range(launched):
            pace.give_back()
            pace.note("telegram", f"{len(made)}")
            made.append(hand.at)
        launched = pace.room()
        pace.promise(launched)
        if answers and pace._promised + len(pace._calls) < A_SECOND:
            pace.note("telegram", "who answers")
            made.append(hand.at)

    assert all(sum(at <= each < at + 1 for each in made) <= A_SECOND for at in made)


def test_what_is_unasked_goes_out_evenly() -> None:
    hand = Hand()
    pace = Pace(hand)
    launched: list[float] = []
    while len(launched) < 100:
        room = pace.room()
        assert room <= AT_ONCE
        pace.promise(room)
        for _ in range(room):
            pace.give_back()
            pace.note("telegram", str(len(launched)))
            launched.append(hand.at)
        hand.at += max(0.001, pace.wait())

    assert launched[-1] - launched[0] == pytest.approx(99 / A_SECOND, abs=0.3)
    assert max(after - before for before, after in pairwise(launched)) < 0.2


def test_answers_take_the_room() -> None:
    hand = Hand()
    pace = Pace(hand)
    for _ in range(A_SECOND):
        pace.note("telegram", "1")

    assert pace.room() == 0
    assert pace.wait() == pytest.approx(1)
    hand.at += pace.wait()
    assert pace.room() > 0


def test_what_is_launched_and_not_yet_said_counts() -> None:
    hand = Hand()
    pace = Pace(hand)
    for _ in range(200):  # calls that hang: nothing is noted
        pace.promise(pace.room())
        hand.at += 0.04

    assert pace._promised == A_SECOND
    pace.give_back()
    assert pace.room() == 1


def test_a_chat_is_left_alone_for_a_second() -> None:
    hand = Hand()
    pace = Pace(hand)
    pace.note("telegram", "1")
    hand.at += 0.25

    assert pace.patience("telegram", "1") == pytest.approx(IN_ONE_CHAT - 0.25)
    assert pace.patience("telegram", "2") == 0
    hand.at += 0.75
    assert pace.patience("telegram", "1") == 0


def test_the_stand_in_refuses_who_is_too_fast() -> None:
    hand = Hand()
    limits = Limits(clock=hand)
    for chat in range(30):
        limits.count(chat)
    with pytest.raises(Refusal) as refused:
        limits.count(99)
    assert refused.value.parameters == {"retry_after": 1}

    hand.at += 1
    for _ in range(3):
        limits.count(70)
    with pytest.raises(Refusal):
        limits.count(70)


# With the sender.


@dataclass
class Channel:
    """What was said, in order; what is to be refused first."""

    name: str = "telegram"
    said: list[str] = field(default_factory=list)
    refusals: list[RetryLater] = field(default_factory=list)

    async def say(self, address: str, _: Shown | None = None, _on: int | None = None) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.said.append(address)

    async def show(self, address: str, shown: Shown, _: LiveCard | None) -> None:
        await self.say(address, shown)


@dataclass
class Reminding:
    """Whatever is unasked is said at once."""

    channel: Channel

    async def prepare(self, due: Due) -> Callable[[], Awaitable[None]]:
        return lambda: self.channel.say(due.address)

    async def settle(self, *_: object) -> None:
        pass


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def begin(talk: Conversation, clock: Clock, channel: Channel) -> Callable[[], Sender]:
    """A sender as after a start: it remembers nothing."""
    told = talk.database, talk, {channel.name: channel}, talk.house.universe

    def begun() -> Sender:
        pace = Pace(clock=lambda: clock.at.timestamp())  # noqa: PLW0108 - the hand moves on
        return Sender(*told, Reminding(channel), pace)

    return begun


async def put(talk: Conversation, *addresses: str, kind: str = "reminder") -> None:
    lane = REMINDERS if kind == "reminder" else INTERACTIVE
    reference = "slot" if kind == "reminder" else "help:en"
    async with talk.database.writing() as tx:
        for each in addresses:
            await outbox.put(tx, "telegram", each, kind, reference, lane=lane, now=0)


async def test_what_somebody_waits_for_goes_first(
    talk: Conversation, begin: Callable[[], Sender], channel: Channel
) -> None:
    await put(talk, *(f"unasked {each}" for each in range(A_SECOND)))
    await put(talk, *(f"asked {each}" for each in range(A_SECOND)), kind="page")
    await begin().send_due()

    asked = [each for each in channel.said if each.startswith("asked")]
    assert len(asked) == A_SECOND
    assert len(channel.said) - len(asked) <= AT_ONCE


async def test_what_was_held_back_goes_out_when_there_is_room(
    talk: Conversation, begin: Callable[[], Sender], channel: Channel, clock: Clock
) -> None:
    everybody = [str(each) for each in range(2 * A_SECOND)]
    await put(talk, *everybody)
    sender = begin()
    await sender.send_due()
    assert len(channel.said) == AT_ONCE
    assert 0 < sender._pause(0) <= 1

    looks = 0
    while len(channel.said) < len(everybody):
        clock.passes(seconds=AT_ONCE / A_SECOND)
        await sender.send_due()
        looks += 1
    assert sorted(channel.said) == sorted(everybody)
    assert looks <= len(everybody) / AT_ONCE + 2


async def test_a_limit_for_everybody_is_obeyed_by_whoever_comes_after(
    talk: Conversation, begin: Callable[[], Sender], channel: Channel, clock: Clock
) -> None:
    await put(talk, "1")
    channel.refusals.append(RetryLater(60, everybody=True))
    await begin().send_due()
    await put(talk, "2", kind="page")

    clock.passes(seconds=59)
    await begin().send_due()
    assert channel.said == []
    clock.passes(seconds=1)
    await begin().send_due()

    assert sorted(channel.said) == ["1", "2"]


async def test_a_limit_for_one_chat_holds_up_no_other(
    talk: Conversation, begin: Callable[[], Sender], channel: Channel, clock: Clock
) -> None:
    channel.refusals.append(RetryLater(60))
    await put(talk, "1", "2")
    await begin().send_due()
    assert len(channel.said) == 1

    clock.passes(seconds=61)
    await begin().send_due()
    assert sorted(channel.said) == ["1", "2"]


async def test_a_reminder_in_the_air_holds_up_no_answer_in_its_chat(
    talk: Conversation, begin: Callable[[], Sender], channel: Channel
) -> None:
    await put(talk, "1")
    async with talk.database.writing() as tx:  # somebody else has it in hand
        claimed = await outbox.claim(tx, now=1, claim="slow", lease=600, limit=1, unasked=True)
    assert [each.address for each in claimed] == ["1"]
    await put(talk, "1", kind="page")
    await begin().send_due()

    assert channel.said == ["1"]
