from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import texts
from bot.channels import Ambiguous, LiveCard, RetryLater, Shown, Unreachable
from bot.channels.telegram import COMMANDS, TelegramChannel, announce
from bot.channels.telegram_wire import close, open_bot
from flows.actions import Choose, Command
from flows.card import Button, Card, Row
from tests.bot_api import TOKEN, drops, garbles, hangs, refuses, too_many

if TYPE_CHECKING:
    import telegram

    from tests.bot_api import BotApi
    from tests.people import Person

CARD: Card[str] = Card(
    name="choice",
    title="Is <b>this</b> & that positive?",
    rows=(
        Row(1, "Yes", None, marked=False, action=Choose("3", "a")),
        Row(2, "No", None, marked=False, action=Choose("3", "b")),
    ),
    one=True,
    buttons=((Button("Help", Command("help")),),),
)
SHOWN = Shown(CARD, "0123abcd", "en")
IN_GROUP = Shown(replace(CARD, notices=("Please write to me privately.",)), "0123abcd", "en")
ANSWERED = Shown(replace(CARD, title="Thank you"), "0123abcd", "en")


@pytest.fixture
async def alice(alice: Person) -> Person:
    await alice.says("/start")
    return alice


async def test_a_card_is_sent_once_and_edited_after_that(
    channel: TelegramChannel, alice: Person
) -> None:
    live = await channel.show("7", SHOWN, None)
    again = await channel.show("7", ANSWERED, live)

    assert again == live == LiveCard(alice.chat.card["message_id"], 20_000)
    assert alice.messages == ["Thank you"]
    assert alice.buttons == ["○ Yes", "○ No", "Help"]


async def test_showing_the_same_card_again_is_a_success(
    channel: TelegramChannel, alice: Person
) -> None:
    live = await channel.show("7", SHOWN, None)

    assert await channel.show("7", SHOWN, live) == live
    assert alice.screen == "Is <b>this</b> & that positive?"


async def test_a_card_that_is_gone_is_sent_anew(channel: TelegramChannel, alice: Person) -> None:
    live = await channel.show("7", SHOWN, None)
    alice.deletes_card()

    again = await channel.show("7", ANSWERED, live)

    assert again not in {None, live}
    assert alice.messages == ["Thank you"]


async def test_a_card_that_telegram_no_longer_edits_is_sent_anew(
    api: BotApi, channel: TelegramChannel, alice: Person
) -> None:
    live = await channel.show("7", SHOWN, None)
    api.fault("editMessageText", refuses(400, "Bad Request: message can't be edited"))

    assert await channel.show("7", ANSWERED, live) not in {None, live}
    assert alice.screen == "Thank you"


@pytest.mark.parametrize(("age", "anew"), [(0, False), (1, False), (2, True), (30, True)])
async def test_a_card_older_than_a_day_is_sent_anew(
    channel: TelegramChannel, alice: Person, age: int, anew: bool
) -> None:
    live = await channel.show("7", SHOWN, None)
    assert live is not None

    await channel.show("7", ANSWERED, replace(live, day=live.day - age))

    assert len(alice.messages) == (2 if anew else 1)


async def test_a_page_stands_beside_the_card(channel: TelegramChannel, alice: Person) -> None:
    await channel.show("7", SHOWN, None)
    await channel.say("7", ANSWERED)

    assert alice.messages == ["Is <b>this</b> & that positive?", "Thank you"]


async def test_a_retired_card_keeps_its_text_and_loses_its_buttons(
    channel: TelegramChannel, alice: Person
) -> None:
    live = await channel.show("7", SHOWN, None)
    assert live is not None

    await channel.retire("7", live)
    await channel.retire("7", live)

    assert alice.screen == "Is <b>this</b> & that positive?"
    assert alice.buttons == []


@pytest.mark.usefixtures("alice")
async def test_retiring_a_card_that_is_gone_is_no_trouble(channel: TelegramChannel) -> None:
    await channel.retire("7", LiveCard(99))


async def test_who_blocked_the_bot_is_unreachable(channel: TelegramChannel, alice: Person) -> None:
    await alice.blocks()

    with pytest.raises(Unreachable):
        await channel.show("7", SHOWN, None)


async def test_a_chat_that_is_not_there_is_unreachable(channel: TelegramChannel) -> None:
    with pytest.raises(Unreachable):
        await channel.say("404", SHOWN)


async def test_a_limit_says_how_long_to_wait(
    api: BotApi, channel: TelegramChannel, alice: Person
) -> None:
    api.fault("sendMessage", too_many(17))

    with pytest.raises(RetryLater) as later:
        await channel.show("7", SHOWN, None)

    assert (later.value.seconds, later.value.everybody) == (17, False)
    assert alice.messages == []


