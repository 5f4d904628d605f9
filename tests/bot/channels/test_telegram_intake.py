"""Polling and webhook over a stand-in for Telegram, with a ledger in place of the conversation."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bot.channels import Incoming, Outcome, Pressed, Typed
from bot.channels.telegram_intake import (
    LONGEST_BODY,
    Intake,
    Polling,
    Webhook,
    delete_webhook,
    set_webhook,
)
from bot.channels.telegram_updates import TRIES
from tests.bot_api import TOKEN, drops, garbles, refuses, too_many
from tests.loopback import Loopback, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import telegram

    from bot.channels.telegram import TelegramChannel
    from tests.bot_api import BotApi
    from tests.loopback import Request
    from tests.people import Person

DATA = "10123abcdc:3:a"


class DatabaseAwayError(Exception):
    """Nothing can be committed."""


class PerhapsAwayError(Exception):
    """Nothing can be committed, or this cannot."""


def tries(error: Exception) -> int | None:
    """As ``bot.outages`` has it, for what this book raises."""
    if isinstance(error, PerhapsAwayError):
        return 8
    return None if isinstance(error, DatabaseAwayError) else TRIES


@dataclass
class Book:
    """Commits what it is handed, once; fails as told."""

    taken: list[Incoming] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    laid_aside: list[tuple[int, str]] = field(default_factory=list)
    poison: set[object] = field(default_factory=set)
    away: int = 0
    """Calls that still find the database away."""
    refusal: str = ""

    async def take(self, incomings: list[Incoming]) -> list[Outcome]:
        self.batches.append(len(incomings))
        if self.away:
            self.away -= 1
            raise DatabaseAwayError
        for each in incomings:
            if each.said in self.poison:
                raise ValueError("made-up secret words")
        return [self._take(each) for each in incomings]

    def _take(self, incoming: Incoming) -> Outcome:
        if incoming.update_id in {each.update_id for each in self.taken}:
            return Outcome(seen=True)
        self.taken.append(incoming)
        return Outcome(notices=(self.refusal or "Saved",), refused=bool(self.refusal))

    async def set_aside(self, update_id: int, reason: str) -> None:
        if self.away:
            raise DatabaseAwayError
        self.laid_aside.append((update_id, reason))

    @property
    def texts(self) -> list[str]:
        return [each.said.text for each in self.taken if isinstance(each.said, Typed)]


@dataclass
class Pauses:
    """Waits no time, and remembers how long it should have been."""

    seconds: list[float] = field(default_factory=list)
    third: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == 3:
            self.third.set()
        await asyncio.sleep(0)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def intake(book: Book, channel: TelegramChannel) -> Intake:
    return Intake(book.take, book.set_aside, channel.answer, tries=tries)


@pytest.fixture
def polling(bot: telegram.Bot, intake: Intake, pauses: Pauses) -> Polling:
    return Polling(bot, intake, pause=pauses)


@asynccontextmanager
async def open_door(polling: Polling) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(polling.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_everything_waiting_is_taken_in_one_batch_and_then_confirmed(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    for text in ("one", "two", "three"):
        await alice.says(text)

    async with open_door(polling):
        await api.taken()

    assert book.batches == [3]
    assert book.texts == ["one", "two", "three"]
    assert api.updates.confirmed == [1000, 1001, 1002]


async def test_nothing_is_confirmed_before_it_was_committed(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    confirmed_at_commit = []
    take = book.take

    async def watched(incomings: list[Incoming]) -> list[Outcome]:
        confirmed_at_commit.append(list(api.updates.confirmed))
        return await take(incomings)

    polling.intake.take = watched
    async with open_door(polling):
        await alice.says("one")
        await api.taken()
        await alice.says("two")
        await api.taken()

    assert confirmed_at_commit == [[], [1000]]


async def test_the_offset_never_passes_what_is_committed(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    book.away = 5
    await alice.says("one")

    async with open_door(polling):
        await api.taken()
        await alice.says("two")
        await api.taken()

    assert book.texts == ["one", "two"]
    assert sorted(set(api.updates.offsets)) == [1001, 1002]


async def test_an_update_that_comes_twice_is_taken_once(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    async with open_door(polling):
        number = await alice.says("one")
        await api.taken()
        api.updates.replay(number)
        await api.until(lambda: api.updates.handed[number] == 2)
        await alice.says("two")
        await api.taken()

    assert book.texts == ["one", "two"]


async def test_what_polling_asks_for(api: BotApi, alice: Person, polling: Polling) -> None:
    await alice.says("one")
    async with open_door(polling):
        await api.taken()

    asked = api.calls("getUpdates")[0].parameters
    assert asked["timeout"] == "25"
    assert json.loads(asked["allowed_updates"]) == [
        "message", "edited_message", "callback_query", "my_chat_member",
    ]  # fmt: skip


async def test_every_press_is_answered_after_the_commit(
    api: BotApi, alice: Person, polling: Polling
) -> None:
    await alice.says("/start")
    message = next(iter(alice.chat.messages.values()))

    async with open_door(polling):
        for _ in range(3):
            alice.presses_data(DATA, message)
        await api.until(lambda: not (api.updates.waiting or api.world.unanswered))

    assert len(api.calls("answerCallbackQuery")) == 3
    assert alice.toasts == []


async def test_a_refused_press_says_why(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    book.refusal = "That card is no longer the current one. " * 10

    async with open_door(polling):
        alice.presses_data(DATA)
        await api.until(lambda: bool(api.world.toasts))

    ((_, text, alert),) = api.world.toasts
    assert text.startswith("That card is no longer")
    assert (len(text), alert) == (200, True)


async def test_a_chat_that_is_slow_to_answer_holds_up_nobody(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    bob = api.person(8)

    async with open_door(polling):
        with api.holding("answerCallbackQuery", chat=alice.id):
            alice.presses_data(DATA)
            await api.until(lambda: bool(api.held_back))
            bob.presses_data(DATA)
            await bob.says("hello")
            await api.taken()
            await api.until(lambda: len(api.world.unanswered) == 1)
            assert book.texts == ["hello"]

    assert not api.world.unanswered


async def test_stopping_waits_for_the_answers_to_presses(
    api: BotApi, alice: Person, polling: Polling
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(polling.run(stop))
    with api.holding("answerCallbackQuery"):
        alice.presses_data(DATA)
        await api.until(lambda: bool(api.held_back))
        stop.set()
    await running

    assert not api.world.unanswered


async def test_an_update_that_cannot_be_read_is_set_aside_and_the_others_are_taken(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    await alice.says("one")
    broken = api.updates.put(message={"message_id": "no number", "chat": 17})
    await alice.says("two")

    async with open_door(polling):
        await api.taken()

    assert book.texts == ["one", "two"]
    assert book.laid_aside == [(broken, "unreadable")]


async def test_an_attachment_that_the_library_cannot_read_is_answered_all_the_same(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    alice._sends({"voice": {"from": "the future"}})

    async with open_door(polling):
        await api.taken()

    assert [type(each.said).__name__ for each in book.taken] == ["Unreadable"]
    assert book.laid_aside == []


async def test_a_poisonous_update_is_set_aside_after_its_second_failure(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    book.poison = {Typed("poison")}
    for text in ("one", "poison", "two"):
        await alice.says(text)

    async with open_door(polling):
        await api.taken()

    assert book.texts == ["one", "two"]
    assert book.laid_aside == [(1001, "ValueError")]
    assert book.batches == [3, 1, 1, 1, 1]  # all; one; poison twice; two


async def test_a_poisonous_press_stops_waiting_too(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    book.poison = {Pressed("c:3:a", "0123abcd", on=101)}
    await alice.says("/start")
    message = next(iter(alice.chat.messages.values()))

    async with open_door(polling):
        alice.presses_data(DATA, message)
        await api.until(lambda: not (api.updates.waiting or api.world.unanswered))

    assert len(book.laid_aside) == 1


async def test_an_outage_of_the_database_sets_nothing_aside(
    api: BotApi, alice: Person, polling: Polling, book: Book, pauses: Pauses
) -> None:
    book.away = 40  # twenty rounds: the batch, then its first update alone
    await alice.says("one")
    await alice.says("two")

    async with open_door(polling):
        await api.taken()

    assert book.texts == ["one", "two"]
    assert book.laid_aside == []
    assert pauses.seconds == [1, 2, 4, 8, 16, *[30] * 15]


async def test_an_update_that_is_itself_the_outage_gives_way_at_last(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    take = book.take

    async def stumbles(incomings: list[Incoming]) -> list[Outcome]:
        if any(each.said == Typed("poison") for each in incomings):
            raise PerhapsAwayError
        return await take(incomings)

    polling.intake.take = stumbles
    for text in ("one", "poison", "two"):
        await alice.says(text)

    async with open_door(polling):
        await api.taken()

    assert book.texts == ["one", "two"]
    assert book.laid_aside == [(1001, "PerhapsAwayError")]


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (refuses(401, "Unauthorized"), [1, 2, 4, 8, 16, 32, 60, 60]),
        (refuses(404, "Not Found"), [1, 2, 4, 8, 16, 32, 60, 60]),
        (refuses(409, "Conflict: terminated by other getUpdates"), [3, 6, 12, 24, 30, 30]),
        (refuses(502, "Bad Gateway"), [1, 2, 4, 8, 16, 30, 30]),
        (too_many(7), [7, 7, 7]),
        (garbles(), [1, 2, 4]),
        (garbles(b""), [1, 2]),
        (garbles(b"\xff\xfe{"), [1, 2]),
        (garbles(b'{"ok":true,"result":{}}'), [1, 2]),
        (garbles(b'{"ok":true,"result":[{"no":"id"},7]}'), [1, 2]),
        (garbles(b'{"ok":true,"result":[{"update_id":-3}]}'), [1, 2]),
        (garbles(b"[" * 100_000), [1, 2]),
        (drops(), [1, 2, 4]),
    ],
)
async def test_polling_survives(
    api: BotApi, alice: Person, polling: Polling, book: Book, pauses: Pauses, fault, waits
) -> None:
    api.fault("getUpdates", fault, times=len(waits))
    await alice.says("one")

    async with open_door(polling):
        await api.taken()

    assert pauses.seconds == waits
    assert book.texts == ["one"]
    assert all(offset > 1000 for offset in api.updates.offsets)


async def test_polling_survives_nobody_at_the_other_end(
    api: BotApi, alice: Person, polling: Polling, book: Book, pauses: Pauses
) -> None:
    port = api.server.port
    await api.server.stop()

    async with open_door(polling):
        await pauses.third.wait()
        await api.server.start(port)
        await alice.says("one")
        await api.taken()

    assert book.texts == ["one"]


async def test_each_trouble_is_logged_once_with_the_setting_to_look_at(
    api: BotApi, alice: Person, polling: Polling, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    api.fault("getUpdates", refuses(401, "Unauthorized"), times=20)
    await alice.says("one")

    async with open_door(polling):
        await api.taken()

    told = [each for each in caplog.records if each.msg == "polling_failed"]
    assert [(each.reason, each.setting) for each in told] == [
        ("token_refused", "telegram.token, telegram.base_url")
    ]
    assert [each.count for each in caplog.records if each.msg == "polling_again"] == [20]


async def test_a_webhook_that_was_left_behind_is_taken_away(
    api: BotApi, alice: Person, bot: telegram.Bot, polling: Polling, book: Book
) -> None:
    await bot.set_webhook("http://127.0.0.1:9/nowhere", secret_token="abc")
    await alice.says("one")

    async with open_door(polling):
        await api.taken()

    assert book.texts == ["one"]


async def test_of_two_pollers_neither_loses_anything(
    api: BotApi, alice: Person, bot: telegram.Bot, intake: Intake, book: Book
) -> None:
    one, two = (Polling(bot, intake, pause=Pauses()) for _ in range(2))

    async with open_door(one), open_door(two):
        for text in ("one", "two", "three"):
            await alice.says(text)
            await api.taken()

    assert book.texts == ["one", "two", "three"]


async def test_health_knows_when_telegram_last_answered(
    api: BotApi, alice: Person, polling: Polling
) -> None:
    answered = []
    polling.good = lambda: answered.append(1)
    await alice.says("one")

    async with open_door(polling):
        await api.taken()

    assert answered


async def test_a_cancelled_poller_finishes_the_batch_in_hand(
    api: BotApi, alice: Person, polling: Polling, book: Book
) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()
    take = book.take

    async def slow(incomings: list[Incoming]) -> list[Outcome]:
        begun.set()
        await finish.wait()
        return await take(incomings)

    polling.intake.take = slow
    await alice.says("one")
    running = asyncio.create_task(polling.run(asyncio.Event()))
    await begun.wait()
    running.cancel()
    await asyncio.sleep(0)
    finish.set()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert book.texts == ["one"]
    assert api.updates.confirmed == []


async def test_no_text_and_no_person_is_logged(
    api: BotApi,
    alice: Person,
    polling: Polling,
    book: Book,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    book.poison = {Typed("my secret words")}
    api.fault("getUpdates", refuses(401, f"Unauthorized {TOKEN}"))
    api.fault("answerCallbackQuery", garbles(b"my secret words"))
    await alice.says("my secret words")
    alice.presses_data(DATA)

    async with open_door(polling):
        await api.taken()
        await api.until(lambda: bool(api.calls("answerCallbackQuery")))

    ours = [each for each in caplog.records if each.name.startswith("bot")]
    everything = "".join(f"{each.getMessage()}{vars(each)}" for each in ours)
    assert len(ours) > 3
    assert not any(word in everything for word in ("secret", "Alice", TOKEN, "Traceback"))


# Webhook


@dataclass
class Hook:
    """The route in front of a webhook, as the product has one."""

    webhook: Webhook
    statuses: list[int] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token")
        status = (await self.webhook.receive(request.body, secret)).status
        self.statuses.append(status)
        return Response(status, b"")


@pytest.fixture
def webhook(intake: Intake) -> Webhook:
    return Webhook("s3cret-A", intake)


@pytest.fixture
async def hook(webhook: Webhook, bot: telegram.Bot) -> AsyncIterator[Hook]:
    route = Hook(webhook)
    server = Loopback(route)
    await server.start()
    assert await set_webhook(bot, f"http://127.0.0.1:{server.port}/hook", "s3cret-A")
    yield route
    await delete_webhook(bot)
    await server.stop()


async def test_a_webhook_takes_everything_in_order(
    api: BotApi, alice: Person, hook: Hook, book: Book
) -> None:
    for text in ("one", "two", "three"):
        await alice.says(text)
    await api.taken()

    assert book.texts == ["one", "two", "three"]
    assert hook.statuses == [200, 200, 200]


async def test_a_webhook_answers_only_after_the_commit(
    api: BotApi, alice: Person, hook: Hook, book: Book
) -> None:
    book.away = 3
    await alice.says("one")
    await api.taken()

    assert hook.statuses == [503, 200]
    assert book.texts == ["one"]


async def test_a_webhook_delivery_that_comes_twice_is_taken_once(
    api: BotApi, alice: Person, hook: Hook, book: Book
) -> None:
    number = await alice.says("one")
    await api.taken()
    api.updates.replay(number)
    await api.until(lambda: len(api.updates.deliveries) == 2)

    assert book.texts == ["one"]
    assert hook.statuses == [200, 200]


async def test_a_poisonous_delivery_is_set_aside_and_the_next_is_taken(
    api: BotApi, alice: Person, hook: Hook, book: Book
) -> None:
    book.poison = {Typed("poison")}
    await alice.says("poison")
    await alice.says("one")
    await api.taken()

    assert book.texts == ["one"]
    assert book.laid_aside == [(1000, "ValueError")]
    assert hook.statuses == [200, 200]


UPDATE = b'{"update_id": 1}'


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (UPDATE, "s3cret-A", 200),
        (UPDATE, None, 403),
        (UPDATE, "", 403),
        (UPDATE, "s3cret-B", 403),
        (UPDATE, "s3cret-", 403),
        (UPDATE, "s3cret-A2", 403),
        (UPDATE, "s3cret-Ä", 403),
        (b" " * LONGEST_BODY + UPDATE, "s3cret-A", 413),
        (b"{", "s3cret-A", 400),
        (b"", "s3cret-A", 400),
        (b"[1]", "s3cret-A", 400),
        (b"[" * 100_000, "s3cret-A", 400),
        (b'{"update_id": "1"}', "s3cret-A", 400),
        (b'{"update_id": true}', "s3cret-A", 400),
        (b'{"update_id": 1, "message": 7}', "s3cret-A", 200),
    ],
)
async def test_a_webhook_lets_in_only_what_telegram_sends(
    webhook: Webhook, body: bytes, secret: str | None, status: int
) -> None:
    assert (await webhook.receive(body, secret)).status == status


async def test_a_webhook_without_a_secret_lets_nobody_in(intake: Intake) -> None:
    assert (await Webhook("", intake).receive(UPDATE, "")).status == 403


async def test_a_webhook_is_asked_for_with_its_secret_and_drops_nothing(
    api: BotApi, bot: telegram.Bot
) -> None:
    await set_webhook(bot, "http://127.0.0.1:9/hook", "s3cret-A")

    asked = api.calls("setWebhook")[0].parameters
    assert (asked["secret_token"], asked["max_connections"]) == ("s3cret-A", "8")
    assert json.loads(asked["allowed_updates"])[0] == "message"
    assert "drop_pending_updates" not in asked


async def test_setting_or_deleting_a_webhook_may_fail(api: BotApi, bot: telegram.Bot) -> None:
    api.fault("setWebhook", refuses(400, "Bad Request: bad webhook"))
    api.fault("deleteWebhook", refuses(502, "Bad Gateway"))

    assert not await set_webhook(bot, "http://127.0.0.1:9/hook", "s3cret-A")
    assert not await delete_webhook(bot)
