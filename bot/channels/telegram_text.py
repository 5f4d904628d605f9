"""Fits text into one Telegram message: escaped, and cut fairly where it is too long. Pure."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST = 4096
"""UTF-16 units of one message. Telegram counts without the tags; counting them errs on our side."""
MOST_TAGS = 100
"""Formatted parts of one message; Telegram drops the others in silence."""
LEAST = 24
"""Units that a soft piece keeps while other pieces can still give way."""

Tag: TypeAlias = Literal["", "b", "i", "blockquote", "blockquote expandable"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message that may be cut, after a plain lead that may not."""

    text: str
    lead: str = ""
    tag: Tag = ""
    soft: bool = False
    """Whether this gives way before others do: what was said gives way to what is asked."""
    both_ends: bool = False
    """Whether a cut goes into the middle: whoever types on needs to see where they are."""


def width(text: str) -> int:
    """Columns that the text takes on a screen; a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(_columns(char) - 1 for char in text if char > "\u02ff")


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, columns: int) -> str:
    """The text in at most so many columns."""
    if width(text) <= columns:
        return text
    taken = 0
    for index, char in enumerate(text):
        taken += _columns(char)
        if taken >= columns:
            return text[:index].rstrip() + "…"
    return text


def one_line(text: str) -> str:
    """The text without breaks."""
    return " ".join(text.split())


def sendable(text: str) -> str:
    """The text without what UTF-8 cannot carry."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def units(text: str) -> int:
    """Length as Telegram counts it."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(pieces: Iterable[Piece]) -> str:
    """The pieces as HTML that fits one message."""
    kept = _as_many_as_fit(_tagged_sparingly(pieces))
    hard, soft = _levels(kept, LONGEST - sum(map(_fixed, kept)))
    return "".join(_written(each, soft if each.soft else hard) for each in kept).strip() or "…"


def _tagged_sparingly(pieces: Iterable[Piece]) -> list[Piece]:
    kept = []
    tags = 0
    for each in pieces:
        tags += bool(each.tag)
        tag = "" if tags > MOST_TAGS else each.tag
        text, lead = sendable(each.text), sendable(each.lead)
        if (text, lead, tag) != (each.text, each.lead, each.tag):
            each = replace(each, text=text, lead=lead, tag=tag)  # noqa: PLW2901 - as it can be sent
        kept.append(each)
    return kept


def _as_many_as_fit(pieces: Sequence[Piece]) -> list[Piece]:
    """What leaves every piece at least one character; absurdly many end with an ellipsis."""
    kept: list[Piece] = []
    room = LONGEST - 2
    for each in pieces:
        room -= _fixed(each) + min(2, _cost(each.text))
        if room < 0:
            return [*kept, Piece("", lead="\n…")]
        kept.append(each)
    return kept


def _fixed(piece: Piece) -> int:
    """Units of a piece that stay whatever is cut."""
    if not piece.tag:
        return _cost(piece.lead)
    return _cost(piece.lead) + len(f"<{piece.tag}></{piece.tag.split()[0]}>")


def _levels(pieces: Sequence[Piece], room: int) -> tuple[int, int]:
    """What a hard and a soft piece may cost, so that all fit; the longest are cut first."""
    hard = [_cost(each.text) for each in pieces if not each.soft]
    soft = [_cost(each.text) for each in pieces if each.soft]
    least = sum(min(each, LEAST) for each in soft)
    if sum(hard) + least <= room:
        return LONGEST, _level(soft, room - sum(hard))
    if least <= room // 2:
        return _level(hard, room - least), LEAST
    both = _level([*hard, *soft], room)
    return both, both


def _level(costs: Sequence[int], room: int) -> int:
    """The height at which the sum of all, each cut to that height, just fits the room."""
    left = len(costs)
    for cost in sorted(costs):
        if cost * left > room:
            return room // left
        room -= cost
        left -= 1
    return LONGEST


def _written(piece: Piece, most: int) -> str:
    text = html.escape(_cut(piece, most), quote=False)
    lead = html.escape(piece.lead, quote=False)
    if not piece.tag or not text.strip():
        return lead + text
    return f"{lead}<{piece.tag}>{text}</{piece.tag.split()[0]}>"


def _cost(text: str) -> int:
    return units(html.escape(text, quote=False))


def _cut(piece: Piece, most: int) -> str:
    text = piece.text
    if _cost(text) <= most:
        return text
    gap = " … "
    if piece.both_ends and most > LEAST:
        half = (most - len(gap)) // 2
        return _start(text, half).rstrip() + gap + _start(text[::-1], half)[::-1].lstrip()
    return _start(text, most - 1).rstrip() + "…" if most > 0 else ""


def _start(text: str, most: int) -> str:
    for index, char in enumerate(text):
        most -= _cost(char)
        if most < 0:
            return text[:index]
    return text
