"""Saying what a row of the outbox is about: a card as it was committed, or as things stand now; a
page or a file.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.channels import Ambiguous, LiveCard, RetryLater, Unreachable
from storage import people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from bot.channels import Channel, Shown
    from bot.conversation import Conversation
    from storage.database import Tx
    from storage.outbox import Due


@dataclass(frozen=True, slots=True)
class Said:
    """A row that was said under a claim, and where the live card stands since, if it moved."""

    due: Due
    claim: str
    stands: Stands | None = None


@dataclass(frozen=True, slots=True)
class Stands:
    """The message that is the live card at an address from now on; None where none is kept."""

    card: people.LiveCard | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A row of the outbox that was claimed in the commit that put it, the card it is about as it
    was committed, and the message on which the card before it stands.
    """

    due: Due
    claim: str
    shown: Shown
    stands: people.LiveCard | None


class Speaker(Protocol):
    """Who says cards right after the commit that they come of (``bot.sender``)."""

    def recording(self) -> AbstractContextManager[Sequence[Said]]:
        """What was said so far, to be recorded in the transaction that is made within."""

    async def record(self, tx: Tx, said: Sequence[Said]) -> None:
        """Record in this transaction what was said."""

    def claim(self) -> tuple[str, int, int]:
        """By which claim, and how many cards, can be said at once; and what time it is, by the one
        clock that says what is due: it never goes back.
        """

    def say(self, ready: Sequence[Ready]) -> None:
        """Say them."""

    def was_said(self, ready: Ready) -> None:
        """Somebody else said this one."""


class Silence:
    """Where nobody speaks: doors that ask, and a product that is not running."""

    def recording(self) -> AbstractContextManager[Sequence[Said]]:
        """Nothing was said."""
        return nullcontext(())

    async def record(self, tx: Tx, said: Sequence[Said]) -> None:
        """Nothing is to be recorded."""

    def claim(self) -> tuple[str, int, int]:
        """Nothing can be said."""
        return "", 0, 0

    def say(self, ready: Sequence[Ready]) -> None:
        """Nothing is."""

    def was_said(self, ready: Ready) -> None:
        """Nothing was."""


async def speak(talk: Conversation, channel: Channel, due: Due) -> Stands | None:
    """Say it; nothing, where there is nothing to be said any more. Where the live card stands on
    another message than before, that is to be kept with what was said.

    Raises Unreachable, RetryLater or Ambiguous, as the channel does.
    """
    if due.kind == "page":
        await _say_page(talk, channel, due)
    elif due.kind == "file":
        kind, _, benchmark = due.reference.partition(":")
        made = await talk.file(due.channel, due.address, kind, benchmark)
        if made is not None:  # whose it was may have asked to be forgotten meanwhile
            await channel.send_file(due.address, made[0])
    else:
        _, _, note = due.reference.partition(":")
        shown, stands = await talk.redrawn(due.channel, due.address, note)
        return await show(channel, due, shown, stands)
    return None


async def show(
    channel: Channel, due: Due, shown: Shown, stands: people.LiveCard | None
) -> Stands | None:
    """Put a live card before a person, where the one before it ``stands`` or anew; as ``speak``."""
    live = LiveCard(stands.message_id, stands.day) if stands is not None else None
    fresh = due.reference.startswith("new")
    now_live = await channel.show(due.address, shown, None if fresh else live)
    if now_live != live and live is not None:
        with suppress(Unreachable, RetryLater, Ambiguous):
            await channel.retire(due.address, live)
    if shown.card.name == "sent":
        # Which message was the last, and of which day, would tell when somebody finished.
        return Stands(None)
    if now_live == live:
        return None
    return Stands(None if now_live is None else people.LiveCard(now_live.message_id, now_live.day))


async def _say_page(talk: Conversation, channel: Channel, due: Due) -> None:
    name, language, on = f"{due.reference}::".split(":")[:3]
    try:
        page = await talk.page(due.channel, due.address, name, language)
    except KeyError:
        return  # a page of the desk, for somebody who may not see it any more
    await channel.say(due.address, page, int(on) if on else None)
