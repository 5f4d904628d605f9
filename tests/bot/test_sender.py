"""What is still to be said gets said: through limits, outages and people who went away."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.channels import Asked, Incoming, Typed
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_wire import open_bot
from bot.saying import TRIES
from bot.sender import Sender
from flows.actions import Command
from storage import outbox, participation, people
from tests import bot_api
from tests.flows.playing import ASI_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot.conftest import Clock
    from tests.bot_api import BotApi
    from tests.people import Person


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


@pytest.fixture
async def sender(api: BotApi, talk: Conversation) -> AsyncIterator[Sender]:
    talk.told = frozenset({"telegram"})
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(
            open_bot(bot_api.TOKEN, api.base_url, api.base_file_url)
        )
        channel = TelegramChannel(bot, today=lambda: 20_000)
        yield Sender(talk.database, talk, {channel.name: channel}, talk.house.universe)


def somebody(api: BotApi, number: int) -> Person:
    person = api.person(number)
    person.chat.begun = True
    return person


async def asks(talk: Conversation, person: Person, name: str, argument: str = "") -> None:
    await talk.take([Incoming("telegram", str(person.id), Asked(Command(name, argument)))])


async def waiting(talk: Conversation) -> int | None:
    async with talk.database.reading() as tx:
        return await outbox.next_due(tx)


async def test_a_clock_that_leaps_ahead_has_nothing_said_twice_that_is_in_the_air(
    api: BotApi, talk: Conversation, sender: Sender, clock: Clock
) -> None:
    await asks(talk, somebody(api, 7), "start")
    with api.holding("sendMessage", 7):
        assert await sender._launch() == 1
        clock.passes(minutes=60)

        assert await sender._launch() == 0
    await sender.send_due()

    assert len(api.calls("sendMessage", chat=7)) == 1


async def test_a_card_is_sent_once_and_then_edited(
    api: BotApi, talk: Conversation, sender: Sender
) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "start")
    await sender.send_due()
    await talk.take([Incoming("telegram", "7", Typed("1"))])
    await sender.send_due()

    assert [call.method for call in api.calls("sendMessage", "editMessageText")] == [
        "sendMessage",
        "sendMessage",
    ]
    assert "ASI Certification Survey 2021" in alice.screen
    assert await waiting(talk) is None


async def test_a_limit_is_obeyed_and_then_the_card_arrives(
    api: BotApi, talk: Conversation, sender: Sender, clock: Clock
) -> None:
    alice = somebody(api, 7)
    api.fault("sendMessage", bot_api.too_many(30))
    await asks(talk, alice, "start")

    await sender.send_due()
    assert not alice.chat.from_bot
    clock.passes(seconds=29)
    await sender.send_due()
    assert not alice.chat.from_bot
    clock.passes(seconds=2)
    await sender.send_due()

    assert len(alice.messages) == 1
    assert await waiting(talk) is None


async def test_an_hour_of_outage_drops_nothing(
    api: BotApi, talk: Conversation, sender: Sender, clock: Clock
) -> None:
    alice = somebody(api, 7)
    api.fault("sendMessage", bot_api.refuses(502, "Bad Gateway"), times=60)
    await asks(talk, alice, "start")
    for _ in range(60):
        await sender.send_due()
        clock.passes(minutes=1)

    await sender.send_due()

    assert len(alice.messages) == 1
    assert await waiting(talk) is None


async def test_whoever_blocked_the_bot_is_told_nothing_more(
    api: BotApi, talk: Conversation, sender: Sender
) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "start")
    await asks(talk, alice, "help")
    alice.chat.blocked = True

    await sender.send_due()

    assert await waiting(talk) is None


async def test_whoever_turns_out_to_have_blocked_the_bot_counts_as_out_of_reach(
    api: BotApi, talk: Conversation, sender: Sender
) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "start")
    await asks(talk, alice, "take", ASI_ID)
    await talk.take([Incoming("telegram", "7", Typed(each)) for each in ("start", "1")])
    alice.chat.blocked = True

    await sender.send_due()

    async with talk.database.reading() as tx:
        assert await participation.counts(tx, ASI_ID, "open") == {"unreachable": 1}


async def test_a_call_that_may_have_arrived_is_made_again(
    api: BotApi, talk: Conversation, sender: Sender, clock: Clock
) -> None:
    alice = somebody(api, 7)
    api.fault("sendMessage", bot_api.drops(acts=True))
    await asks(talk, alice, "start")
    await sender.send_due()
    clock.passes(seconds=60)

    await sender.send_due()

    assert "answer" in alice.screen
    assert await waiting(talk) is None


async def test_a_deleted_card_comes_anew(api: BotApi, talk: Conversation, sender: Sender) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "take", "rscb-2014")
    await sender.send_due()
    alice.deletes_card()

    async with talk.database.writing() as tx:
        await outbox.put(tx, "telegram", "7", "card", "edit", lane=0, now=0)
    await sender.send_due()

    assert "Responsible Supply Chain Benchmark" in alice.screen


async def test_a_row_that_cannot_be_worded_is_given_up_and_holds_up_nobody(
    api: BotApi, talk: Conversation, sender: Sender, clock: Clock
) -> None:
    alice = somebody(api, 7)
    async with talk.database.writing() as tx:
        await outbox.put(tx, "telegram", "7", "page", "no_such_page", lane=0, now=0)
    await asks(talk, alice, "help")

    for _ in range(TRIES):
        await sender.send_due()
        clock.passes(minutes=1)
    await sender.send_due()

    assert "How this works" in alice.screen


async def test_one_slow_chat_delays_nobody(api: BotApi, talk: Conversation, sender: Sender) -> None:
    alice, ben = somebody(api, 7), somebody(api, 8)
    stop = asyncio.Event()
    speaking = asyncio.create_task(sender.run(stop))
    talk.wake = sender.wake
    with api.holding("sendMessage", chat=7):
        await asks(talk, alice, "start")
        await asks(talk, ben, "start")

        await api.until(lambda: bool(ben.chat.from_bot))
        assert not alice.chat.from_bot
    await api.until(lambda: bool(alice.chat.from_bot))
    stop.set()
    await speaking


async def test_pages_come_before_the_card_that_follows_them(
    api: BotApi, talk: Conversation, sender: Sender
) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "help")
    await talk.take([Incoming("telegram", "7", Typed("nonsense"))])

    await sender.send_due()

    first, second = alice.messages
    assert "How this works" in first
    assert "That was not understood" in second


async def test_the_page_after_forgetting_comes_in_the_language_of_before(
    api: BotApi, talk: Conversation, sender: Sender
) -> None:
    alice = somebody(api, 7)
    await asks(talk, alice, "language", "zh")
    await sender.send_due()
    await asks(talk, alice, "forget", "yes")

    await sender.send_due()

    assert "已删除" in alice.messages[-1]
    async with talk.database.reading() as tx:
        assert await people.at_address(tx, "telegram", "7") is None


async def test_what_could_not_be_said_for_a_reason_of_ours_is_counted(
    talk: Conversation, sender: Sender, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr("bot.saying.speak", breaks)
    await asks(talk, somebody(api, 7), "start")
    await sender.send_due()

    said = talk.vitals.registry.get_sample_value
    assert said("assay_said_total", {"kind": "card", "outcome": "failed"}) == 1
