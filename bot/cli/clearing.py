"""The command that deletes what is past its time now, and says how much that was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from bot import app as assay
from bot import retaining
from bot.cli.asking import Config, configured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings import Settings


def clear(config: Config = None) -> None:
    """Delete what is past its time, as every night; a line a kind, with how many were deleted."""
    for kind, count in asyncio.run(_clear(configured(config))).items():
        typer.echo(f"{kind}\t{count}")


async def _clear(found: Settings) -> Mapping[str, int]:
    async with assay.built(found) as app:
        return await retaining.clear(app.house, app.database)
