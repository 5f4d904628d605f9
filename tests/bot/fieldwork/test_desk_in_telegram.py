"""The desk in a chat: one message that changes under its buttons, as the interview's card does."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_reading import read
from bot.channels.telegram_wire import open_bot
from tests import bot_api
from tests.bot.fieldwork.desks import appointed
from tests.bot.fieldwork.reached import Office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot.conftest import Clock
    from tests.people import Person


@pytest.fixture
async def office(fieldwork: Conversation, clock: Clock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(bot_api.running())
        told = bot_api.TOKEN, api.base_url, api.base_file_url
        bot = await stack.enter_async_context(open_bot(*told))
        office = Office(fieldwork, clock, api)
        office.opens(TelegramChannel(bot, today=lambda: 20_000))
        yield office


async def hears(office: Office) -> None:
    """What was done in the chat is taken and answered."""
    raw = office.api.updates.waiting[-1]
    incoming = read(raw)
    assert incoming is not None
    await office.talk.take([incoming])
    await office.sender.send_due()


async def at_the_desk(office: Office) -> Person:
    who = office.api.person(1)
    who.chat.begun = True
    await appointed(office.talk)
    await office.sender.send_due()
    await who.says("/admin")
    await hears(office)
    return who


async def test_a_page_takes_the_place_of_the_one_whose_button_was_pressed(office: Office) -> None:
    who = await at_the_desk(office)
    before = len(who.messages)
    assert "You are here as owner" in who.screen

    await who.presses("ASI Certification Survey 2021")
    await hears(office)
    assert "Remind now" in " ".join(who.buttons)
    await who.presses("Back")
    await hears(office)

    assert "You are here as owner" in who.screen
    assert len(who.messages) == before


async def test_a_page_comes_anew_where_its_message_was_deleted(office: Office) -> None:
    who = await at_the_desk(office)
    before = len(who.messages)
    pressed = dict(who.chat.card)
    who.deletes_card()

    data = pressed["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    who.presses_data(data, pressed)
    await hears(office)

    assert len(who.messages) == before


async def test_what_nobody_could_ask_for_is_no_command(office: Office) -> None:
    who = await at_the_desk(office)

    await who.says("/admin round.1:zh." + "x" * 100)
    await hears(office)

    assert who.screen.startswith("How this works")
