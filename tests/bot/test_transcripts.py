"""Whole conversations as a reviewer can read them: what was typed, and what was shown.

A transcript is replayed by its typed lines (``> ``); ``make accept`` rewrites what was shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.channels import Asked, Incoming, terminal
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation

FOLDER = Path(__file__).parent.parent / "transcripts"
TRANSCRIPTS = sorted(path.relative_to(FOLDER) for path in FOLDER.glob("*/*.txt"))


def typed_in(transcript: str) -> list[str]:
    """The lines that the participant typed."""
    return [line[2:] for line in transcript.splitlines() if line.startswith("> ")]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=str)
async def test_a_conversation_reads_as_its_transcript(
    path: Path, talk: Conversation, accept: bool
) -> None:
    golden = FOLDER / path
    expected = golden.read_text("utf-8")
    language = "zh" if path.stem.endswith("-zh") else "en"

    shown = await transcript(talk, path.parent.name, typed_in(expected), language)

    if accept:
        golden.write_text(shown, "utf-8")
    assert shown == expected or accept


def test_every_instrument_has_a_transcript(talk: Conversation) -> None:
    assert {path.parent.name for path in TRANSCRIPTS} >= set(talk.house.shelf.instruments)


async def transcript(talk: Conversation, instrument: str, typed: list[str], language: str) -> str:
    """The conversation that these typed lines make at a prompt."""
    written: list[str] = []

    async def lines() -> AsyncIterator[str]:
        for line in typed:
            written.append(f"> {line}\n")
            yield line

    take = Asked(Command("take", instrument))
    await talk.take([Incoming(terminal.NAME, "here", take, language=language)])
    await terminal.converse(
        talk, "here", lines(), lambda text: written.append(text + "\n"), language
    )
    return "".join(written)
