"""The chats: one message a person looks at, and the updates that come of what they do.

Updates and answers are put together from bytes that are written once: what a bot sent is repeated
in the answer to it, and in every press on it, as Telegram does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

BOT = b'{"id":4242,"is_bot":true,"first_name":"Measured","username":"measured_bot"}'
DATE = 1_800_000_000
"""The second in which everything happens."""


@dataclass(slots=True)
class Chat:
    """Somebody's private chat with the bot."""

    id: int
    newest: int = 0
    """The number of the newest message, whoever's it is."""
    card: int = 0
    """The number of the newest message of the bot's: the one that is looked at."""
    shows: bytes = b""
    """Its text and its buttons, as members of a JSON object."""
    buttons: list[dict[str, Any]] = field(default_factory=list)
    person: bytes = b""
    about: bytes = b""

    def __post_init__(self) -> None:
        number = self.id
        self.person = b'{"id":%d,"is_bot":false,"first_name":"P","language_code":"en"}' % number
        self.about = b'{"id":%d,"type":"private","first_name":"P"}' % number

    def is_sent(self, text: str, markup: str) -> bytes:
        """Take a new message; it, as an answer."""
        self.newest += 1
        self.card = self.newest
        self._now_shows(content(text, markup), markup)
        return self.message()

    def is_edited(self, number: int, text: str, markup: str) -> bytes | None:
        """Change a message; it, as an answer, or None where it shows this already."""
        shows = content(text, markup)
        if number != self.card:
            return self._written(number, shows)
        if shows == self.shows:
            return None
        self._now_shows(shows, markup)
        return self.message()

    def is_marked(self, number: int, markup: str) -> bytes | None:
        """Change the buttons of a message only."""
        text, _, _ = self.shows.partition(b',"reply_markup":')
        shows = text + _with_buttons(markup)
        if number != self.card:
            return self._written(number, shows)
        if shows == self.shows:
            return None
        self._now_shows(shows, markup)
        return self.message()

    def _now_shows(self, shows: bytes, markup: str) -> None:
        rows = json.loads(markup).get("inline_keyboard", ()) if markup else ()
        self.buttons = [key for row in rows for key in row]
        self.shows = shows

    def message(self) -> bytes:
        """The message that is looked at."""
        return self._written(self.card, self.shows)

    def _written(self, number: int, shows: bytes) -> bytes:
        return b'{"message_id":%d,"from":%b,"chat":%b,"date":%d,%b}' % (
            number, BOT, self.about, DATE, shows,
        )  # fmt: skip

    def types(self, update: int, text: str) -> bytes:
        """The update when this is typed."""
        self.newest += 1
        said = b'"text":' + quoted(text).encode()
        if text.startswith("/"):
            length = len(text.partition(" ")[0])
            said += b',"entities":[{"type":"bot_command","offset":0,"length":%d}]' % length
        return b'{"update_id":%d,"message":{"message_id":%d,"from":%b,"chat":%b,"date":%d,%b}}' % (
            update, self.newest, self.person, self.about, DATE, said,
        )  # fmt: skip

    def presses(self, update: int, query: str, data: str) -> bytes:
        """The update when this button is pressed."""
        return (
            b'{"update_id":%d,"callback_query":{"id":"%b","from":%b,"message":%b,'
            b'"chat_instance":"1","data":%b}}'
            % (update, query.encode(), self.person, self.message(), quoted(data).encode())
        )


def content(text: str, markup: str) -> bytes:
    """Text and buttons as members of an object."""
    return b'"text":' + quoted(text).encode() + _with_buttons(markup)


def _with_buttons(markup: str) -> bytes:
    return b',"reply_markup":' + markup.encode() if markup and markup != "{}" else b""
