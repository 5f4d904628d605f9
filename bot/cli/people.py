"""``assay remind``, ``assay requests …``, ``assay digest``: what reaches people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot import shelf
from bot.channels.terminal import render
from bot.cli.acting import Instrument, Plan, RoundName, Yes, agree, going_on, note, people, still
from bot.cli.asking import REFUSED, Config, Whole, configured, instrument_of, leave
from bot.fieldwork import digests, fielding, figures, merging
from bot.fieldwork.link_file import appearing
from bot.texts import LANGUAGES, worded
from flows.ladder import REMINDED
from storage import administrators, reminders, requests, rounds

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Tx

requested = typer.Typer(cls=Whole, help="Who asks to take part.", invoke_without_command=True)
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="As assay requests says.", min=1, max=2**31 - 1)
]
_MOST_LISTED = 1000


def remind(
    instrument_id: Instrument,
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
            of = await going_on(app, tx, instrument_id, name)
            if of.phase(app.universe.now()) == "planned":
                leave(REFUSED, f"--round {name}: opens on {of.opens}; nobody is reminded before")
            beyond = "" if out is not None else await _out_of_reach(app, tx, of)
            step = 1 if out is not None else await figures.step_of(app.house, tx, of)
            plan = Plan(f"reminding in {name}", await _reached(app, tx, of, out), beyond, step)
        agree(plan, yes=yes)
        if out is not None:
            return await _to_file(app, of, out, plan, yes=yes)
        async with app.database.writing() as tx:
            done = figures.at_most(await fielding.remind(app.house, tx, of), step)
            still(plan, done, yes=yes)
            await note(app, tx, "remind", f"{instrument_id} {name}", done)
        are = f"{people(done, step)} {'is' if done == 1 else 'are'}"
        return f"{are} reminded, by day, while assay run is running{beyond}"


async def _reached(app: App, tx: Tx, of: Round, out: Path | None) -> int:
    if out is not None:
        found = await merging.waiting(app.house, tx, of)
        if found.spent:
            most = f"{len(of.cadence.idle_days)} reminders are planned, and as many files"
            leave(REFUSED, f"--out {out}: {most} for mail merge were written already")
        return len(found)
    return await figures.can_be_reminded(app.house, tx, of)


async def _out_of_reach(app: App, tx: Tx, of: Round) -> str:
    """What there is to say of those whom only letters reach, where these cannot leave."""
    only = await reminders.by_mail_only(tx, of.instrument, of.name, REMINDED, app.house.chat)
    if app.house.mails or not only:
        return ""
    step = await figures.step_of(app.house, tx, of)
    count = figures.at_most(len(only), step)
    said = f"up to {count}" if step > 1 else str(count)
    return f"; {said} only by mail, which cannot leave: set mail.host, or say --out MERGE.csv"


async def _to_file(app: App, of: Round, out: Path, plan: Plan, *, yes: bool) -> str:
    with appearing(out) as write:
        async with app.database.writing() as tx:
            found = await merging.waiting(app.house, tx, of)
            still(plan, len(found), yes=yes)
            content, done = await merging.sheet(app.house, tx, of, found)
            write(content)
            await note(app, tx, merging.ACT, merging.noted(of), done)
    return f"{done} reminders for mail merge written to {out}{found.left_out}"


def digest(
    *,
    send: Annotated[bool, typer.Option("--send", help="Send it to every administrator.")] = False,
    to: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="With --send: to this one alone; see assay admins."),
    ] = None,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Print what the digest says now, or have it go out to administrators."""
    found = configured(config)
    if to is not None and not send:
        leave(REFUSED, f"--to {to}: says whom it is sent to; say --send, too")
    typer.echo(asyncio.run(_sent(found, to, yes=yes) if send else _printed(found)), nl=send)


async def _printed(found: Settings) -> str:
    async with assay.built(found) as app, app.database.reading() as tx:
        return render(worded(await digests.of_now(app.house, tx, scores=True), LANGUAGES[0]))


async def _sent(found: Settings, to: str | None, *, yes: bool) -> str:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            plan = Plan("sending the digest", len(await _readers(app, tx, to)))
        agree(plan, yes=yes)
        async with app.database.writing() as tx:
            readers = await _readers(app, tx, to)
            still(plan, len(readers), yes=yes)
            key = f"now:{app.universe.seconds()}"
            made = [await digests.make(app.house, tx, each, key) for each in readers]
            await note(app, tx, "digest", "to every administrator" if to is None else to, sum(made))
        digests_go = "1 digest goes" if sum(made) == 1 else f"{sum(made)} digests go"
        return f"{digests_go} out while assay run is running"


async def _readers(app: App, tx: Tx, to: str | None) -> list[Administrator]:
    """Whom a digest goes to; leaves where there is nobody who can be written to."""
    every = await administrators.every(tx)
    found = [each for each in every if to is None or each.address == to.lower()]
    if not found:
        nobody = "there are no administrators" if to is None else f"--to {to}: is no administrator"
        leave(REFUSED, f"{nobody}, nor in digest.recipients; see assay admins")
    reached = [each for each in found if each.channel in app.house.reaching]
    if not reached:
        who = "no administrator" if to is None else f"--to {to}"
        leave(REFUSED, f"{who}: cannot be written to; digests go to Telegram, or by mail")
    return reached


@requested.callback()
def _requests(context: typer.Context, config: Config = None) -> None:
    """List who asks to take part, by number."""
    if context.invoked_subcommand is None:
        waiting = asyncio.run(_waiting(configured(config)))
        for each in waiting:
            typer.echo(each)
        if not waiting:
            typer.echo("nobody waits", err=True)


async def _waiting(found: Settings) -> list[str]:
    async with assay.built(found) as app, app.database.reading() as tx:
        return [f"{each.id}\t{each.words}" for each in await requests.waiting(tx, _MOST_LISTED)]


@requested.command()
def approve(
    number: Number,
    instrument: Annotated[str, typer.Option(help="What they may answer: an instrument's id.")],
    round_name: RoundName = rounds.ALWAYS,
    config: Config = None,
) -> None:
    """Let somebody in who asked."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument)
    asyncio.run(_decide(found, number, (instrument, round_name)))
    typer.echo(f"{number}: may take part in {instrument} {round_name}")


@requested.command()
def refuse(number: Number, config: Config = None) -> None:
    """Turn somebody away who asked."""
    asyncio.run(_decide(configured(config), number, None))
    typer.echo(f"{number}: turned away")


async def _decide(found: Settings, number: int, to: tuple[str, str] | None) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        of = None if to is None else await going_on(app, tx, *to)
        if not await fielding.decide(app.house, tx, number, of):
            leave(REFUSED, f"{number}: nobody waits under this number; see assay requests")
        what = "a request" if of is None else f"{of.instrument} {of.name}"
        await note(app, tx, "refuse" if of is None else "approve", what, 1)
