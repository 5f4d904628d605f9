"""What a card is: what is shown on one screen, with words yet to be chosen.

A card is the same for every door. A door decides how it looks, never what it says or offers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.actions import Action, Command
    from flows.instrument import Text
    from flows.session import Place


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words yet to be chosen: a key of the interface catalogue, and what fills its places."""

    key: str
    args: Mapping[str, Words | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Several:
    """Words one after the other, as a list in a sentence."""

    words: tuple[Words, ...]


Words: TypeAlias = "Text | Phrase | Several | str"
"""An instrument's text, a phrase, a list of them, or what a participant typed (a ``str``)."""

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Row(Generic[W]):
    """A row to tick: its number on this card, what it says, whether it is ticked."""

    number: int
    label: W
    detail: W | None
    marked: bool
    action: Action


@dataclass(frozen=True, slots=True)
class Entry(Generic[W]):
    """The one place for words on this card: what is asked, what stands there, how much may."""

    label: W
    value: str
    limit: int
    format: Literal["lines", "line", "email"]


LineState: TypeAlias = Literal["heading", "answered", "open", "missing", "fact"]


@dataclass(frozen=True, slots=True)
class Line(Generic[W]):
    """One line of an overview: a heading, or an item with its state and the press that opens it."""

    number: str
    label: W
    detail: W | None
    state: LineState
    action: Action | Command | None


@dataclass(frozen=True, slots=True)
class Button(Generic[W]):
    """One thing to press; it carries what it does."""

    label: W
    action: Action | Command
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Card(Generic[W]):
    """One screen. ``name`` says which kind, ``place`` where in the interview (None outside)."""

    name: str
    title: W
    place: Place | None = None
    progress: W | None = None
    notices: tuple[W, ...] = ()
    paragraphs: tuple[W, ...] = ()
    rows: tuple[Row[W], ...] = ()
    one: bool = False
    """Whether ticking one row takes the others away (a single choice)."""
    entry: Entry[W] | None = None
    words: Command | None = None
    """What is asked with the words that are entered; None where they answer the interview."""
    link: str = ""
    """A public address to be opened beside the card."""
    lines: tuple[Line[W], ...] = ()
    buttons: tuple[tuple[Button[W], ...], ...] = ()
