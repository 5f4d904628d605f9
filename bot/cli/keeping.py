"""Commands that copy the database, put a copy in its place, and name the key file it goes with."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.acting import Plan, Yes, agree, consent
from bot.cli.asking import Config, configured
from storage import backups, moving, presence, schema, unopened
from storage.database import Database
from storage.key_file import must_not_be_served
from storage.key_store import is_there
from storage.keys import Keys
from storage.location import StorageError, keys_file, names_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings
    from storage.location import KeysAt


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
    drafts, responses = asyncio.run(unopened.lost(path, found.database.keys_at))
    if aside is not None or drafts or responses:
        stays = f"; what is there now stays in {aside}" if aside else ""
        lost = f"{drafts} drafts and {responses} responses of it cannot be opened, and go"
        consent(f"restoring {path}: {lost}{stays}", yes=yes)
    whose = backups.owner(url)
    aside = backups.restore(url, path)
    schema.upgrade(url)
    typer.echo(f"restored from {path}" + (f"; what was there is now {aside}" if aside else ""))
    _say_lost(*asyncio.run(_restored(found)))
    keys = found.database.keys_url
    backups.keep_owner(backups.files_of(url, *([] if names_server(keys) else [keys])), whose)


def rekey(*, yes: Yes = False, config: Config = None) -> None:
    """Go on with another key file: what only the lost one opened is deleted."""
    _say_lost(*asyncio.run(_rekey(configured(config), yes=yes)))


def move(
    target: Annotated[str, typer.Argument(metavar="TARGET_URL")],
    config: Config = None,
) -> None:
    """Copy everything from the SQLite file to an empty PostgreSQL database."""
    found = configured(config).database
    moved = asyncio.run(moving.move(found.url, target))
    typer.echo(f"{sum(moved.values())} rows of {len(moved)} tables moved; the file is as it was")
    if is_there(found.keys_at):
        asyncio.run(_hand_over(target, found.keys_at))
        typer.echo("the key file belongs to the target from now on; the file is refused with it")
    typer.echo(f'now set database.url to the target and database.keys to "{found.keys_url}"')


async def _restored(found: Settings) -> tuple[int, int]:
    """Have a restored database and the key file belong together."""
    async with _open(found) as database:
        return await _adopt(found, database)


async def _rekey(found: Settings, *, yes: bool) -> tuple[int, int]:
    if not names_server(found.database.keys_url):
        must_not_be_served(keys_file(found.database.keys_url))
    async with _open(found) as database:
        async with database.reading() as tx:
            if await presence.living(tx):
                raise StorageError("Assay runs on this database", "stop every instance of it")
            drafts, waiting = await unopened.lost_in(tx, found.database.keys_at)
        anothers = await _is_anothers(found, database)
        if drafts or waiting or anothers:
            said = f"giving up {drafts} drafts and {waiting} sent responses that wait"
            beyond = "; the key file is another database's, which is refused then"
            agree(Plan(said, drafts + waiting, beyond if anothers else ""), yes=yes)
        return await _adopt(found, database)


async def _is_anothers(found: Settings, database: Database) -> bool:
    """Whether the key file that is named is another database's."""
    if not is_there(found.database.keys_at):
        return False
    async with aclosing(await Keys.open(found.database.keys_at)) as opened:
        return await opened.is_anothers(database)


async def _adopt(found: Settings, database: Database) -> tuple[int, int]:
    async with aclosing(await Keys.open(found.database.keys_at)) as opened:
        lost = await opened.adopt(database)
    await database.tidy()
    return lost


async def _hand_over(target: str, keys: KeysAt) -> None:
    database = await Database.open(target)
    try:
        async with aclosing(await Keys.open(keys)) as opened:
            await opened.hand_over(database)
    finally:
        await database.close()


@asynccontextmanager
async def _open(found: Settings) -> AsyncIterator[Database]:
    """The database, which nobody else may be using."""
    database = await Database.open(found.database.url, exclusive=True)
    try:
        yield database
    finally:
        await database.close()


def _say_lost(drafts: int, waiting: int) -> None:
    """Say what could not be opened any more."""
    typer.echo(f"unreadable without their keys, deleted: {drafts} drafts, {waiting} responses")
