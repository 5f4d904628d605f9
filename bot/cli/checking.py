"""``assay check``: what ``assay run`` would refuse, and what is worth a look, without running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from bot import listening, shelf
from bot.cli.asking import FAILED, MISCONFIGURED, Config, configured
from bot.settings import SettingsError
from storage import schema, unopened
from storage.database import Database
from storage.location import (
    KeysAwayError,
    SettingError,
    StorageError,
    file_of,
    keys_file,
    located,
    names_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings


def check(config: Config = None) -> None:
    """Look at configuration, instruments and database; one line a finding, with its place."""
    found = configured(config)
    stock = shelf.read(found.instruments.folders)
    remarks = [*map(str, stock.findings), *_of_letters(found)]
    wrong = [*_of_doors(found)]
    broken: list[str] = []
    try:
        wrong += _of_databases(found)
    except KeysAwayError as error:
        broken = [str(error)]
    present, wanted = None, schema.needed()
    if not (wrong or broken):
        try:
            present, _ = schema.current(found.database.url)
        except StorageError as error:
            broken = [str(error)]
    if not (wrong or broken):
        remarks += _of_keys(found)
    if present not in {None, wanted}:
        broken.append(f"database: schema {present} is not {wanted}; run: assay db upgrade")
    for line in (*remarks, *wrong, *broken):
        typer.echo(line)
    if wrong:
        raise typer.Exit(MISCONFIGURED)
    if broken or any(finding.severity == "error" for finding in stock.findings):
        raise typer.Exit(FAILED)
    state = "not there yet, assay run makes it" if present is None else f"schema {present}"
    findings = f"{len(remarks)} to look at" if remarks else "no findings"
    typer.echo(f"{len(stock.instruments)} instruments, {findings}; database: {state}")


def _of_doors(found: Settings) -> Iterator[str]:
    """Why no door would open."""
    try:
        problem = listening.host_problem(found) if listening.serves(found) else None
    except SettingsError as error:
        problem = error
    if problem is not None:
        yield str(problem)


def _of_databases(found: Settings) -> Iterator[str]:
    """Why the database or its key file cannot be what the settings say. Raises KeysAwayError."""
    try:
        present, wanted = schema.current(found.database.url)
    except SettingError as error:
        yield str(found.wrong(error.setting, error))
        return
    except StorageError:
        return  # it cannot be reached now, which is no matter of the settings
    needs = unopened.Needs() if present is None else None
    if present == wanted:
        needs = asyncio.run(_needs(found))
    problem = asyncio.run(unopened.misfit(found.database.keys_at, needs))
    if problem is not None:
        at = problem.setting if isinstance(problem, SettingError) else "database.keys"
        yield str(found.wrong(at, problem))


async def _needs(found: Settings) -> unopened.Needs:
    """What the database asks of its key file."""
    database = await Database.open(found.database.url)
    try:
        async with database.reading() as tx:
            return await unopened.needs(tx)
    finally:
        await database.close()


def _of_letters(found: Settings) -> Iterator[str]:
    """What would make the links of letters useless."""
    if not found.mail.sends:
        return
    if not (found.web.enabled or found.telegram.username):
        yield "mail: letters have no link; set web.enabled or telegram.username"
    elif found.web.enabled and not found.web.public_url:
        at = found.public_url
        yield f"web.public_url: is not set: letters carry {at}, which opens on this machine only"


def _of_keys(found: Settings) -> Iterator[str]:
    """What would put the keys into a backup, beside what they open."""
    if names_server(found.database.keys_url):
        return
    keys, database = keys_file(found.database.keys_url), file_of(located(found.database.url))
    if database is None or not database.exists():
        return
    if keys.resolve().parent == database.resolve().parent:
        yield (
            f"database.keys: {keys} lies beside the database, and a backup of that folder would"
            " hold both; name another folder, one that no backup holds"
        )
