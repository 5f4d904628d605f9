"""Telegram: a card becomes a message that is edited in place."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import telegram
from telegram.constants import CallbackQueryLimit, ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.channels import LiveCard
from bot.channels.telegram_layout import lay_out
from bot.channels.telegram_reading import NAME
from bot.channels.telegram_wire import call, kindly
from flows.card import Card

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.channels import Attachment, Shown, Uploaded
    from bot.channels.telegram_layout import Message

log = logging.getLogger(__name__)

DAY = 86_400
COMMANDS: Final = (
    "start", "help", "status", "scorecard", "language", "pause",
    "continue", "code", "reminders", "timezone", "privacy", "mydata", "forget",
)  # fmt: skip
"""The menu, in the order in which it is shown."""

_UNCHANGED = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def _today() -> int:
    return int(time.time() // DAY)


@dataclass(slots=True)
class TelegramChannel:
    """The door that is told what to show: one live card a person, edited in place."""

    bot: telegram.Bot
    today: Callable[[], int] = _today
    name: str = NAME

    async def show(self, address: str, shown: Shown, live: LiveCard | None) -> LiveCard | None:
        """Edit the live card, or send it anew where it is gone or more than a day old."""
        if _is_group(address):
            await self._tell_group(address, shown)
            return None
        message = lay_out(shown)
        if live is not None and self._is_editable(live):
            with kindly():
                if await self._edit(address, message, live.message_id):
                    return live
        with kindly():
            return LiveCard(await self._send(address, message), self.today())

    def edit(self, address: str, shown: Shown, live: LiveCard) -> dict[str, Any] | None:
        """The call that edits the live card, for an answer to carry; None where it has to be sent
        anew.
        """
        if _is_group(address) or not self._is_editable(live):
            return None
        said = _said(address, lay_out(shown))
        return {"method": "editMessageText", "message_id": live.message_id, **said}

    def _is_editable(self, live: LiveCard) -> bool:
        return self.today() - live.day <= 1

    async def say(self, address: str, shown: Shown, on: int | None = None) -> None:
        """Send a page of its own, or edit the message ``on``; what somebody asks for in a group is
        not for the group.
        """
        if _is_group(address):
            return
        message = lay_out(shown)
        with kindly():
            if on is None or not await self._edit(address, message, on):
                await self._send(address, message)

    async def send_file(self, address: str, file: Attachment) -> None:
        """Send a picture with its caption, anything else as a document."""
        if _is_group(address):
            return
        with kindly():
            if file.media_type == "image/png":
                await self.bot.send_photo(int(address), file.content, caption=file.caption)
            else:
                await self.bot.send_document(int(address), file.content, filename=file.name)

    async def fetch(self, file: Uploaded) -> Uploaded:
        """The document with what it holds. Raises Unreachable, RetryLater or Ambiguous."""
        with kindly():
            there = await self.bot.get_file(file.reference)
            return replace(file, content=bytes(await there.download_as_bytearray()))

    async def retire(self, address: str, live: LiveCard) -> None:
        """Take the buttons off an older card."""
        with kindly():
            try:
                await self.bot.edit_message_reply_markup(int(address), live.message_id)
            except BadRequest as error:
                if not _is(error, _UNCHANGED, *_GONE):
                    raise

    async def answer(self, query: str, text: str = "", *, alert: bool = False) -> None:
        """Stop the waiting sign on a pressed button; too late is no matter, and never raises."""
        most = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
        toast = text if len(text) <= most else text[: most - 1] + "…"
        try:
            said = {"text": toast, "show_alert": alert} if toast else {}
            await call(self.bot, "answerCallbackQuery", {"callback_query_id": query, **said})
        except TelegramError as error:
            log.info("press_not_answered", extra={"error": type(error).__name__})

    async def _tell_group(self, address: str, shown: Shown) -> None:
        """Say in a group why nothing is shown there: never a question, an answer or a button."""
        if shown.card.notices:
            line = Card(name="group", title=shown.card.notices[0])
            with kindly():
                await self._send(address, lay_out(replace(shown, card=line)))

    async def _edit(self, address: str, message: Message, message_id: int) -> bool:
        """Whether the message shows this now; saying the same twice is no failure."""
        try:
            await call(
                self.bot, "editMessageText", {"message_id": message_id, **_said(address, message)}
            )
        except BadRequest as error:
            if _is(error, *_GONE):
                return False
            if not _is(error, _UNCHANGED):
                raise
        return True

    async def _send(self, address: str, message: Message) -> int:
        try:
            sent = await call(self.bot, "sendMessage", _said(address, message))
        except ChatMigrated as moved:
            sent = await call(self.bot, "sendMessage", _said(str(moved.new_chat_id), message))
        return int(sent["message_id"])


def _is_group(address: str) -> bool:
    """Telegram numbers groups below zero."""
    return address.startswith("-")


def _is(error: BadRequest, *signs: str) -> bool:
    return any(sign in error.message.lower() for sign in signs)


def _said(address: str, message: Message) -> dict[str, Any]:
    """What the calls ask for that put a message into a chat. Written out: the library's objects for
    a message and its buttons cost more than the call.
    """
    said: dict[str, Any] = {
        "chat_id": int(address),
        "text": message.text,
        "parse_mode": ParseMode.HTML,
        "link_preview_options": {"is_disabled": True},
    }
    if message.keyboard:
        rows = [
            [{"text": label, "callback_data": data} for label, data in row]
            for row in message.keyboard
        ]
        said["reply_markup"] = {"inline_keyboard": rows}
    return said


def commands(language: str, texts: Callable[[str, str], str]) -> list[telegram.BotCommand]:
    """The menu of commands in one language."""
    return [telegram.BotCommand(name, texts(language, f"command_{name}")) for name in COMMANDS]


async def announce(bot: telegram.Bot, texts: Callable[[str, str], str]) -> None:
    """Tell Telegram the menu, unless it knows it: English for everybody, Chinese for whose client
    is Chinese.
    """
    for language, code in (("en", None), ("zh", "zh")):
        try:
            wanted = commands(language, texts)
            if list(await bot.get_my_commands(language_code=code)) != wanted:
                await bot.set_my_commands(wanted, language_code=code)
        except TelegramError as error:
            log.warning("menu_not_set", extra={"error": type(error).__name__})
