"""What an update means: made by people at the stand-in, so that they look as Telegram's do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Asked, Incoming, Pressed, Typed, Unreadable, Uploaded
from bot.channels.telegram_reading import read
from flows.actions import Command
from tests.bot_api import BotApi

if TYPE_CHECKING:
    from tests.people import Person


@pytest.fixture
def api() -> BotApi:
    return BotApi()


def last(api: BotApi) -> Incoming | None:
    """What the newest update says, as the product reads it."""
    return read(api.updates.waiting[-1])


def said(api: BotApi) -> object:
    incoming = last(api)
    return None if incoming is None else incoming.said


async def test_words_are_typed_at_the_address_of_the_chat(api: BotApi) -> None:
    await api.person(7, "zh-hans").says("两年")

    assert last(api) == Incoming("telegram", "7", Typed("两年"), 1000, "zh-hans")


async def test_somebody_whose_client_claims_no_language_is_heard(api: BotApi) -> None:
    await api.person(7, None).says("hello")

    assert last(api) == Incoming("telegram", "7", Typed("hello"), 1000, None)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", Command("help")),
        ("/HELP", Command("help")),
        ("/help@assay_test_bot", Command("help")),
        ("/start aB_9-x", Command("start", "aB_9-x")),
        ("/language@assay_test_bot  zh ", Command("language", "zh")),
        ("/continue\nABC 123", Command("continue", "ABC 123")),
    ],
)
async def test_a_command_is_asked_with_what_follows_it(
    api: BotApi, alice: Person, text: str, command: Command
) -> None:
    await alice.says(text)

    assert said(api) == Asked(command)


@pytest.mark.parametrize("text", ["/", "/ help", "// no", "/a-b", "/进度", "a /help"])
async def test_what_only_looks_like_a_command_is_typed(
    api: BotApi, alice: Person, text: str
) -> None:
    await alice.says(text)

    assert said(api) == Typed(text)


async def test_a_forwarded_command_is_no_order(api: BotApi, alice: Person) -> None:
    await alice.says("/forget yes")
    origin = {"type": "hidden_user", "date": 1_800_000_000, "sender_user_name": "Bob"}
    api.updates.waiting[-1]["message"]["forward_origin"] = origin

    assert said(api) == Unreadable("other")


@pytest.mark.parametrize(
    ("kind", "read_as"),
    [
        ("voice", "voice"),
        ("sticker", "sticker"),
        ("photo", "photo"),
        ("location", "location"),
        ("contact", "contact"),
        ("poll", "poll"),
        ("video", "video"),
        ("video_note", "video"),
        ("animation", "animation"),
        ("audio", "other"),
        ("dice", "other"),
    ],
)
async def test_every_other_kind_of_message_is_named(
    api: BotApi, alice: Person, kind: str, read_as: str
) -> None:
    await alice.sends(kind)

    assert said(api) == Unreadable(read_as)


async def test_a_caption_makes_a_picture_no_answer(api: BotApi, alice: Person) -> None:
    await alice.sends_photo("Yes")

    assert said(api) == Unreadable("photo")


async def test_an_edited_message_is_named_and_never_a_command(api: BotApi, alice: Person) -> None:
    await alice.says("hello")
    await alice.edits("/forget yes")

    assert said(api) == Unreadable("edited")


async def test_a_remark_of_telegrams_own_is_not_answered(api: BotApi, alice: Person) -> None:
    api.world.message(alice.chat, {"id": 4242, "is_bot": True, "first_name": "Assay"}, text="hi")
    await alice.sends("pinned_message")

    assert said(api) is None


async def test_a_press_carries_code_and_stamp_from_the_pressers_own_chat(
    api: BotApi, alice: Person
) -> None:
    await alice.says("/start")
    alice.presses_data("10123abcdc:3:a", next(iter(alice.chat.messages.values())))

    pressed = Pressed("c:3:a", "0123abcd", on=101)
    assert last(api) == Incoming("telegram", "7", pressed, 1001, "en")


@pytest.mark.parametrize("data", ["", "1", "10123abcd", "20123abcdc:3:a", "\0" * 20, "名" * 15])
async def test_a_press_of_anything_else_is_a_press_of_nothing(
    api: BotApi, alice: Person, data: str
) -> None:
    await alice.says("/start")
    alice.presses_data(data, next(iter(alice.chat.messages.values())))

    assert said(api) == Pressed("", "", on=101)


async def test_a_press_on_a_card_in_another_chat_is_foreign(api: BotApi, alice: Person) -> None:
    bob = api.person(8)
    await alice.says("/start")
    bob.presses_data("10123abcdc:3:a", next(iter(alice.chat.messages.values())))

    assert last(api) == Incoming("telegram", "8", Unreadable("foreign"), 1001, "en")


async def test_a_press_in_a_group_or_without_a_message_is_foreign(
    api: BotApi, alice: Person
) -> None:
    group = api.group()
    await group.hears(alice, "hello")
    alice.presses_data("10123abcdc:3:a", next(iter(group.chat.messages.values())))
    in_group = said(api)
    alice.presses_data("10123abcdc:3:a")

    assert in_group == said(api) == Unreadable("foreign")


async def test_a_card_too_old_to_be_read_can_still_be_pressed(api: BotApi, alice: Person) -> None:
    alice.presses_data("10123abcdc:3:a", {"message_id": 5, "date": 0, "chat": alice.chat.about})

    assert said(api) == Pressed("c:3:a", "0123abcd", on=5)


async def test_a_group_is_answered_when_it_gives_a_command_or_lets_the_bot_in(
    api: BotApi, alice: Person
) -> None:
    group = api.group(-1001)
    await group.adds_the_bot(alice)
    let_in = last(api)
    await group.hears(alice, "/start@assay_test_bot")
    commanded = last(api)
    await group.hears(alice, "what a nice bot")
    overheard = last(api)

    assert let_in == Incoming("telegram", "-1001", Unreadable("group"), 1000, "en")
    assert commanded == Incoming("telegram", "-1001", Unreadable("group"), 1001, "en")
    assert overheard is None


async def test_a_document_is_named_and_not_fetched(api: BotApi, alice: Person) -> None:
    await alice.sends("document")

    assert said(api) == Uploaded("", reference="f")


async def test_somebody_who_blocks_the_bot_is_noted_and_who_returns_too(
    api: BotApi, alice: Person
) -> None:
    await alice.blocks()
    blocked = said(api)
    await alice.unblocks()

    assert blocked == Unreadable("blocked")
    assert said(api) == Unreadable("returned")


CHANNEL = {"id": -100_5, "type": "channel", "title": "News"}


@pytest.mark.parametrize(
    "content",
    [
        {"channel_post": {"message_id": 1, "date": 1, "chat": CHANNEL, "text": "/start"}},
        {"edited_channel_post": {"message_id": 1, "date": 1, "chat": CHANNEL, "text": "/start"}},
        {
            "inline_query": {
                "id": "1", "from": {"id": 7, "is_bot": False, "first_name": "A"},
                "query": "q", "offset": "",
            }
        },
        {"message_reaction_count": {"chat": CHANNEL, "message_id": 1, "date": 1, "reactions": []}},
        {"something_from_the_future": {}},
        {},
    ],
)  # fmt: skip
def test_what_is_not_said_to_us_is_passed_over(content: dict) -> None:
    assert read({"update_id": 1, **content}) is None


@given(st.text(min_size=1))
def test_any_text_is_typed_or_asked(text: str) -> None:
    chat = {"id": 7, "type": "private"}
    message = {"message_id": 1, "date": 1, "chat": chat, "text": text}

    incoming = read({"update_id": 1, "message": message})

    assert incoming is not None
    assert isinstance(incoming.said, (Typed, Asked))
