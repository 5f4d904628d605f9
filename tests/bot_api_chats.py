"""The chats of the Bot API stand-in, and the methods that change them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bot_api_rules import Refusal, bad, formatted, keyboard, menu

Parameters = dict[str, str]
BOT = {"id": 4242, "is_bot": True, "first_name": "Assay", "username": "assay_test_bot"}

_UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass
class Chat:
    """One chat as everybody in it sees it now."""

    id: int
    kind: str
    about: dict[str, Any]
    begun: bool = False
    blocked: bool = False
    migrated_to: int = 0
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def from_bot(self) -> list[dict[str, Any]]:
        return [each for each in self.messages.values() if each["from"]["is_bot"]]

    @property
    def card(self) -> dict[str, Any]:
        """The newest message of the bot that has buttons, or else its newest message."""
        said = self.from_bot
        assert said, "the bot has said nothing in this chat"
        return next((each for each in reversed(said) if "reply_markup" in each), said[-1])


class Chats:
    """What the bot can do, by method name; every check that Telegram makes is made."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.menus: dict[str, list[dict[str, str]]] = {}
        self.about_me: dict[tuple[str, str], str] = {}
        self.asked: dict[str, int] = {}
        """Button presses that may be answered: query id to the presser."""
        self.toasts: list[tuple[int, str, bool]] = []
        """Who was shown what on a press, and whether as an alert."""
        self.unanswered: set[str] = set()
        self._last_message = 100
        self.methods: dict[str, Callable[[Parameters], Any]] = {
            "getMe": lambda _: BOT,
            "sendMessage": self._send_message,
            "sendDocument": lambda p: self._send_file("document", p),
            "sendPhoto": lambda p: self._send_file("photo", p),
            "sendChatAction": lambda p: bool(self._reachable(p)),
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete,
            "answerCallbackQuery": self._answer,
            "setMyCommands": self._set_commands,
            "getMyCommands": lambda p: self.menus.get(p.get("language_code", ""), []),
            "deleteMyCommands": lambda p: bool(self.menus.pop(p.get("language_code", ""), True)),
            "setMyName": lambda p: self._set_about("name", p),
            "setMyDescription": lambda p: self._set_about("description", p),
            "setMyShortDescription": lambda p: self._set_about("short_description", p),
        }

    def message(self, chat: Chat, author: dict[str, Any], **content: Any) -> dict[str, Any]:
        """A new message in a chat; ids count up over all private chats of a bot."""
        self._last_message += 1
        message = {
            "message_id": self._last_message,
            "from": author,
            "chat": chat.about,
            "date": int(time.time()),
            **content,
        }
        chat.messages[self._last_message] = message
        return message

    def _reachable(self, p: Parameters) -> Chat:
        chat = self.chats.get(int(p.get("chat_id", "0")))
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if not chat.begun:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _send_message(self, p: Parameters) -> dict[str, Any]:
        chat = self._reachable(p)
        return self.message(chat, BOT, **_content(p))

    def _send_file(self, kind: str, p: Parameters) -> dict[str, Any]:
        chat = self._reachable(p)
        if not p.get(kind):
            raise bad(f"there is no {kind} in the request")
        caption, _ = formatted(p.get("caption", ""), p.get("parse_mode", ""), longest=1024)
        file = {"file_id": f"file-{self._last_message}", "file_unique_id": "f", "file_size": 1}
        sized = [{**file, "width": 1, "height": 1}]
        content: dict[str, Any] = {kind: sized if kind == "photo" else file}
        if caption:
            content["caption"] = caption
        return self.message(chat, BOT, **content)

    def _to_edit(self, p: Parameters) -> dict[str, Any]:
        chat = self._reachable(p)
        message = chat.messages.get(int(p.get("message_id", "0")))
        if message is None:
            raise bad("message to edit not found")
        if not message["from"]["is_bot"]:
            raise bad("message can't be edited")
        return message

    def _edit_text(self, p: Parameters) -> dict[str, Any]:
        return _changed(self._to_edit(p), _content(p))

    def _edit_markup(self, p: Parameters) -> dict[str, Any]:
        message = self._to_edit(p)
        kept = {name: message[name] for name in ("text", "entities") if name in message}
        markup = keyboard(p.get("reply_markup", ""))
        return _changed(message, {**kept, **({"reply_markup": markup} if markup else {})})

    def _delete(self, p: Parameters) -> bool:
        chat = self._reachable(p)
        if chat.messages.pop(int(p.get("message_id", "0")), None) is None:
            raise bad("message to delete not found")
        return True

    def _answer(self, p: Parameters) -> bool:
        query = p.get("callback_query_id", "")
        if query not in self.asked:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = p.get("text", "")
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.unanswered.discard(query)
        if text:
            self.toasts.append((self.asked[query], text, p.get("show_alert") == "true"))
        return True

    def _set_commands(self, p: Parameters) -> bool:
        language = p.get("language_code", "")
        if language and len(language) != 2:
            raise bad("invalid language code specified")
        self.menus[language] = menu(p.get("commands", "[]"))
        return True

    def _set_about(self, what: str, p: Parameters) -> bool:
        longest = {"name": 64, "description": 512, "short_description": 120}[what]
        if len(p.get(what, "")) > longest:
            raise bad(f"{what} is too long")
        self.about_me[what, p.get("language_code", "")] = p.get(what, "")
        return True


def _content(p: Parameters) -> dict[str, Any]:
    """Text, entities and buttons as they will be seen."""
    if json.loads(p.get("link_preview_options") or "{}").get("is_disabled") is False:
        raise bad("the product never asks for link previews")
    text, entities = formatted(p.get("text", ""), p.get("parse_mode", ""))
    markup = keyboard(p.get("reply_markup", ""))
    content: dict[str, Any] = {"text": text}
    if entities:
        content["entities"] = entities
    if markup:
        content["reply_markup"] = markup
    return content


def _changed(message: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    parts = ("text", "entities", "reply_markup")
    if {name: message[name] for name in parts if name in message} == content:
        raise bad(_UNCHANGED)
    for name in parts:
        message.pop(name, None)
    message.update(content)
    return message
