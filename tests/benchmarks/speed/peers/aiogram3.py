"""What the peers on aiogram share: the bot, and the dispatcher run as its documentation has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from tests.benchmarks.speed.peers import surroundings

if TYPE_CHECKING:
    from aiogram import Dispatcher

    from tests.benchmarks.speed.peers.form import Screen


def _bot() -> Bot:
    server = TelegramAPIServer(
        base=surroundings.BASE_URL + "{token}/{method}",
        file=surroundings.BASE_URL + "{token}/{path}",
    )
    return Bot(
        surroundings.TOKEN,
        session=AiohttpSession(api=server),
        default=DefaultBotProperties(parse_mode="HTML"),
    )


def run(dispatcher: Dispatcher) -> None:
    """Poll, or listen, until killed."""
    if surroundings.WEBHOOK:
        _listen(dispatcher, _bot())
    else:
        asyncio.run(dispatcher.start_polling(_bot()))


def _listen(dispatcher: Dispatcher, bot: Bot) -> None:
    async def started() -> None:
        await bot.set_webhook(surroundings.URL, secret_token=surroundings.SECRET)

    dispatcher.startup.register(started)
    application = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, secret_token=surroundings.SECRET)
    handler.register(application, path=f"/{surroundings.PATH}")
    setup_application(application, dispatcher, bot=bot)
    web.run_app(application, host="127.0.0.1", port=surroundings.PORT, print=None)


def keyboard(screen: Screen) -> InlineKeyboardMarkup:
    """The buttons of a screen."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=data) for label, data in row]
            for row in screen.keys
        ]
    )
