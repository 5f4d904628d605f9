"""How a card looks in Telegram: one message and its buttons, and what a pressed one says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from bot import presses
from bot.channels import Pressed
from bot.channels.telegram_text import Piece, fitted, one_line, sendable, shortened, width
from bot.texts import template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.channels import Shown
    from bot.channels.telegram_text import Tag
    from flows.actions import Action, Command
    from flows.card import Card, Entry, Line, Row

VERSION = "1"
"""First character of what a button carries, so that an older form can be told apart."""
LONGEST_DATA = 64
"""Bytes that a button can carry."""
MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
MOST_MARKED_IN_A_ROW = 5
STAMP = 8

SHORT_LABEL = 30
"""Columns up to which an option is written on its button; longer ones are numbered."""
ROW_WIDTH = 36
"""Columns that one row of buttons shows on a phone."""
LONG_LABEL = 64
MANY_LINES = 20
"""Lines from which on an overview is brief: labels begin, and what is open has its mark only."""
LONG_PARAGRAPH = 400
"""Characters from which on a paragraph is folded, to be opened by whoever wants to read it."""

_MARKS = {(True, True): "●", (True, False): "○", (False, True): "☑", (False, False): "☐"}
_STATES = {"answered": "✓", "open": "○", "missing": "❗", "heading": "", "fact": "•"}

Key: TypeAlias = "tuple[str, str]"
"""A button: what it says and what it carries."""


@dataclass(frozen=True, slots=True)
class Message:
    """What Telegram is sent."""

    text: str
    keyboard: list[list[Key]] = field(default_factory=list)


def lay_out(shown: Shown) -> Message:
    """The card as one message within Telegram's limits."""
    card = shown.card
    text = fitted(
        (*_top(shown), *_rows(card), *_lines(card.lines), *_entry(card.entry, shown.language))
    )
    return Message(text, _keyboard(shown))


def read_data(data: str) -> Pressed | None:
    """What a button of ours carried; anybody can send any bytes, and those are None."""
    if data[:1] != VERSION or len(data) <= 1 + STAMP or len(data.encode(errors="replace")) > 64:  # noqa: PLR2004 - bytes
        return None
    stamp, code = data[1 : 1 + STAMP], data[1 + STAMP :]
    if not (data.isascii() and data.isprintable()):
        return None
    return Pressed(code=code, stamp=stamp)


def _carried(action: Action | Command, stamp: str) -> str:
    """What a button carries. Raises ValueError where an id is too long for Telegram."""
    data = f"{VERSION}{(stamp or '-').ljust(STAMP, '-')}{presses.code_of(action)}"
    if len(data.encode()) > LONGEST_DATA:
        message = f"{data!r} is longer than the {LONGEST_DATA} bytes a Telegram button carries"
        raise ValueError(message)
    return data


def _top(shown: Shown) -> Iterator[Piece]:
    card = shown.card
    if card.progress:
        yield Piece(card.progress, tag="i")
    saved = template(shown.language, "saved").partition("{")[0]
    for notice in card.notices:
        mark = "✓" if notice.startswith(saved) else "ℹ️"
        yield Piece(one_line(notice), lead=f"\n{mark} ", soft=True)
    yield Piece(card.title, lead="\n\n" if card.progress or card.notices else "", tag="b")
    for paragraph in card.paragraphs:
        if len(paragraph) > LONG_PARAGRAPH:
            yield Piece(paragraph, lead="\n\n", tag="blockquote expandable", soft=True)
        else:
            yield Piece(paragraph, lead="\n\n")
    if card.link:
        yield Piece(card.link, lead="\n\n")


def _are_short(card: Card[str]) -> bool:
    return all(width(row.label) <= SHORT_LABEL for row in card.rows)


def _rows(card: Card[str]) -> Iterator[Piece]:
    """The options in words: all where their labels are long, else those that say more."""
    short = _are_short(card)
    airy = any(width(row.label) > 2 * SHORT_LABEL for row in card.rows)
    for first, row in _firsts(row for row in card.rows if row.detail or not short):
        lead = "\n\n" if first or airy else "\n"
        mark = _MARKS[card.one, row.marked]
        number = "" if short else f"{row.number}. "
        yield Piece(one_line(row.label), lead=f"{lead}{mark} {number}")
        if row.detail:
            yield Piece(one_line(row.detail), lead=" — ", tag="i", soft=True)


def _firsts(rows: Iterable[Row[str]]) -> Iterator[tuple[bool, Row[str]]]:
    return ((index == 0, row) for index, row in enumerate(rows))


