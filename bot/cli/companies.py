"""Commands for the office: what is kept of a company, read out or deleted, whole."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import app as assay
from bot.cli.acting import Plan, Yes, agree, note, people
from bot.cli.asking import FAILED, REFUSED, Config, Whole, configured, leave
from storage import erasing

if TYPE_CHECKING:
    from bot.settings import Settings

group = typer.Typer(cls=Whole, help="What is kept of companies.", invoke_without_command=True)
Company = Annotated[str, typer.Argument(metavar="ID", help="The company; see assay companies.")]


@group.callback()
def listing(context: typer.Context, config: Config = None) -> None:
    """List the companies: id, name, people, assessments."""
    if context.invoked_subcommand is None:
        found = asyncio.run(_listed(configured(config)))
        for each in found:
            typer.echo("\t".join(map(str, each)))
        if not found:
            typer.echo("no company is kept here", err=True)


async def _listed(found: Settings) -> list[tuple[str, str, int, int]]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return await erasing.companies(tx)


@group.command()
def export(
    company: Company,
    out: Annotated[Path, typer.Option(help="Where it is written; must not exist.")],
    config: Config = None,
) -> None:
    """Write everything that is kept of a company, as JSON."""
    form = asyncio.run(_everything(configured(config), company))
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(form, file, ensure_ascii=False, indent=2)
            file.write("\n")
    except OSError as error:
        leave(FAILED, f"{out} cannot be written: {error.strerror}; name a file that is not there")
    typer.echo(f"{sum(map(len, form.values()))} rows written to {out}")


async def _everything(found: Settings, company: str) -> dict[str, list[dict[str, Any]]]:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            form = await erasing.everything(tx, company)
        if form is None:
            leave(REFUSED, f"{company}: is no company here; see assay companies")
        async with app.database.writing() as tx:
            await note(app, tx, "export", f"company {company}")
        return form


@group.command()
def erase(company: Company, *, yes: Yes = False, config: Config = None) -> None:
    """Delete everything that is kept of a company; there is no way back but a backup."""
    left = asyncio.run(_erase(configured(config), company, yes=yes))
    typer.echo(f"{company} erased; {people(left)} worked for it")


async def _erase(found: Settings, company: str, *, yes: bool) -> int:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            there = {number: who for number, _, who, _ in await erasing.companies(tx)}
        if company not in there:
            leave(REFUSED, f"{company}: is no company here; see assay companies")
        agree(Plan(f"erasing {company}", there[company]), yes=yes)
        async with app.database.writing() as tx:
            left = await erasing.erase(tx, company)
            await note(app, tx, "erase", f"company {company}", left)
        await app.database.tidy()
        return left
