"""Telegram: an update becomes ``Incoming``, a card becomes a message that is edited in place."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import telegram
from telegram.constants import CallbackQueryLimit, ChatMemberStatus, ChatType, ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.channels import Asked, Incoming, LiveCard, Pressed, Typed, Unreadable, Uploaded
from bot.channels.telegram_layout import lay_out, read_data
from bot.channels.telegram_wire import kindly
from flows.actions import Command
from flows.card import Card

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.channels import Attachment, Said, Shown
    from bot.channels.telegram_layout import Message

log = logging.getLogger(__name__)

NAME = "telegram"
DAY = 86_400
LARGEST_ID: Final = 2**63
"""Numbers from here on are none of Telegram's, and no column holds them."""
COMMANDS: Final = (
    "start", "help", "status", "scorecard", "language", "pause",
    "continue", "code", "reminders", "timezone", "privacy", "mydata", "forget",
)  # fmt: skip
"""The menu, in the order in which it is shown."""

_COMMAND = re.compile(r"/(\w{1,32})(?:@(\w+))?(?:\s+(.*))?", re.ASCII | re.DOTALL)
# An animation carries a document too, a venue a location: what is more telling stands first.
_KINDS: Final = {
    "animation": "animation", "voice": "voice", "video_note": "video", "video": "video",
    "sticker": "sticker", "photo": "photo", "document": "document", "venue": "location",
    "location": "location", "contact": "contact", "poll": "poll",
}  # fmt: skip
# Telegram's own remarks in a private chat: nobody said anything, so nothing is answered.
_REMARKS: Final = (
    "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed",
    "chat_background_set", "boost_added", "connected_website", "delete_chat_photo",
    "new_chat_photo", "new_chat_title", "proximity_alert_triggered",
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
)  # fmt: skip
_UNCHANGED = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_ADDED = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED}
_GROUPS = {ChatType.GROUP, ChatType.SUPERGROUP}


def read(update: telegram.Update) -> Incoming | None:
    """What somebody did, or None where nobody said anything to us."""
    if update.callback_query is not None:
        return _press(update, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update, update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        return None
    said = _said_in_group(message) if message.chat.type in _GROUPS else _said(update, message)
    return None if said is None else _incoming(update, message.chat.id, said)


def _incoming(update: telegram.Update, chat: int, said: Said) -> Incoming:
    person = update.effective_user
    language = person.language_code if person is not None else None
    known = language if isinstance(language, str) else None
    return Incoming(NAME, str(_number(chat)), said, update.update_id, known)


def _number(number: int) -> int:
    """A chat or a message. Raises ValueError for what no column holds: it is none of Telegram's."""
    if type(number) is not int or abs(number) >= LARGEST_ID:
        raise ValueError("not a number of Telegram's")
    return number


def _word(word: str | None) -> str:
    """A text, empty where there is none. Raises TypeError for what is none."""
    if word is not None and not isinstance(word, str):
        raise TypeError("not a text")
    return word or ""


def _press(update: telegram.Update, query: telegram.CallbackQuery) -> Incoming:
    """A press counts in the presser's own chat only; a copied card is nobody's form."""
    person = query.from_user.id
    at_home = query.message is not None and query.message.chat.id == person
    if query.message is None or not at_home:
        return _incoming(update, person, Unreadable("foreign"))
    pressed = read_data(_word(query.data)) or Pressed(code="", stamp="")
    return _incoming(update, person, replace(pressed, on=_number(query.message.message_id)))


def _membership(update: telegram.Update, change: telegram.ChatMemberUpdated) -> Incoming | None:
    was, now = change.old_chat_member.status, change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE and now == ChatMemberStatus.BANNED:
        return _incoming(update, change.chat.id, Unreadable("blocked"))
    if change.chat.type == ChatType.PRIVATE and was == ChatMemberStatus.BANNED:
        return _incoming(update, change.chat.id, Unreadable("returned"))
    if change.chat.type in _GROUPS and now in _ADDED and was not in _ADDED:
        return _incoming(update, change.chat.id, Unreadable("group"))
    return None


def _said_in_group(message: telegram.Message) -> Said | None:
    """In a group only a command is taken to be meant for us, and never followed."""
    addressed = message.edit_date is None and _word(message.text).startswith("/")
    return Unreadable("group") if addressed else None


def _said(update: telegram.Update, message: telegram.Message) -> Said | None:
    if message.chat.type != ChatType.PRIVATE or any(
        getattr(message, remark) for remark in _REMARKS
    ):
        return None
    if update.edited_message is not None:
        return Unreadable("edited")
    if message.text:
        return _words(message)
    for attribute, kind in _KINDS.items():
        if getattr(message, attribute):
            return _document(message) if kind == "document" else Unreadable(kind)
    return Unreadable("other")


def _document(message: telegram.Message) -> Said:
    """A document somebody sends themselves; what they pass on is nobody's word."""
    document = message.document
    if document is None or message.forward_origin is not None:
        return Unreadable("document")
    size = document.file_size or 0
    name, reference = _word(document.file_name), _word(document.file_id)
    return Uploaded(name, reference=reference, size=_number(size))


def _words(message: telegram.Message) -> Said:
    text = _word(message.text)
    command = _COMMAND.fullmatch(text)
    if command is None:
        return Typed(text)
    if message.forward_origin is not None or message.via_bot is not None:
        # Somebody else's command is no order of the one who passes it on.
        return Unreadable("other")
    return Asked(Command(command[1].lower(), (command[3] or "").strip()))


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
        if live is not None and self.today() - live.day <= 1:
            with kindly():
                if await self._edit(address, message, live.message_id):
                    return live
        with kindly():
            return LiveCard(await self._send(address, message), self.today())

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
            await self.bot.answer_callback_query(query, toast or None, show_alert=alert or None)
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
            await self.bot.edit_message_text(
                message.text,
                int(address),
                message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                reply_markup=_markup(message),
            )
        except BadRequest as error:
            if _is(error, *_GONE):
                return False
            if not _is(error, _UNCHANGED):
                raise
        return True

    async def _send(self, address: str, message: Message) -> int:
        try:
            return await self._send_to(int(address), message)
        except ChatMigrated as moved:
            return await self._send_to(moved.new_chat_id, message)

    async def _send_to(self, chat: int, message: Message) -> int:
        sent = await self.bot.send_message(
            chat,
            message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
            reply_markup=_markup(message),
        )
        return sent.message_id


def _is_group(address: str) -> bool:
    """Telegram numbers groups below zero."""
    return address.startswith("-")


def _is(error: BadRequest, *signs: str) -> bool:
    return any(sign in error.message.lower() for sign in signs)


def _markup(message: Message) -> telegram.InlineKeyboardMarkup | None:
    if not message.keyboard:
        return None
    return telegram.InlineKeyboardMarkup(
        [
            [telegram.InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in message.keyboard
        ]
    )


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
