"""A Bot API on this machine, a bot that talks to it, and people in front of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_wire import open_bot
from tests import bot_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import telegram

    from tests.bot_api import BotApi
    from tests.people import Person


@pytest.fixture(autouse=True)
def _nothing_private_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever our own code logs, the token is not in it."""
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    ours = [each for each in caplog.records if each.name.startswith("bot")]
    assert all(bot_api.TOKEN not in f"{each.getMessage()}{vars(each)}" for each in ours)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


@pytest.fixture
def alice(api: BotApi) -> Person:
    return api.person(7, name="Alice")


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[telegram.Bot]:
    async with open_bot(bot_api.TOKEN, api.base_url, api.base_file_url) as opened:
        yield opened


@pytest.fixture
def channel(bot: telegram.Bot) -> TelegramChannel:
    return TelegramChannel(bot, today=lambda: 20_000)
