"""``assay admins …`` and ``assay audit``: who runs the fieldwork, and what they did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot.cli.acting import note
from bot.cli.asking import REFUSED, Config, configured, leave
from bot.fieldwork import access, appointments
from storage import administrators, audit

if TYPE_CHECKING:
    from bot.settings import Settings

group = typer.Typer(help="Who runs the fieldwork.", invoke_without_command=True)
TelegramId = Annotated[int, typer.Argument(metavar="TELEGRAM_ID", min=1)]
Role = Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")]
_TELEGRAM = "telegram"
_HOUR = 3600


@group.callback()
def _list(context: typer.Context, config: Config = None) -> None:
    """List the administrators, with their role and when their digest comes."""
    if context.invoked_subcommand is None:
        for each in asyncio.run(_listed(configured(config))):
            typer.echo(each)


async def _listed(found: Settings) -> list[str]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return [
            f"{each.role}\t{each.channel} {each.address}\t{each.every} {each.on_day} at "
            f"{each.hour}:00 {each.zone}\tby {each.origin}"
            for each in await administrators.every(tx)
        ]


@group.command()
def add(number: TelegramId, role: Role, config: Config = None) -> None:
    """Make somebody an administrator, by their numeric id in Telegram."""
    found = configured(config)
    _known(role)
    asyncio.run(_add(found, str(number), role))
    typer.echo(f"{number}: {role}")


async def _add(found: Settings, door: str, role: str) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        await appointments.appoint(tx, found, _TELEGRAM, door, role, origin="code")
        await note(app, tx, "appoint", f"{_TELEGRAM}:{door} {role}")


@group.command()
def remove(number: TelegramId, config: Config = None) -> None:
    """Have somebody be an administrator no longer."""
    found = configured(config)
    if number in found.access.admins:
        leave(REFUSED, f"{number}: stands in access.admins; take it out there")
    if not asyncio.run(_remove(found, str(number))):
        leave(REFUSED, f"{number}: is no administrator; see assay admins")
    typer.echo(f"{number}: no longer an administrator")


async def _remove(found: Settings, door: str) -> bool:
    async with assay.built(found) as app, app.database.writing() as tx:
        gone = await administrators.dismiss_at(tx, _TELEGRAM, door)
        if gone:
            await note(app, tx, "dismiss", f"{_TELEGRAM}:{door}")
        return gone


@group.command()
def code(role: Role, config: Config = None) -> None:
    """Print a one-time code that makes whoever brings it an administrator."""
    found = configured(config)
    _known(role)
    said = asyncio.run(_code(found, role))
    where = f" or open {found.public_url}/desk/{said}" if found.web.enabled else ""
    typer.echo(f"{role}: write /claim {said} to the bot{where} within an hour; it works once")


async def _code(found: Settings, role: str) -> str:
    async with assay.built(found) as app, app.database.writing() as tx:
        await note(app, tx, "code", role)
        return await appointments.new_code(tx, app.universe, role, _HOUR)


def _known(role: str) -> None:
    if role not in access.ROLES:
        leave(REFUSED, f"--role {role}: must be one of {', '.join(access.ROLES)}")


def log(
    limit: Annotated[int, typer.Option(help="How many acts.", min=1)] = 50, config: Config = None
) -> None:
    """Print what administrators did, the newest first: when (UTC), who, what, on what, how many."""
    for each in asyncio.run(_acts(configured(config), limit)):
        at = datetime.fromtimestamp(each.at, UTC).isoformat(" ", "minutes").removesuffix("+00:00")
        typer.echo(f"{at}\t{each.actor}\t{each.act}\t{each.object}\t{each.people}")


async def _acts(found: Settings, limit: int) -> list[audit.Act]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return await audit.latest(tx, limit)
