"""The doors: what a channel hands in, what it is handed, and what may go wrong on the way out.

A channel knows cards, not tables. It turns what its world sends into ``Incoming`` and puts a
worded card before a person; everything between is the conversation's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.actions import Command
    from flows.card import Card
    from flows.session import Place


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed: its code and the stamp of the card it stood on, both untrusted.

    ``at`` is the place the card said it was about, for channels that can carry it: there the
    press counts for that place; without it only the live card's buttons count. ``on`` is the
    message that carries the button, where a channel can edit it.
    """

    code: str
    stamp: str
    at: Place | None = None
    on: int | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """Words were sent. ``whole`` where a form sent all of the text it showed (see ``Write``)."""

    text: str
    whole: bool = False
    at: Place | None = None
    stamp: str = ""
    to: Command | None = None
    """What the words are for, where a page asked for them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command was given: /help, /language zh."""

    command: Command


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is no answer here: a sticker, a voice message, an edited message, a group.

    ``kind`` is a phrase key without its prefix: "voice", "sticker", "edited", "other" …
    """

    kind: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A document was sent. A channel that has to fetch it hands in ``reference`` first; what it
    holds is fetched only where the conversation expects files (``expects_file``).
    """

    name: str
    content: bytes = b""
    reference: str = ""
    size: int = 0


Said: TypeAlias = Pressed | Typed | Asked | Unreadable | Uploaded


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that somebody did at a door."""

    channel: str
    address: str
    said: Said
    update_id: int | None = None
    language: str | None = None
    """What the client claims of itself: "zh-hans", "en-GB"; only a first guess."""
    origin: str = ""
    """The network that it comes from (``bot.guessing``), where a channel knows; kept nowhere."""
    carries: bool = False
    """Whether the answer to whoever brought this can carry one call that may be repeated."""
    renewed: str = ""
    """The address at which this person is to stand once a link or a code lets them in, where a
    channel renews what it knows them by: whoever planted the first one stands at nothing then.
    """


@dataclass(frozen=True, slots=True)
class Carried:
    """A live card that takes the place of the one that was pressed. Whoever was handed it says it:
    in the answer to what brought the press, or, where that cannot be, by ``otherwise``.
    """

    address: str
    shown: Shown
    live: LiveCard
    said: Callable[[], None]
    """To be called when it was said."""
    otherwise: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, after the commit, worded for the person who did it."""

    notices: tuple[str, ...] = ()
    refused: bool = False
    """Whether the first notice says why nothing changed."""
    pages: tuple[Shown, ...] = ()
    """Pages asked for (help, privacy …), for channels that answer at once."""
    files: tuple[str, ...] = ()
    """Files asked for, by what they are of, for channels that answer at once."""
    documents: tuple[str, ...] = ()
    """An administrator's files, by kind and what they are of, for the same."""
    seen: bool = False
    """Whether this update had been taken before; then nothing was done now."""
    shown: Shown | None = None
    """The card as it is now, where that is known already; else it is asked for."""
    carried: Carried | None = None
    """The card that the answer is to carry, where it can."""
    renewed: bool = False
    """Whether they stand at ``Incoming.renewed`` now."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A card in one language with the stamp that its buttons must carry."""

    card: Card[str]
    stamp: str
    language: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to be sent or offered; ``caption`` stands below a picture."""

    name: str
    media_type: str
    content: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The message that is a person's live card in a channel."""

    message_id: int
    day: int = 0
    """Day of sending (days since 1970): a card older than two days is sent anew."""


class Unreachable(Exception):  # noqa: N818 - says what is the case, not what went wrong
    """The person cannot be reached at this address any more: blocked, deleted."""


@dataclass
class RetryLater(Exception):  # noqa: N818 - says what to do, not what went wrong
    """Nothing was said; try again after so many seconds."""

    seconds: float
    everybody: bool = False
    """Whether the limit holds for all addresses of the channel."""


@dataclass
class Ambiguous(Exception):  # noqa: N818 - as above
    """The call may or may not have arrived."""

    reason: str = field(default="")


class Channel(Protocol):
    """A door that is told what to show (one that asks needs no such thing)."""

    name: str

    async def show(self, address: str, shown: Shown, live: LiveCard | None) -> LiveCard | None:
        """Put the live card before a person: edit ``live``, or send anew where None or gone.

        Raises Unreachable, RetryLater or Ambiguous.
        """

    async def say(self, address: str, shown: Shown, on: int | None = None) -> None:
        """Send a page beside the live card, or have it take the place of the message ``on`` if that
        is still there. Raises Unreachable, RetryLater or Ambiguous.
        """

    async def send_file(self, address: str, file: Attachment) -> None:
        """Send a picture or a document. Raises Unreachable, RetryLater or Ambiguous."""

    async def retire(self, address: str, live: LiveCard) -> None:
        """Take the buttons off a card that is no longer live; whether it works matters little."""
