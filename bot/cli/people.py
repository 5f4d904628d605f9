"""``assay remind``, ``assay requests …``, ``assay digest``: what reaches people."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot import shelf
from bot.channels.terminal import render
from bot.cli.acting import Plan, Yes, agree, note
from bot.cli.asking import FAILED, REFUSED, Config, configured, instrument_of, leave, round_of
from bot.fieldwork import digests, fielding, inviting
from bot.texts import LANGUAGES, worded
from flows.ladder import REMINDED
from flows.reminding import QUIET
from storage import administrators, contacts, people, reminders, requests, rounds
from storage.invitations import Invitation

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings
    from flows.rounds import Round
    from storage.database import Tx

RoundName = Annotated[str, typer.Option("--round", metavar="NAME", help="The round.")]
requested = typer.Typer(help="Who asks to take part.", invoke_without_command=True)


def remind(
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    round_name: RoundName = rounds.ALWAYS,
    out: Annotated[
        Path | None,
        typer.Option(help="Instead: a file for mail merge, for whom only mail reaches."),
    ] = None,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Have everybody's next reminder go out now, or as soon as it is day where they are."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    if out is not None and out.exists():
        leave(REFUSED, f"{out}: is there already; name a file that is not")
    typer.echo(asyncio.run(_remind(found, instrument_id, round_name, out, yes=yes)))


async def _remind(
    found: Settings, instrument_id: str, name: str, out: Path | None, *, yes: bool
) -> str:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            of = await round_of(tx, instrument_id, name)
            count = await reminders.can_be_reminded(tx, instrument_id, name, REMINDED)
        agree(Plan(f"reminding in {name}", count), yes=yes)
        async with app.database.writing() as tx:
            if out is not None:
                done = await _to_file(app, tx, of, out)
                said = f"{done} reminders for mail merge written to {out}"
            else:
                done = await fielding.remind(app.house, tx, of)
                said = f"{done} people are reminded, by day, while assay run is running"
            await note(app, tx, "remind", f"{instrument_id} {name}", done)
        return said


async def _to_file(app: App, tx: Tx, of: Round, out: Path) -> int:
    """Write the reminders of those whom only mail reaches, and count each as sent. Who was written
    to within 20 hours is left out.
    """
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(inviting.LINKS)
    now, rows = app.universe.seconds(), 0
    for slot in await reminders.by_mail_only(tx, of.instrument, of.name, REMINDED, app.house.chat):
        contact = await contacts.of(tx, slot.participant_id)
        lately = slot.written_at is not None and now - slot.written_at < QUIET.total_seconds()
        if contact is None or lately:
            continue
        invitation = Invitation(slot.participant_id, of.instrument, of.name, 0)
        cells = [inviting.plain(cell) for cell in astuple(contact)]
        sheet.writerow((*cells, *await inviting.new_link(app.house, tx, invitation)))
        await reminders.decide(tx, slot.id, "sent")
        await people.wrote(tx, slot.participant_id, now)
        rows += 1
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        leave(FAILED, f"{out}: cannot be written: {error.strerror}")
    return rows


def digest(
    *,
    send: Annotated[bool, typer.Option("--send", help="Send it to every administrator.")] = False,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Print what the digest says now, or have it go out to every administrator."""
    found = configured(config)
    typer.echo(asyncio.run(_digest(found, send=send, yes=yes)), nl=not send)


async def _digest(found: Settings, *, send: bool, yes: bool) -> str:
    async with assay.built(found) as app:
        if not send:
            async with app.database.reading() as tx:
                told = await digests.of_now(app.house, tx)
            return render(worded(told, LANGUAGES[0]))
        async with app.database.reading() as tx:
            readers = await administrators.every(tx)
        agree(Plan("sending the digest", len(readers)), yes=yes)
        async with app.database.writing() as tx:
            for each in readers:
                await digests.make(app.house, tx, each, f"now:{app.universe.seconds()}")
            await note(app, tx, "digest", "to every administrator", len(readers))
        return f"{len(readers)} digests go out while assay run is running\n"


@requested.callback()
def _requests(context: typer.Context, config: Config = None) -> None:
    """List who asks to take part, by number."""
    if context.invoked_subcommand is None:
        for each in asyncio.run(_waiting(configured(config))):
            typer.echo(each)


async def _waiting(found: Settings) -> list[str]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return [f"{each.id}\t{each.words}" for each in await requests.waiting(tx, 1000)]


@requested.command()
def approve(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    instrument: Annotated[str, typer.Option(help="What they may answer.")],
    round_name: RoundName = rounds.ALWAYS,
    config: Config = None,
) -> None:
    """Let somebody in who asked."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument)
    asyncio.run(_decide(found, number, instrument, round_name))
    typer.echo(f"{number}: may take part in {instrument} {round_name}")


@requested.command()
def refuse(number: Annotated[int, typer.Argument(metavar="NUMBER")], config: Config = None) -> None:
    """Turn somebody away who asked."""
    asyncio.run(_decide(configured(config), number, None, ""))
    typer.echo(f"{number}: turned away")


async def _decide(found: Settings, number: int, instrument: str | None, name: str) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        of = None if instrument is None else await round_of(tx, instrument, name)
        if not await fielding.decide(app.house, tx, number, of):
            leave(REFUSED, f"{number}: nobody waits under this number; see assay requests")
        act, what = ("refuse", "a request") if of is None else ("approve", f"{instrument} {name}")
        await note(app, tx, act, what, 1)
