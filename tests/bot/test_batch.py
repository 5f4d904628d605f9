"""What is taken together comes out as if each had been taken alone, in a few statements."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot import presses
from bot.channels import Asked, Incoming, LiveCard, Pressed, Typed
from bot.channels.telegram_intake import Answer, Webhook
from bot.channels.telegram_updates import Intake
from bot.sender import Sender
from flows.actions import Choose, Command, Go, Tick
from flows.session import Place
from storage import in_hand, outbox, people
from tests.bot.test_conversation import BENCHMARK, SURVEY, Somebody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.channels import Shown
    from bot.conversation import Conversation
    from tests.bot.conftest import Clock

Q1 = Place("item", "q1")


class Chat:
    """Telegram, which remembers what it was shown."""

    name = "telegram"

    def __init__(self) -> None:
        self.shown: list[tuple[str, Shown, LiveCard | None]] = []
        self.retired: list[LiveCard] = []
        self.open = asyncio.Event()
        self.open.set()

    async def show(self, address: str, shown: Shown, live: LiveCard | None) -> LiveCard:
        await self.open.wait()
        self.shown.append((address, shown, live))
        return live or LiveCard(100 + len(self.shown), 20_000)

    async def retire(self, _: str, live: LiveCard) -> None:
        self.retired.append(live)


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
async def sender(talk: Conversation, chat: Chat) -> AsyncIterator[Sender]:
    """A sender that says cards right after the commit that put them."""
    talk.told = frozenset({"telegram"})
    sender = Sender(talk.database, talk, {"telegram": chat}, talk.house.universe)  # type: ignore[dict-item]
    talk.speaker, sender._running = sender, True
    yield sender
    await sender.send_due()


async def at_question_one(talk: Conversation, address: str, channel: str = "web") -> Somebody:
    somebody = Somebody(talk, address, channel)
    await somebody.asks("take", SURVEY)
    await somebody.does(Pressed(presses.code_of(Go(Q1)), (await somebody.sees()).stamp))
    return somebody


async def pressing(somebody: Somebody, *actions: Tick | Go | Choose) -> list[Incoming]:
    stamp = (await somebody.sees()).stamp
    codes = map(presses.code_of, actions)
    door = somebody.channel, somebody.address
    return [Incoming(*door, Pressed(code, stamp, on=100)) for code in codes]


@contextmanager
def statements() -> Iterator[list[str]]:
    said: list[str] = []

    def hear(*args: Any) -> None:
        said.append(args[2])

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def test_many_who_answer_take_as_many_statements_as_few(talk: Conversation) -> None:
    crowd = [await at_question_one(talk, f"{number}") for number in range(24)]
    tick = Tick("q1", "q1b", on=True)
    few = [each for one in crowd[:4] for each in await pressing(one, tick)]
    many = [each for one in crowd[4:] for each in await pressing(one, tick)]
    for each in (few, many):  # the first answer of each round is more than a draft
        await talk.take(each)
    counts = []
    for batch, crowd_ in ((few, crowd[:4]), (many, crowd[4:])):
        again = [each for one in crowd_ for each in await pressing(one, Tick("q1", "q1a", on=True))]
        assert len(again) == len(batch)
        with statements() as said:
            outcomes = await talk.take(again)
        assert not any(each.refused for each in outcomes)
        counts.append(len(said))

    assert counts[0] == counts[1] < 12
    for one in crowd:
        kept = await one.kept()
        assert kept is not None
        assert set(kept.session.answers["q1"].chosen) == {"q1a", "q1b"}


async def test_several_presses_of_one_person_are_kept_once_and_in_order(
    talk: Conversation,
) -> None:
    anna = await at_question_one(talk, "1")
    before = await anna.kept()
    rows = [Tick("q1", "q1a", on=True), Tick("q1", "q1b", on=True), Tick("q1", "q1a", on=False)]

    outcomes = await talk.take(await pressing(anna, *rows))

    after = await anna.kept()
    assert before is not None
    assert after is not None
    assert not any(each.refused for each in outcomes)
    assert after.session.answers["q1"].chosen == ("q1b",)
    assert after.revision == before.revision + 1


async def test_who_presses_and_commands_at_once_is_taken_in_order(talk: Conversation) -> None:
    anna, ben = await at_question_one(talk, "1"), await at_question_one(talk, "2")
    (tick,) = await pressing(anna, Tick("q1", "q1b", on=True))
    (other,) = await pressing(ben, Tick("q1", "q1a", on=True))
    home = Incoming("web", "1", Asked(Command("home")))

    await talk.take([tick, home, other, tick])

    kept, his = await anna.kept(), await ben.kept()
    assert kept is not None
    assert his is not None
    assert kept.session.answers["q1"].chosen == ("q1b",)
    assert (await anna.sees()).card.name == "home"
    assert his.session.answers["q1"].chosen == ("q1a",)


async def test_words_that_press_a_command_are_taken_among_answers(talk: Conversation) -> None:
    anna, ben = await at_question_one(talk, "1"), await at_question_one(talk, "2")
    (tick,) = await pressing(ben, Tick("q1", "q1a", on=True))
    before = await pressing(anna, Tick("q1", "q1b", on=True))

    await talk.take([*before, Incoming("web", "1", Typed("Pause")), tick])

    kept, his = await anna.kept(), await ben.kept()
    assert kept is not None
    assert his is not None
    assert (kept.session.at.screen, kept.session.answers["q1"].chosen) == ("paused", ("q1b",))
    assert his.session.answers["q1"].chosen == ("q1a",)


async def test_one_person_at_two_doors_at_once_loses_nothing(talk: Conversation) -> None:
    anna = await at_question_one(talk, "1")
    async with talk.database.writing() as tx:
        known = await people.at_address(tx, "web", "1")
        assert known is not None
        await people.arrive(tx, "telegram", "7", "en", new_id="other", secret=b"0" * 16)
        await people.move_address(tx, "telegram", "7", known.id)
    phone = Somebody(talk, "7", "telegram")
    both = [
        *await pressing(anna, Tick("q1", "q1a", on=True)),
        *await pressing(phone, Tick("q1", "q1b", on=True)),
    ]

    await talk.take(both)

    kept = await anna.kept()
    assert kept is not None
    assert set(kept.session.answers["q1"].chosen) == {"q1a", "q1b"}


async def test_a_company_answers_among_people_who_answer_alone(talk: Conversation) -> None:
    anna, firm = await at_question_one(talk, "1"), Somebody(talk, "2")
    await firm.asks("take", BENCHMARK)
    await firm.does(Pressed(presses.code_of(Go(Place("item", "1.1"))), (await firm.sees()).stamp))
    batch = [
        *await pressing(anna, Tick("q1", "q1a", on=True)),
        *await pressing(firm, Tick("1.1", "1.1c", on=True)),
    ]

    outcomes = await talk.take(batch)

    kept, theirs = await anna.kept(), await firm.kept(BENCHMARK)
    assert kept is not None
    assert theirs is not None
    assert not any(each.refused for each in outcomes)
    assert kept.session.answers["q1"].chosen == ("q1a",)
    assert theirs.session.answers["1.1"].chosen == ("1.1c",)


async def test_a_card_is_claimed_in_its_commit_and_said_after_it(
    talk: Conversation, sender: Sender, chat: Chat
) -> None:
    anna = await at_question_one(talk, "7", "telegram")
    await sender.send_due()
    chat.shown.clear()
    chat.open.clear()
    (tick,) = await pressing(anna, Tick("q1", "q1b", on=True))

    await talk.take([tick])

    async with talk.database.reading() as tx:
        assert await outbox.next_due(tx) == talk.house.universe.seconds() + 60, "in hand"
    chat.open.set()
    await sender.send_due()
    ((address, shown, live),) = chat.shown
    assert address == "7"
    assert live is not None
    assert [row.marked for row in shown.card.rows][:2] == [False, True]
    async with talk.database.reading() as tx:
        assert await outbox.depth(tx) == (0, None)


async def test_a_card_of_somebody_who_is_being_told_something_waits_for_its_turn(
    talk: Conversation, sender: Sender, chat: Chat
) -> None:
    anna = await at_question_one(talk, "7", "telegram")
    await sender.send_due()
    first = await pressing(anna, Tick("q1", "q1b", on=True))
    second = await pressing(anna, Tick("q1", "q1c", on=True))
    chat.shown.clear()

    await talk.take(first)  # claimed, and in the air
    await talk.take(second)

    await sender.send_due()
    marked = [[row.marked for row in shown.card.rows][:3] for _, shown, _ in chat.shown]
    assert marked == [[False, True, False], [False, True, True]]


async def test_what_was_claimed_by_a_process_that_died_is_said_by_the_next(
    talk: Conversation, sender: Sender, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await at_question_one(talk, "7", "telegram")
    await sender.send_due()
    chat.shown.clear()
    monkeypatch.setattr(Sender, "say", lambda *_: None)  # it dies right after its commit
    await talk.take(await pressing(anna, Tick("q1", "q1b", on=True)))

    async with talk.database.writing() as tx:
        await in_hand.free(tx, talk.house.universe.seconds())
    after = Sender(talk.database, talk, {"telegram": chat}, talk.house.universe)  # type: ignore[dict-item]
    await after.send_due()

    assert [[row.marked for row in shown.card.rows][:2] for _, shown, _ in chat.shown] == [
        [False, True]
    ]


async def carried_by(talk: Conversation, *, editable: bool = True) -> tuple[Webhook, Somebody]:
    """A webhook whose answers carry edits, and somebody at their first question."""
    anna = await at_question_one(talk, "7", "telegram")

    async def nothing(*_: Any, **__: Any) -> None: ...

    def edit(address: str, shown: Shown, live: LiveCard) -> dict[str, Any] | None:
        call = {"chat_id": int(address), "message_id": live.message_id, "text": shown.card.title}
        return call if editable else None

    return Webhook("hush", Intake(talk.take, nothing, nothing), edit=edit), anna


async def delivered(hook: Webhook, anna: Somebody, number: int) -> Answer:
    shown = await anna.sees()
    data = f"1{shown.stamp}{presses.code_of(Tick('q1', 'q1b', on=True))}"
    who = {"id": 7, "is_bot": False, "first_name": "A", "language_code": "en"}
    message = {"message_id": 101, "date": 1, "chat": {"id": 7, "type": "private"}}
    query = {"id": "q", "from": who, "chat_instance": "1", "data": data, "message": message}
    body = json.dumps({"update_id": number, "callback_query": query})
    return await hook.receive(body.encode(), "hush")


async def test_a_webhooks_answer_carries_the_edit_which_nobody_else_makes(
    talk: Conversation, sender: Sender, chat: Chat
) -> None:
    hook, anna = await carried_by(talk)
    await sender.send_due()
    chat.shown.clear()

    answer = await delivered(hook, anna, 5)
    answer.arrived()
    await sender.send_due()

    assert answer.call is not None
    assert (answer.call["chat_id"], answer.call["message_id"]) == (7, 101)
    assert chat.shown == []
    async with talk.database.reading() as tx:
        assert await outbox.depth(tx) == (0, None)


async def test_an_edit_whose_answer_got_lost_is_made_when_its_claim_is_over(
    talk: Conversation, sender: Sender, chat: Chat, clock: Clock
) -> None:
    hook, anna = await carried_by(talk)
    await sender.send_due()
    chat.shown.clear()

    await delivered(hook, anna, 5)  # and the line breaks
    again = await delivered(hook, anna, 5)
    assert again.call is None, "it was taken before"
    await sender.send_due()
    assert chat.shown == []
    clock.passes(seconds=61)
    await sender.send_due()

    assert len(chat.shown) == 1


async def test_a_card_that_no_edit_reaches_is_sent_otherwise(
    talk: Conversation, sender: Sender, chat: Chat
) -> None:
    hook, anna = await carried_by(talk, editable=False)
    await sender.send_due()
    chat.shown.clear()

    answer = await delivered(hook, anna, 5)
    await sender.send_due()

    assert answer.call is None
    assert len(chat.shown) == 1