@pytest.mark.parametrize("acts", [True, False])
async def test_a_send_whose_line_broke_is_ambiguous(
    api: BotApi, channel: TelegramChannel, alice: Person, acts: bool
) -> None:
    api.fault("sendMessage", drops(acts=acts))

    with pytest.raises(Ambiguous):
        await channel.show("7", SHOWN, None)

    assert len(alice.messages) == acts


@pytest.mark.parametrize("acts", [True, False])
async def test_a_send_that_was_not_answered_in_time_is_ambiguous(
    api: BotApi, alice: Person, acts: bool
) -> None:
    api.fault("sendMessage", hangs(acts=acts))
    async with open_bot(TOKEN, api.base_url, api.base_file_url, read_timeout=0.5) as impatient:
        with pytest.raises(Ambiguous):
            await TelegramChannel(impatient).show("7", SHOWN, None)

    await api.until(lambda: bool(api.calls("sendMessage")))
    assert len(alice.messages) == acts


@pytest.mark.usefixtures("alice")
async def test_an_answer_that_cannot_be_read_is_ambiguous(
    api: BotApi, channel: TelegramChannel
) -> None:
    api.fault("sendMessage", garbles())

    with pytest.raises(Ambiguous):
        await channel.show("7", SHOWN, None)


async def test_nobody_at_the_other_end_means_later_for_everybody(api: BotApi) -> None:
    bot = open_bot(TOKEN, api.base_url, api.base_file_url)
    await api.stop()

    with pytest.raises(RetryLater) as later:
        await TelegramChannel(bot).show("7", SHOWN, None)

    await close(bot)
    assert later.value.everybody


@pytest.mark.parametrize("status", [401, 404, 500, 502])
@pytest.mark.usefixtures("alice")
async def test_an_outage_means_later_for_everybody(
    api: BotApi, channel: TelegramChannel, status: int
) -> None:
    api.fault("sendMessage", refuses(status, "something went wrong"))

    with pytest.raises(RetryLater) as later:
        await channel.show("7", SHOWN, None)

    assert later.value.everybody


@pytest.mark.usefixtures("alice")
async def test_a_message_that_telegram_refuses_holds_up_nobody_else(
    api: BotApi, channel: TelegramChannel
) -> None:
    api.fault("sendMessage", refuses(400, "Bad Request: can't parse entities"))

    with pytest.raises(RetryLater) as later:
        await channel.show("7", SHOWN, None)

    assert not later.value.everybody


async def test_a_group_that_moved_is_told_at_its_new_place(
    api: BotApi, channel: TelegramChannel
) -> None:
    old, new = api.group(-1001), api.group(-1002)
    old.chat.migrated_to, new.chat.begun = new.id, True

    await channel.show("-1001", IN_GROUP, None)

    assert new.chat.card["text"] == "Please write to me privately."


async def test_a_group_is_told_one_line_and_shown_nothing(
    api: BotApi, channel: TelegramChannel
) -> None:
    group = api.group(-1001)
    group.chat.begun = True

    live = await channel.show("-1001", IN_GROUP, None)
    await channel.show("-1001", SHOWN, None)
    await channel.say("-1001", SHOWN)

    (said,) = group.chat.from_bot
    assert said["text"] == "Please write to me privately."
    assert "reply_markup" not in said
    assert live is None


async def test_a_press_is_answered_with_at_most_two_hundred_characters(
    channel: TelegramChannel, alice: Person, api: BotApi
) -> None:
    alice.presses_data("x")
    (query,) = api.world.asked

    await channel.answer(query, "too long " * 40, alert=True)

    ((person, text, alert),) = api.world.toasts
    assert (person, len(text), text[-1], alert) == (7, 200, "…", True)


async def test_an_answer_to_a_press_that_comes_too_late_is_no_trouble(
    channel: TelegramChannel,
) -> None:
    await channel.answer("long-gone", "hello")


async def test_the_menu_is_told_in_both_languages(api: BotApi, bot: telegram.Bot) -> None:
    await announce(bot, texts.template)

    assert [each["command"] for each in api.world.menus[""]] == list(COMMANDS)
    assert [each["command"] for each in api.world.menus["zh"]] == list(COMMANDS)
    assert api.world.menus[""] != api.world.menus["zh"]


async def test_a_menu_that_telegram_knows_is_not_told_again(api: BotApi, bot: telegram.Bot) -> None:
    await announce(bot, texts.template)
    await announce(bot, texts.template)

    assert len(api.calls("setMyCommands")) == 2, "one a language"


async def test_a_menu_that_cannot_be_told_stops_nothing(api: BotApi, bot: telegram.Bot) -> None:
    api.fault("setMyCommands", refuses(401, "Unauthorized"))

    await announce(bot, texts.template)

    assert list(api.world.menus) == ["zh"]
