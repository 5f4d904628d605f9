"""What typed words do: they press what the card shows, by number, letter or label."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from flows.actions import Action, Choose, Command, NoneOfThese, Tick, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flows.card import Card, Row

_MARKS = " \t\r\n.,;:!?()[]。、：，；\"'“”「」"
_BETWEEN = re.compile(r"\s*(?:[,;，；、]|\band\b|和|\s)\s*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def read(cards: Sequence[Card[str]], text: str) -> tuple[Action | Command, ...]:
    """What the words ask of the card, which is given once in each language; nothing if unclear.

    Where the card has a place for words, only an exact label of a button presses it; everything
    else is what the participant wants to say.
    """
    said = _folded(text)
    if not said:
        return ()
    if cards[0].entry is not None:
        pressed = _button(cards, text, _evened)
        return (pressed,) if pressed is not None else (Write(text),)
    row = _row_by_label(cards, said)
    if row is not None:
        return (row.action,)
    rows = _rows_by_number(cards[0].rows, said)
    if rows:
        return tuple(row.action for row in rows)
    for card in cards:
        for line in card.lines:
            if line.action is not None and said in {_folded(line.number), _folded(line.label)}:
                return (line.action,)
    pressed = _button(cards, text, _folded)
    return (pressed,) if pressed is not None else ()


def _evened(text: str) -> str:
    """Case and width do not count."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _folded(text: str) -> str:
    """Case, width and punctuation around the words do not count."""
    return _evened(text).strip(_MARKS)


def _button(
    cards: Iterable[Card[str]], text: str, alike: Callable[[str], str]
) -> Action | Command | None:
    said = alike(text)
    for card in cards:
        for button in (button for group in card.buttons for button in group):
            if alike(button.label) == said:
                return button.action
    return None


def _row_by_label(cards: Iterable[Card[str]], said: str) -> Row[str] | None:
    for card in cards:
        for row in card.rows:
            if _folded(row.label) == said:
                return row
    return None


def _rows_by_number(rows: Sequence[Row[str]], said: str) -> tuple[Row[str], ...]:
    """The rows that "2", "b" or "1, 3 and e" name; none where one of the parts names none.

    Several are taken only where several may be ticked: "1, 3" is no answer to a single choice.
    """
    named: list[Row[str]] = []
    for part in filter(None, _BETWEEN.split(said)):
        row = _row_named(rows, part.strip(_MARKS))
        if row is None:
            return ()
        named.append(row)
    many = all(isinstance(row.action, (Tick, NoneOfThese)) for row in named)
    return tuple(named) if many or len(named) == 1 else ()


def _row_named(rows: Sequence[Row[str]], part: str) -> Row[str] | None:
    for row, letter in zip(rows, _LETTERS, strict=False):
        marked = row.action.option if isinstance(row.action, (Choose, Tick)) else ""
        if part in {str(row.number), letter, marked.casefold()}:
            return row
    return next((row for row in rows if part == str(row.number)), None)
