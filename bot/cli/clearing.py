"""The command that deletes what is past its time now, and says how much that was."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import typer

from bot import app as assay
from bot import retaining
from bot.cli.asking import Config, configured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings import Settings


_WORDS: Final = {
    "drafts": "drafts",
    "people": "who took part, links, reminders",
    "acts": "what administrators did",
    "digests": "digests",
    "keys": "keys that a crash left over",
}


def clear(config: Config = None) -> None:
    """Delete what is past its time, as every night; a line a kind, with how many were deleted."""
    found = configured(config)
    logging.getLogger(retaining.__name__).setLevel(logging.WARNING)  # it is printed here
    for kind, count in asyncio.run(_clear(found)).items():
        typer.echo(f"{_WORDS.get(kind, kind)}\t{count}")


async def _clear(found: Settings) -> Mapping[str, int]:
    async with assay.built(found) as app:
        return await retaining.clear(app.house, app.database)
