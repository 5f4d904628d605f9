"""What somebody can do, and what can come of it: two closed sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from flows.session import Answer, Place, Session, Wish


@dataclass(frozen=True, slots=True)
class Go:
    """Be at this place: back, next, skip, jump, review and pause are all this, with a target."""

    to: Place


@dataclass(frozen=True, slots=True)
class Choose:
    """Take one option of a single choice, instead of any other."""

    item: str
    option: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Have a row ticked, or not: the target value, so that ten presses equal one."""

    item: str
    option: str
    on: bool


@dataclass(frozen=True, slots=True)
class NoneOfThese:
    """Say that no row of a criterion holds."""

    item: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Say that what was answered an earlier time still holds."""

    item: str


@dataclass(frozen=True, slots=True)
class Write:
    """Enter words where the current screen asks for them.

    ``whole`` replaces what is there (a form that shows the whole text); without it, words are
    added to a longer text, because one long text reaches a chat as several messages.
    """

    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Erase:
    """Have no words at this place."""

    at: Place


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Restore what the last tick took away from this item."""

    item: str


@dataclass(frozen=True, slots=True)
class Allow:
    """Have it be allowed, or not, to quote one's words or to attach one's details."""

    item: str
    wish: Wish
    on: bool


@dataclass(frozen=True, slots=True)
class Submit:
    """Send everything; final."""


Action: TypeAlias = (
    Go | Choose | Tick | NoneOfThese | Confirm | Write | Erase | TakeBack | Allow | Submit
)


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked of the program around the interview, such as help or a language."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSaved:
    """The answer to an item is another one now."""

    item: str


@dataclass(frozen=True, slots=True)
class Displaced:
    """A tick took these rows away; one press brings them back."""

    item: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shortened:
    """A text was longer than may be kept: so many characters were left out."""

    left_out: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed; ``reason`` is a phrase key, ``items`` what it is about."""

    reason: str
    items: tuple[str, ...] = ()
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """The response is final: these answers, and no others."""

    answers: dict[str, Answer]


Event: TypeAlias = AnswerSaved | Displaced | Shortened | Refused | Submitted


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of an action: the new session, and what happened."""

    session: Session
    events: tuple[Event, ...] = ()
