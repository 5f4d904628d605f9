"""``assay invite``: contacts become people with a part in a round, and links."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot import shelf
from bot.cli.acting import Plan, Yes, agree, going_on, note, still
from bot.cli.asking import (
    REFUSED,
    Config,
    configured,
    instrument_of,
    leave,
)
from bot.fieldwork import contacts, inviting
from storage import rounds

if TYPE_CHECKING:
    from bot.fieldwork.contacts import Sheet
    from bot.fieldwork.inviting import Invited
    from bot.settings import Settings
    from storage.database import Tx


def invite(
    csv: Annotated[
        Path,
        typer.Argument(
            metavar="CONTACTS.csv",
            help=f"Whom to invite, with the header {','.join(contacts.HEADER)}.",
        ),
    ],
    *,
    instrument: Annotated[
        str, typer.Option(help="What they are invited to answer: an instrument's id.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Where the links are written; must not exist.")
    ] = None,
    round_name: Annotated[
        str, typer.Option("--round", metavar="NAME", help="The round they are invited to.")
    ] = rounds.ALWAYS,
    mail: Annotated[
        bool, typer.Option("--mail", help="Send each a letter, while assay run is running.")
    ] = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="Invite the rest where rows cannot be used.")
    ] = False,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Invite people: a file of single-use links, one a person, or a letter to each."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument)
    if (out is None) is not mail:
        leave(REFUSED, "say --out LINKS.csv or --mail, and not both; see assay invite --help")
    if mail and not found.mail.sends:
        leave(REFUSED, "--mail: letters cannot leave; set mail.host or mail.folder, or say --out")
    if mail and not (found.web.enabled or found.telegram.username):
        leave(REFUSED, "--mail: letters have no link; set web.enabled or telegram.username")
    if out is not None and out.exists():
        leave(REFUSED, f"{out}: is there already; name a file that is not")
    sheet = contacts.read(csv)
    for each in sheet.overtaken:
        sys.stderr.write(f"{each}\n")
    if sheet.problems and not (partly and sheet.contacts):
        rest = f"; --partly invites the other {len(sheet.contacts)}" if sheet.contacts else ""
        leave(REFUSED, "\n".join(sheet.problems) + rest)
    for each in sheet.problems:
        sys.stderr.write(f"{each}; left out\n")
    done = asyncio.run(_invite(found, sheet, (instrument, round_name), out, yes=yes))
    if out is not None:
        typer.echo(", ".join([f"{done.new} links written to {out}", *done.beside]))
    else:
        typer.echo(f"{done}; letters go out by day, while assay run is running")


async def _invite(
    found: Settings, sheet: Sheet, to: tuple[str, str], out: Path | None, *, yes: bool
) -> Invited:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            of = await going_on(app, tx, *to)
            count = await inviting.reach(tx, sheet.contacts, of)

        async def noted(tx: Tx, done: Invited) -> None:
            await note(app, tx, "invite", f"{of.instrument} {of.name}", done.new)

        if out is not None:
            listed = sheet.contacts
            return await inviting.invite_to_file(
                app.database, app.house, listed, of, out, noted=noted
            )
        plan = Plan(f"letters of invitation to {of.name}", count)
        agree(plan, yes=yes)
        async with app.database.writing() as tx:
            still(plan, await inviting.reach(tx, sheet.contacts, of), yes=yes)
            done = await inviting.invite(app.house, tx, sheet.contacts, of, letters=True)
            await noted(tx, done)
        return done
