"""Commands that copy the database, put a copy in its place, and name the key file it goes with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.acting import Yes, consent
from bot.cli.asking import Config, configured
from storage import backups, moving, schema, unopened
from storage.database import Database
from storage.keys import Keys

if TYPE_CHECKING:
    from bot.settings import Settings


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH")],
    config: Config = None,
) -> None:
    """Write a verified copy of the database while it is in use (SQLite)."""
    backups.backup(configured(config).database.url, path)
    typer.echo(f"backup written to {path}")


def restore(
    path: Annotated[Path, typer.Argument(metavar="PATH")],
    *,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Put a backup in the place of the database, which must not be in use (SQLite)."""
    found = configured(config)
    url = found.database.url
    aside = backups.examine(url, path)
    drafts, responses = unopened.lost(path, found.database.keys_url)
    if aside is not None or drafts or responses:
        stays = f"; what is there now stays in {aside}" if aside else ""
        lost = f"{drafts} drafts and {responses} responses of it cannot be opened, and go"
        consent(f"restoring {path}: {lost}{stays}", yes=yes)
    whose = backups.owner(url)
    aside = backups.restore(url, path)
    schema.upgrade(url)
    typer.echo(f"restored from {path}" + (f"; what was there is now {aside}" if aside else ""))
    _say_lost(*asyncio.run(_adopt(found)))
    backups.keep_owner(backups.files_of(url, found.database.keys_url), whose)


def rekey(config: Config = None) -> None:
    """Go on with another key file: what only the lost one opened is deleted."""
    _say_lost(*asyncio.run(_adopt(configured(config))))


def move(
    target: Annotated[str, typer.Argument(metavar="TARGET_URL")],
    config: Config = None,
) -> None:
    """Copy everything from the SQLite file to an empty PostgreSQL database."""
    found = configured(config).database
    moved = asyncio.run(moving.move(found.url, target))
    typer.echo(f"{sum(moved.values())} rows of {len(moved)} tables moved; the file is as it was")
    typer.echo(f'now set database.url to the target and database.keys to "{found.keys_url}"')


async def _adopt(found: Settings) -> tuple[int, int]:
    database = await Database.open(found.database.url, exclusive=True)
    try:
        keys = await Keys.open(found.database.keys_url)
        try:
            async with database.writing() as tx:
                lost = await keys.adopt(tx)
        finally:
            await keys.close()
        await database.tidy()
    finally:
        await database.close()
    return lost


def _say_lost(drafts: int, waiting: int) -> None:
    """Say what could not be opened any more."""
    typer.echo(f"unreadable without their keys, deleted: {drafts} drafts, {waiting} responses")
