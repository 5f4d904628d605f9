"""What Telegram accepts: formatted text, keyboards, toasts and menus, and how it refuses others."""

from __future__ import annotations

import json
import math
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Refusal(Exception):  # noqa: N818 - named as what it is
    """An answer that is not ok."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad(what: str) -> Refusal:
    return Refusal(400, f"Bad Request: {what}")


@dataclass
class Limits:
    """How much Telegram lets a bot say: about 30 messages in any second, and one a second to one
    chat after a few at once. Whoever says more is told to wait, and is not heard meanwhile.
    """

    a_second: int = 30
    at_once: int = 3
    clock: Callable[[], float] = time.monotonic
    _said: deque[float] = field(default_factory=deque)
    _in_chat: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def count(self, chat: int) -> None:
        """Somebody is told something. Raises Refusal where that is too much."""
        now = self.clock()
        for said, many, within in (
            (self._said, self.a_second, 1.0),
            (self._in_chat[chat], self.at_once, float(self.at_once)),
        ):
            while said and said[0] <= now - within:
                said.popleft()
            if len(said) >= many:
                wait = math.ceil(said[0] + within - now)
                raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        self._said.append(now)
        self._in_chat[chat].append(now)


TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "a": "text_link", "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}  # fmt: skip
_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[a-zA-Z][a-zA-Z-]*)(?P<rest>[^<>]*)>"
    r"|&(?P<named>lt|gt|amp|quot);|&#(?P<number>\d+);|(?P<stray><)|(?P<plain>[^<&]+|&)"
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


def units(text: str) -> int:
    """UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def parsed(text: str, mode: str) -> tuple[str, list[dict[str, Any]]]:
    """The visible text and its entities. Raises Refusal where the markup is broken."""
    if mode == "":
        return text, []
    if mode.upper() != "HTML":
        raise bad(f"unsupported parse_mode {mode}")
    seen = ""
    opened: list[tuple[str, str, int]] = []
    entities: list[dict[str, Any]] = []
    for token in _TOKEN.finditer(text):
        if token["stray"]:
            raise bad(f'can\'t parse entities: Unsupported start tag "" at offset {token.start()}')
        if token["tag"] and token["end"]:
            entities.append(_closed(token["tag"].lower(), opened, units(seen)))
        elif token["tag"]:
            opened.append(_opened(token["tag"].lower(), token["rest"], opened, units(seen)))
        elif token["number"]:
            seen += chr(int(token["number"]))
        else:
            seen += _NAMED[token["named"]] if token["named"] else token["plain"]
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to \"{opened[-1][0]}\"")
    return seen, sorted(
        (each for each in entities if each["length"]), key=lambda each: each["offset"]
    )


def _opened(
    tag: str, rest: str, opened: list[tuple[str, str, int]], at: int
) -> tuple[str, str, int]:
    if tag not in TAGS:
        raise bad(f'can\'t parse entities: Unsupported start tag "{tag}"')
    if tag == "blockquote" and any(other == "blockquote" for other, _, _ in opened):
        raise bad("can't parse entities: blockquotes cannot be nested")
    return tag, rest.strip(), at


def _closed(tag: str, opened: list[tuple[str, str, int]], at: int) -> dict[str, Any]:
    if not opened or opened[-1][0] != tag:
        raise bad(f'can\'t parse entities: Unexpected end tag "{tag}"')
    _, rest, start = opened.pop()
    kind = "expandable_blockquote" if rest == "expandable" else TAGS[tag]
    entity: dict[str, Any] = {"type": kind, "offset": start, "length": at - start}
    if tag == "a":
        entity["url"] = rest.partition("=")[2].strip("\"'")
    return entity


def formatted(text: str, mode: str, longest: int = 4096) -> tuple[str, list[dict[str, Any]]]:
    """Visible text and entities of a message that Telegram would take."""
    seen, entities = parsed(text, mode)
    seen = seen.strip()
    if not seen and longest == 4096:  # a caption may be empty
        raise bad("message text is empty")
    if units(seen) > longest:
        raise bad("message is too long" if longest == 4096 else "message caption is too long")
    if len(entities) > 100:
        raise bad("more than 100 entities, of which the last would be dropped in silence")
    return seen, entities


def keyboard(given: str) -> dict[str, Any] | None:
    """The inline keyboard, checked."""
    markup = json.loads(given) if given else None
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    for key in (key for row in rows for key in row):
        if not key.get("text"):
            raise bad("can't parse inline keyboard button: Text buttons are unallowed")
        if not 1 <= len(key.get("callback_data", "").encode()) <= 64 and not key.get("url"):
            raise bad("BUTTON_DATA_INVALID")
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def menu(given: str) -> list[dict[str, str]]:
    """A menu of commands, checked."""
    commands: list[dict[str, str]] = json.loads(given)
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return commands
