"""The same conversation at a prompt: for the interview, for transcripts and for tests."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Protocol

from bot.channels import Asked, Incoming, Outcome, Shown, Typed
from flows.actions import Command
from flows.entry import REORDERING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.channels import Attachment
    from flows.card import Button, Card, Line, Row

NAME = "terminal"
LEAVE = "/quit"
"""Typed alone, leaves the prompt; what was said is kept."""

_MARKS = {(True, True): "(•)", (True, False): "( )", (False, True): "[x]", (False, False): "[ ]"}
_STATES = {"answered": "✓", "open": "·", "missing": "!", "heading": "", "fact": "-"}


class Talk(Protocol):
    """What a prompt needs of the conversation."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was said."""

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card to be shown now."""

    async def file(
        self, channel: str, address: str, kind: str, benchmark: str | None = None
    ) -> tuple[Attachment, str] | None:
        """One form of a scorecard, and the language it speaks."""


async def converse(
    talk: Talk,
    address: str,
    lines: AsyncIterator[str],
    write: Callable[[str], None],
    language: str | None = None,
) -> None:
    """Show the card, take a line, and so on until the lines end."""
    last = render((await talk.current(NAME, address, language)).card)
    write(last)
    async for line in lines:
        if line.strip() == LEAVE:
            break
        (outcome,) = await talk.take([Incoming(NAME, address, _said(line), language=language)])
        for page in outcome.pages:
            write(render(page.card))
        for benchmark in outcome.files:
            made = await talk.file(NAME, address, "text", benchmark)
            if made is not None:
                write(made[0].content.decode())
        if (outcome.pages or outcome.files) and not outcome.notices:
            continue
        shown = await talk.current(NAME, address, language)
        notices = "".join(f"» {notice}\n" for notice in outcome.notices)
        card = render(shown.card)
        # After a miss the same card is not shown once more: what was missed stands right above.
        write(displayable(notices) + ("" if outcome.refused and card == last else card))
        last = card


def opening(address: str, instrument: str) -> Incoming:
    """Somebody turns to an instrument at the prompt."""
    return Incoming(NAME, address, Asked(Command("take", instrument)))


def _said(line: str) -> Asked | Typed:
    if line.startswith("/"):
        name, _, argument = line[1:].strip().partition(" ")
        return Asked(Command(name.lower(), argument.strip()))
    return Typed(line)


def render(card: Card[str]) -> str:
    """A card as lines of text."""
    parts: list[str] = []
    if card.progress:
        parts.append(f"— {card.progress} —")
    parts.extend(f"» {notice}" for notice in card.notices)
    parts.append(card.title)
    parts.extend(card.paragraphs)
    if card.rows:
        parts.append("\n".join(_row(row, one=card.one) for row in card.rows))
    if card.lines:
        parts.append("\n".join(_line(line) for line in card.lines))
    if card.entry is not None:
        parts.append(card.entry.label)
        if card.entry.value:
            parts.extend(f"  | {line}" for line in card.entry.value.splitlines())
    if card.buttons:
        parts.append("\n".join(_buttons(group) for group in card.buttons))
    return displayable("\n".join(parts) + "\n")


def displayable(text: str) -> str:
    """The text without what a terminal would obey, or could not write: controls, marks that
    reorder what stands around them, and halves of characters.
    """
    return "".join(
        char for char in text if char == "\n" or (char not in REORDERING and _is_seen(char))
    )


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"}


def _row(row: Row[str], *, one: bool) -> str:
    detail = f"  — {row.detail}" if row.detail else ""
    return f"  {row.number:>2} {_MARKS[one, row.marked]} {row.label}{detail}"


def _line(line: Line[str]) -> str:
    if line.state == "heading":
        return f" {line.label}"
    number = f"{line.number}. " if line.number else ""
    detail = f"  — {line.detail}" if line.detail else ""
    return f"  {_STATES[line.state]} {number}{line.label}{detail}"


def _buttons(group: tuple[Button[str], ...]) -> str:
    return "  " + "  ".join(f"[{button.label}]" for button in group)
