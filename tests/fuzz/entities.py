"""Telegram's HTML as its own documentation tells it, read without any code of the product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TAG = re.compile(r"<(/?)([a-z]+)( expandable)?>")
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-f]+));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ALLOWED = {"b", "i", "blockquote"}
"""The tags that cards use; every other one would come from somebody's words."""


@dataclass
class Read:
    """What Telegram would show."""

    text: str = ""
    spans: list[tuple[str, str]] = field(default_factory=list)
    """Each formatted part: tag and text, in the order in which they end."""


def read(html: str) -> Read:
    """The text and its formatted parts. Raises ValueError where Telegram would refuse it."""
    shown = Read()
    open_: list[tuple[str, int]] = []
    at = 0
    while at < len(html):
        match html[at]:
            case "<":
                tag = _TAG.match(html, at)
                if tag is None or tag[2] not in ALLOWED:
                    raise ValueError(f"no tag of ours at {at}: {html[at : at + 40]!a}")
                _turn(shown, open_, tag)
                at = tag.end()
            case "&":
                entity = _ENTITY.match(html, at)
                if entity is None:
                    raise ValueError(f"no entity at {at}: {html[at : at + 40]!a}")
                shown.text += _NAMED.get(entity[1]) or chr(
                    int(entity[2] or entity[3], 10 if entity[2] else 16)
                )
                at = entity.end()
            case ">":
                raise ValueError(f"a bare > at {at}")
            case plain:
                shown.text += plain
                at += 1
    if open_:
        raise ValueError(f"not closed: {open_}")
    return shown


def _turn(shown: Read, open_: list[tuple[str, int]], tag: re.Match[str]) -> None:
    if not tag[1]:
        open_.append((tag[2], len(shown.text)))
        return
    if not open_ or open_[-1][0] != tag[2] or tag[3]:
        raise ValueError(f"closes nothing: {tag[0]}")
    name, start = open_.pop()
    shown.spans.append((name, shown.text[start:]))
