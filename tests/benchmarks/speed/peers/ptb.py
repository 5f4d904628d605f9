"""What the peers on python-telegram-bot share: the application as its guide starts it, a keyboard,
and how a screen is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application

from tests.benchmarks.speed.peers import surroundings

if TYPE_CHECKING:
    from telegram.ext import ApplicationBuilder

    from tests.benchmarks.speed.peers.form import Screen

HTML = "HTML"


def builder() -> ApplicationBuilder[Any, Any, Any, Any, Any, Any]:
    """An application that speaks with the stand-in, otherwise with the library's defaults."""
    return Application.builder().token(surroundings.TOKEN).base_url(surroundings.BASE_URL)


def run(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Poll, or listen, until killed."""
    if surroundings.WEBHOOK:
        application.run_webhook(
            listen="127.0.0.1",
            port=surroundings.PORT,
            url_path=surroundings.PATH,
            webhook_url=surroundings.URL,
            secret_token=surroundings.SECRET,
            allowed_updates=Update.ALL_TYPES,
        )
    else:
        application.run_polling(allowed_updates=Update.ALL_TYPES)


def keyboard(screen: Screen) -> InlineKeyboardMarkup:
    """The buttons of a screen."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in screen.keys
        ]
    )


async def turned(update: Update, screen: Screen) -> None:
    """Answer a press, and change the message under it."""
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_text(screen.text, parse_mode=HTML, reply_markup=keyboard(screen))


async def replied(update: Update, screen: Screen) -> None:
    """Answer words by a new message."""
    assert update.effective_message is not None
    await update.effective_message.reply_text(
        screen.text, parse_mode=HTML, reply_markup=keyboard(screen)
    )
