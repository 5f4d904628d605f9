"""The stand-in keeps Telegram's rules; otherwise what is tested against it proves little."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import telegram
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken

from tests.bot_api import TOKEN, hangs, too_many
from tests.bot_api_rules import Refusal, formatted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot_api import BotApi
    from tests.people import Person


@pytest.fixture
async def client(api: BotApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{api.base_url}{TOKEN}/", trust_env=False) as opened:
        yield opened


async def numbers(client: httpx.AsyncClient, **asked: Any) -> list[int]:
    answer = (await client.post("getUpdates", data=asked)).json()
    return [each["update_id"] for each in answer["result"]]


async def test_updates_are_kept_until_a_later_one_is_asked_for(
    client: httpx.AsyncClient, alice: Person
) -> None:
    await alice.says("one")
    await alice.says("two")

    assert await numbers(client) == [1000, 1001]
    assert await numbers(client) == [1000, 1001]
    assert await numbers(client, offset=1001) == [1001]
    assert await numbers(client, offset=1000) == [1001]
    assert await numbers(client, offset=1002) == []


async def test_a_negative_offset_throws_the_older_part_away(
    client: httpx.AsyncClient, alice: Person
) -> None:
    for text in ("one", "two", "three"):
        await alice.says(text)

    assert await numbers(client, offset=-1) == [1002]
    assert await numbers(client) == [1002]


async def test_a_long_poll_waits_for_what_comes(
    api: BotApi, client: httpx.AsyncClient, alice: Person
) -> None:
    asking = asyncio.create_task(numbers(client, timeout=50))
    await api.until(lambda: api.updates._poller is not None)
    await alice.says("one")

    assert await asking == [1000]


async def test_a_later_poller_ends_the_one_before(
    api: BotApi, bot: telegram.Bot, alice: Person
) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=50))
    await api.until(lambda: api.updates._poller is not None)
    before = api.updates._poller
    async with telegram.Bot(TOKEN, base_url=api.base_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=50))
        await api.until(lambda: api.updates._poller is not before)
        with pytest.raises(Conflict):
            await first
        await alice.says("one")

        assert [each.update_id for each in await second] == [1000]


async def test_nobody_polls_while_a_webhook_is_set(bot: telegram.Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")

    with pytest.raises(Conflict):
        await bot.get_updates()

    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/hook"


async def test_a_wrong_token_is_refused(api: BotApi) -> None:
    with pytest.raises(InvalidToken):
        async with telegram.Bot("1:wrong", base_url=api.base_url):
            pass


@pytest.mark.parametrize(
    "text",
    ["<b>open", "</b>", "<b><i>crossed</b></i>", "<div>what</div>", "a < b", "", "  ", "x" * 4097,
     "𝄞" * 2049, "<blockquote><blockquote>twice</blockquote></blockquote>"],
)  # fmt: skip
async def test_what_telegram_cannot_show_is_refused(
    bot: telegram.Bot, alice: Person, text: str
) -> None:
    await alice.says("/start")

    with pytest.raises(BadRequest):
        await bot.send_message(alice.id, text, parse_mode="HTML")


def test_tags_are_no_part_of_the_text_and_escapes_are_one_character() -> None:
    text, entities = formatted("<b>a &lt; b</b> <blockquote expandable>q</blockquote>", "HTML")

    assert text == "a < b q"
    assert [(each["type"], each["offset"], each["length"]) for each in entities] == [
        ("bold", 0, 5),
        ("expandable_blockquote", 6, 1),
    ]


def test_more_than_a_hundred_formatted_parts_are_refused() -> None:
    with pytest.raises(Refusal):
        formatted("<b>x</b> " * 101, "HTML")


@pytest.mark.parametrize(
    "rows",
    [
        [[("a", "x" * 65)]],
        [[("a", "名" * 22)]],
        [[("a", "")]],
        [[("", "x")]],
        [[("a", "x")] * 9],
        [[("a", "x")] * 8] * 13,
    ],
)
async def test_a_keyboard_beyond_the_limits_is_refused(
    client: httpx.AsyncClient, alice: Person, rows: list[list[tuple[str, str]]]
) -> None:
    await alice.says("/start")
    keys = [[{"text": text, "callback_data": data} for text, data in row] for row in rows]
    markup = json.dumps({"inline_keyboard": keys})

    asked = {"chat_id": alice.id, "text": "t", "reply_markup": markup}
    assert (await client.post("sendMessage", data=asked)).status_code == 400


async def test_an_edit_that_changes_nothing_or_finds_nothing_is_refused(
    bot: telegram.Bot, alice: Person
) -> None:
    await alice.says("/start")
    sent = await bot.send_message(alice.id, "<b>hello</b>", parse_mode="HTML")

    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("<b>hello</b>", alice.id, sent.message_id, parse_mode="HTML")
    await bot.edit_message_text("hello", alice.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("hello", alice.id, 1)


async def test_who_has_not_spoken_or_has_blocked_cannot_be_written_to(
    bot: telegram.Bot, alice: Person
) -> None:
    with pytest.raises(Forbidden):
        await bot.send_message(alice.id, "hello")
    await alice.says("/start")
    await bot.send_message(alice.id, "hello")
    await alice.blocks()
    with pytest.raises(Forbidden):
        await bot.send_message(alice.id, "hello")
    await alice.unblocks()
    await bot.send_message(alice.id, "hello")


async def test_files_menus_and_descriptions_are_taken(
    api: BotApi, bot: telegram.Bot, alice: Person
) -> None:
    await alice.says("/start")

    document = await bot.send_document(alice.id, b"a;b", filename="report.csv", caption="Report")
    photo = await bot.send_photo(alice.id, b"png", caption="40 of 106")
    await bot.set_my_description("Asks questions", language_code="zh")
    await bot.send_chat_action(alice.id, "typing")

    assert document.document is not None
    assert photo.photo
    assert api.world.about_me == {("description", "zh"): "Asks questions"}
    with pytest.raises(BadRequest):
        await bot.set_my_commands([("Upper", "no")])


async def test_a_long_text_reaches_the_bot_in_several_messages(api: BotApi, alice: Person) -> None:
    await alice.says("x" * 10_000)

    assert [len(each["message"]["text"]) for each in api.updates.waiting] == [4096, 4096, 1808]


async def test_a_person_presses_what_they_see_and_nothing_else(
    api: BotApi, bot: telegram.Bot, alice: Person
) -> None:
    await alice.says("/start")
    keys = [
        [telegram.InlineKeyboardButton(label, callback_data=label) for label in ("☐ 12", "☑ 2")]
    ]
    await bot.send_message(alice.id, "Which?", reply_markup=telegram.InlineKeyboardMarkup(keys))
    await bot.send_message(alice.id, "A page beside it")

    await alice.presses("2")

    assert alice.screen == "Which?"
    assert alice.buttons == ["☐ 12", "☑ 2"]
    assert api.updates.waiting[-1]["callback_query"]["data"] == "☑ 2"
    with pytest.raises(AssertionError, match="no visible button says '3'"):
        await alice.presses("3")


async def test_a_fault_strikes_as_often_and_where_it_was_told(
    api: BotApi, client: httpx.AsyncClient, alice: Person
) -> None:
    bob = api.person(8)
    for person in (alice, bob):
        await person.says("/start")
    api.fault("sendMessage", too_many(3), times=2, chat=alice.id)

    async def status(person: Person) -> int:
        asked = {"chat_id": person.id, "text": "hello"}
        return (await client.post("sendMessage", data=asked)).status_code

    assert [await status(each) for each in (alice, bob, alice, alice)] == [429, 200, 429, 200]
    assert [call.status for call in api.calls("sendMessage", chat=alice.id)] == [429, 429, 200]


async def test_what_hangs_is_free_again_when_the_client_gives_up(
    api: BotApi, client: httpx.AsyncClient, alice: Person
) -> None:
    await alice.says("/start")
    api.fault("sendMessage", hangs(acts=True))

    with pytest.raises(httpx.ReadTimeout):
        await client.post("sendMessage", data={"chat_id": 7, "text": "hi"}, timeout=0.2)

    await api.until(lambda: alice.messages == ["hi"])


async def test_settled_means_confirmed_answered_and_shown(
    api: BotApi, client: httpx.AsyncClient, alice: Person
) -> None:
    await alice.says("/start")
    alice.presses_data("x")
    settled = asyncio.create_task(api.settled())

    for method, asked in (
        ("getUpdates", {}),
        ("getUpdates", {"offset": 1002}),
        ("answerCallbackQuery", {"callback_query_id": "query-1001"}),
    ):
        await client.post(method, data=asked)
        assert not settled.done()
    await client.post("sendMessage", data={"chat_id": 7, "text": "hello"})

    await settled


async def test_another_process_can_talk_to_it(api: BotApi) -> None:
    ask = (
        f"import urllib.request as u; print(u.urlopen({api.base_url + TOKEN + '/getMe'!r}).read())"
    )

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ask, stdout=subprocess.PIPE
    )
    said, _ = await process.communicate()

    assert b"assay_test_bot" in said