def _lines(lines: Sequence[Line[str]]) -> Iterator[Piece]:
    many = len(lines) > MANY_LINES
    before = ""
    for line in lines:
        label = one_line(line.label)
        if line.state == "heading":
            yield Piece(label, lead="\n" if before == "heading" else "\n\n", tag="b")
        else:
            number = f"{_pointed(line.number)} " if line.number else ""
            lead = "\n" if before else "\n\n"
            lead += f"{_STATES[line.state]} {number}"
            yield Piece(shortened(label, LONG_LABEL) if many else label, lead=lead)
        if line.detail and (line.state in {"answered", "fact"} or not many):
            yield Piece(one_line(line.detail), lead=" — ", soft=True)
        before = line.state


def _pointed(number: str) -> str:
    return f"{number}." if number.isdigit() else shortened(number, 12)


def _entry(entry: Entry[str] | None, language: str) -> Iterator[Piece]:
    if entry is None:
        return
    yield Piece(entry.label, lead="\n\n", tag="b")
    how = template(language, "type_here")
    if entry.value:
        long = len(entry.value) > LONG_PARAGRAPH
        tag: Tag = "blockquote expandable" if long else "blockquote"
        yield Piece(entry.value, lead="\n", tag=tag, soft=True, both_ends=True)
        if entry.format == "lines":
            how = template(language, "type_more")
        if long:
            how = f"{len(entry.value)}/{entry.limit} · {how}"
    yield Piece(how, lead="\n", tag="i")


def _keyboard(shown: Shown) -> list[list[Key]]:
    card = shown.card
    below: list[list[Key]] = []
    for group in card.buttons:
        below.extend(_flowing([_key(each.label, each.action, shown.stamp) for each in group]))
    options = _options(shown)
    room = MOST_BUTTONS - sum(map(len, (*below, *options)))
    return [*options, *_jumps(card.lines, shown.stamp, room), *below]


def _key(label: str, action: Action | Command, stamp: str) -> Key:
    return shortened(one_line(sendable(label)), LONG_LABEL) or "…", _carried(action, stamp)


def _options(shown: Shown) -> list[list[Key]]:
    card = shown.card
    short = _are_short(card)
    keys = [
        _key(
            f"{_MARKS[card.one, row.marked]} {row.label if short else row.number}",
            row.action,
            shown.stamp,
        )
        for row in card.rows
    ]
    return _columns(keys) if short else _even(keys, MOST_MARKED_IN_A_ROW)


def _fits(row: Sequence[Key]) -> bool:
    """Whether every label can be read; buttons in a row share its width equally."""
    widest = max(width(label) for label, _ in row) + 2
    return len(row) <= MOST_IN_A_ROW and len(row) * widest <= ROW_WIDTH


def _flowing(keys: Sequence[Key]) -> list[list[Key]]:
    """Each key beside the one before it as long as all in the row can be read."""
    rows: list[list[Key]] = []
    for key in keys:
        if rows and _fits([*rows[-1], key]):
            rows[-1].append(key)
        else:
            rows.append([key])
    return rows


def _columns(keys: Sequence[Key]) -> list[list[Key]]:
    """As many equal columns as all labels leave readable."""
    for count in range(min(MOST_IN_A_ROW, len(keys)), 1, -1):
        rows = _even(keys, count)
        if all(map(_fits, rows)):
            return rows
    return [[key] for key in keys]


def _even(keys: Sequence[Key], most: int) -> list[list[Key]]:
    """Rows of at most so many, all about equally long."""
    if not keys:
        return []
    rows = -(-len(keys) // most)
    each = -(-len(keys) // rows)
    return [list(keys[start : start + each]) for start in range(0, len(keys), each)]


def _jumps(lines: Sequence[Line[str]], stamp: str, room: int) -> list[list[Key]]:
    """Buttons to what an overview lists: numbers side by side, what has none on its own row."""
    wanted = [line for line in lines if line.action is not None]
    if len(wanted) > room:
        wanted = [line for line in wanted if line.state != "heading"][: max(0, room)]
    rows: list[list[Key]] = []
    for numbered, group in groupby(wanted, key=lambda line: bool(line.number)):
        keys = [
            _key(line.number or shortened(line.label, ROW_WIDTH), line.action, stamp)
            for line in group
            if line.action is not None
        ]
        rows.extend(_even(keys, MOST_IN_A_ROW if numbered else 1))
    return rows
