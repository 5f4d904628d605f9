"""``assay admins …`` and ``assay audit``: who runs the fieldwork, and what they did."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

import typer

from bot import app as assay
from bot.cli.acting import COMMAND_LINE, known_zone, note
from bot.cli.asking import REFUSED, Config, Whole, claiming, configured, leave
from bot.fieldwork import access, appointments
from flows.digesting import Every
from storage import administrators, audit

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.administrators import Administrator
    from storage.database import Tx

group = typer.Typer(cls=Whole, help="Who runs the fieldwork.", invoke_without_command=True)
Role = Annotated[str, typer.Option(help=f"One of {', '.join(access.ROLES)}.")]
_TELEGRAM = "telegram"
EVERY: Final = get_args(Every)
DAYS_OF_A_WEEK: Final = 7
_HOUR = 3600
SHORTEST = 6
"""Characters with which a door may be named that begins so, and no other does."""


@group.callback()
def _list(context: typer.Context, config: Config = None) -> None:
    """List the administrators, with their role and when their digest comes."""
    if context.invoked_subcommand is None:
        listed = asyncio.run(_listed(configured(config)))
        for each in listed:
            typer.echo(each)
        if not listed:
            typer.echo("nobody yet; assay run prints a code for the first owner", err=True)


async def _listed(found: Settings) -> list[str]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return [
            f"{each.role}\t{each.channel} {each.address}\t{each.every} {each.on_day} at "
            f"{each.hour}:00 {each.zone}\tby {each.origin}"
            for each in await administrators.every(tx)
        ]


@group.command()
def add(
    number: Annotated[
        int, typer.Argument(metavar="TELEGRAM_ID", help="Telegram's number.", min=1, max=2**53)
    ],
    role: Role,
    every: Annotated[str | None, typer.Option(help=f"Digest: {', '.join(EVERY)}.")] = None,
    on: Annotated[
        int | None, typer.Option(help="Day of the week (Monday is 1) or month.", min=1, max=31)
    ] = None,
    hour: Annotated[int | None, typer.Option(help="Hour of the digest.", min=4, max=23)] = None,
    zone: Annotated[str | None, typer.Option(help="Whose hours, as Europe/Amsterdam.")] = None,
    config: Config = None,
) -> None:
    """Make somebody an administrator, or give one another role or schedule, by their numeric id in
    Telegram. Without a schedule: that of [digest], or the one they have.
    """
    found = configured(config)
    _known(role)
    if every not in {None, *EVERY}:
        leave(REFUSED, f"--every {every}: must be one of {', '.join(EVERY)}")
    if number in found.access.admins and role != "owner":
        leave(REFUSED, f"{number}: is owner by access.admins; take it out there")
    wish = {"every": every, "on_day": on, "hour": hour, "zone": zone and known_zone("--zone", zone)}
    wished = {name: value for name, value in wish.items() if value is not None}
    asyncio.run(_add(found, str(number), role, wished))
    typer.echo(f"{number}: {role}")


async def _add(found: Settings, door: str, role: str, wished: dict[str, Any]) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        before = await administrators.at_address(tx, _TELEGRAM, door)
        origin = "code" if before is None else before.origin
        await appointments.appoint(tx, found, _TELEGRAM, door, role, origin=origin)
        who = await administrators.at_address(tx, _TELEGRAM, door)
        if who is not None and wished:
            await _schedule(tx, replace(who, **wished))
        await note(app, tx, "appoint", f"{_TELEGRAM}:{door} {role}")


async def _schedule(tx: Tx, who: Administrator) -> None:
    if who.every == "week" and who.on_day > DAYS_OF_A_WEEK:
        leave(REFUSED, f"--on {who.on_day}: a week has the days 1, which is Monday, to 7")
    await administrators.schedule(tx, who.id, every=who.every, hour=who.hour, on_day=who.on_day)
    await administrators.speak(tx, who.channel, who.address, who.language, who.zone)


@group.command()
def remove(
    door: Annotated[
        str,
        typer.Argument(metavar="TELEGRAM_ID", help="As assay admins says, or how it begins."),
    ],
    config: Config = None,
) -> None:
    """Have somebody be an administrator no longer."""
    asyncio.run(_remove(configured(config), door))
    typer.echo(f"{door}: no longer an administrator")


async def _remove(found: Settings, door: str) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        every = await administrators.every(tx)
        meant = [each for each in every if each.address == door.lower()]
        if not meant and len(door) >= SHORTEST:
            meant = [each for each in every if each.address.startswith(door.lower())]
        if len(meant) != 1:
            leave(REFUSED, f"{door}: is no administrator; see assay admins")
        (who,) = meant
        if who.origin == "config":
            key = "access.admins" if who.channel == _TELEGRAM else "digest.recipients"
            leave(REFUSED, f"{door}: stands in {key}; take it out there")
        await administrators.dismiss_at(tx, who.channel, who.address)
        await note(app, tx, "dismiss", f"{who.channel}:{who.address}")


@group.command()
def code(role: Role, config: Config = None) -> None:
    """Print a one-time code that makes whoever brings it an administrator."""
    found = configured(config)
    _known(role)
    said = asyncio.run(_code(found, role))
    typer.echo(f"{role}: {claiming(found, said)} within an hour; it works once")


async def _code(found: Settings, role: str) -> str:
    async with assay.built(found) as app, app.database.writing() as tx:
        await note(app, tx, "code", role)
        return await appointments.new_code(tx, app.universe, role, _HOUR, issuer=COMMAND_LINE)


def _known(role: str) -> None:
    if role not in access.ROLES:
        leave(REFUSED, f"--role {role}: must be one of {', '.join(access.ROLES)}")


def log(
    limit: Annotated[int, typer.Option(help="How many acts.", min=1, max=100_000)] = 50,
    config: Config = None,
) -> None:
    """Print what administrators did, the newest first: when (UTC), who, what, on what, how many."""
    for each in asyncio.run(_acts(configured(config), limit)):
        at = datetime.fromtimestamp(each.at, UTC).isoformat(" ", "minutes").removesuffix("+00:00")
        typer.echo(f"{at}\t{each.actor}\t{each.act}\t{each.object}\t{each.people}")


async def _acts(found: Settings, limit: int) -> list[audit.Act]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return await audit.latest(tx, limit)
