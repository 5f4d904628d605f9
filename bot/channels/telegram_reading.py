"""What an update of Telegram says: raw JSON becomes ``Incoming``. Pure.

Nothing is made of the parts that are not looked at: an attachment of a new kind, or a part that
Telegram forgot to say, keeps nobody from being heard.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from telegram.constants import ChatMemberStatus, ChatType

from bot.channels import Asked, Incoming, Pressed, Typed, Unreadable, Uploaded
from bot.channels.telegram_layout import read_data
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.channels import Said

NAME = "telegram"
LARGEST_ID: Final = 2**63
"""Numbers from here on are none of Telegram's, and no column holds them."""

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
_ADDED: Final = {
    ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED,
}  # fmt: skip
_GROUPS: Final = {ChatType.GROUP, ChatType.SUPERGROUP}


def read(update: Mapping[str, Any]) -> Incoming | None:
    """What somebody did, or None where nobody said anything to us.

    Raises KeyError, TypeError, ValueError or AttributeError where what is looked at is not as
    Telegram sends it.
    """
    query, change = update.get("callback_query"), update.get("my_chat_member")
    if query is not None:
        return _press(update, query)
    if change is not None:
        return _membership(update, change)
    message = update.get("message") or update.get("edited_message")
    if message is None:
        return None
    chat = message["chat"]
    said = _said_in_group(message) if chat["type"] in _GROUPS else _said(update, message)
    return None if said is None else _incoming(update, chat["id"], message.get("from"), said)


def _incoming(
    update: Mapping[str, Any], chat: object, person: Mapping[str, Any] | None, said: Said
) -> Incoming:
    language = person.get("language_code") if person is not None else None
    known = language if isinstance(language, str) else None
    return Incoming(NAME, str(_number(chat)), said, update["update_id"], known)


def _number(number: object) -> int:
    """A chat or a message. Raises ValueError for what no column holds: it is none of Telegram's."""
    if type(number) is not int or abs(number) >= LARGEST_ID:
        raise ValueError("not a number of Telegram's")
    return number


def _word(word: object) -> str:
    """A text, empty where there is none. Raises TypeError for what is none."""
    if word is None:
        return ""
    if not isinstance(word, str):
        raise TypeError("not a text")
    return word


def _press(update: Mapping[str, Any], query: Mapping[str, Any]) -> Incoming:
    """A press counts in the presser's own chat only; a copied card is nobody's form."""
    who, message = query["from"], query.get("message")
    person = _number(who["id"])
    if message is None or message["chat"]["id"] != person:
        return _incoming(update, person, who, Unreadable("foreign"))
    pressed = read_data(_word(query.get("data"))) or Pressed(code="", stamp="")
    said = replace(pressed, on=_number(message["message_id"]))
    return _incoming(update, person, who, said)


def _membership(update: Mapping[str, Any], change: Mapping[str, Any]) -> Incoming | None:
    chat, kind = change["chat"]["id"], change["chat"]["type"]
    was, now = change["old_chat_member"]["status"], change["new_chat_member"]["status"]
    said: Unreadable | None = None
    if kind == ChatType.PRIVATE and now == ChatMemberStatus.BANNED:
        said = Unreadable("blocked")
    elif kind == ChatType.PRIVATE and was == ChatMemberStatus.BANNED:
        said = Unreadable("returned")
    elif kind in _GROUPS and now in _ADDED and was not in _ADDED:
        said = Unreadable("group")
    return None if said is None else _incoming(update, chat, change.get("from"), said)


def _said_in_group(message: Mapping[str, Any]) -> Said | None:
    """In a group only a command is taken to be meant for us, and never followed."""
    edited = message.get("edit_date") is not None
    addressed = not edited and _word(message.get("text")).startswith("/")
    return Unreadable("group") if addressed else None


def _said(update: Mapping[str, Any], message: Mapping[str, Any]) -> Said | None:
    if message["chat"]["type"] != ChatType.PRIVATE or any(map(message.get, _REMARKS)):
        return None
    if update.get("message") is None:
        return Unreadable("edited")
    if message.get("text"):
        return _words(message)
    for attribute, kind in _KINDS.items():
        if message.get(attribute) is not None:
            return _document(message) if kind == "document" else Unreadable(kind)
    return Unreadable("other")


def _document(message: Mapping[str, Any]) -> Said:
    """A document somebody sends themselves; what they pass on is nobody's word, and neither is what
    is none.
    """
    document = message["document"]
    if message.get("forward_origin") is not None:
        return Unreadable("document")
    try:
        name, reference = _word(document.get("file_name")), _word(document["file_id"])
        return Uploaded(name, reference=reference, size=_number(document.get("file_size") or 0))
    except (AttributeError, KeyError, TypeError, ValueError):
        return Unreadable("document")


def _words(message: Mapping[str, Any]) -> Said:
    text = _word(message["text"])
    command = _COMMAND.fullmatch(text)
    if command is None:
        return Typed(text)
    if message.get("forward_origin") is not None or message.get("via_bot") is not None:
        # Somebody else's command is no order of the one who passes it on.
        return Unreadable("other")
    return Asked(Command(command[1].lower(), (command[3] or "").strip()))
