"""``assay rounds``, ``assay overview`` and ``assay round …``: what there is, and its ends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import app as assay
from bot import releasing, shelf
from bot.channels.terminal import render
from bot.cli.acting import (
    FIRST,
    Instrument,
    Plan,
    Yes,
    agree,
    day,
    going_on,
    known_zone,
    note,
    still,
)
from bot.cli.asking import REFUSED, Config, Whole, configured, instrument_of, leave, round_of
from bot.fieldwork import fielding, figures
from bot.fieldwork.telling import facts, result
from bot.house import zone_of
from bot.reports.digest.message import problem_lines
from bot.texts import LANGUAGES, worded
from flows.card import Card, Line, Phrase, Words
from flows.rounds import Cadence, Round, RoundError
from storage import rounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from bot.app import App
    from bot.settings import Settings
    from storage.database import Tx

group = typer.Typer(cls=Whole, help="Open, close and extend rounds.", no_args_is_help=True)
OPEN_END = "open"
THEIRS = " who have not finished"
FOR_GOOD = "; where fewer answers than a batch are left and let out, it cannot be extended any more"
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The round; see assay rounds.")]


def listing(
    instrument_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Of this instrument alone.")
    ] = None,
    *,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the rounds, each with how many were invited, began and finished."""
    found = configured(config)
    if instrument_id is not None:
        instrument_of(shelf.read(found.instruments.folders), instrument_id)
    listed = asyncio.run(_listed(found, instrument_id))
    if as_json:
        typer.echo(json.dumps(listed, indent=2))
        return
    typer.echo("instrument\tround\tstate\tfrom\tuntil\tinvited\tbegun\tfinished\trate")
    for each in listed:
        first = "always" if each["opens"] == FIRST.isoformat() else each["opens"]
        until = each["closes"] or "open end"
        rate = "-" if each["rate"] is None else f"{each['rate']} %"
        counts = "\t".join(str(each[key]) for key in ("invited", "begun", "finished"))
        named = f"{each['instrument']}\t{each['round']}\t{each['phase']}"
        typer.echo(f"{named}\t{first}\t{until}\t{counts}\t{rate}")


async def _listed(found: Settings, instrument_id: str | None) -> list[dict[str, Any]]:
    async with assay.built(found) as app, app.database.reading() as tx:
        now = app.universe.now()
        return [
            {
                "instrument": of.instrument,
                "round": of.name,
                "phase": of.phase(now),
                "opens": of.opens.isoformat(),
                "closes": of.closes.isoformat() if of.closes else None,
                "zone": str(of.zone),
                "idle_days": list(of.cadence.idle_days),
                **asdict(await figures.standing(app.house, tx, of)),
            }
            for of in (each.round for each in await rounds.every(tx))
            if instrument_id in {None, of.instrument}
        ]


def overview(*, as_json: AsJson = False, config: Config = None) -> None:
    """Say how the rounds stand today, and what needs a person."""
    asyncio.run(_overview(configured(config), as_json=as_json))


async def _overview(found: Settings, *, as_json: bool) -> None:
    async with assay.built(found) as app, app.database.reading() as tx:
        there = await rounds.every(tx)
        standing = [(each, await figures.standing(app.house, tx, each.round)) for each in there]
        gathered = [
            await figures.gathered(app.house, tx, each.round, funnel, None)
            for each, funnel in standing
        ]
        problems = await figures.problems(app.house, tx, standing)
    shown = [each for each in gathered if each is not None]
    if as_json:
        form = {
            "rounds": [asdict(each) for each in shown],
            "problems": [asdict(each) for each in problems],
        }
        typer.echo(json.dumps(form, indent=2, ensure_ascii=False, default=str))
        return
    lines: list[Line[Words]] = []
    for of in shown:
        named = Phrase("desk_round", {"title": of.title, "round": of.name})
        lines.append(Line("", named, None, "heading", None))
        lines.append(Line("", Phrase(f"round_{of.phase}"), result(of.now), "fact", None))
        lines += facts(of)
    card: Card[Words] = Card(
        name="overview", title=Phrase("desk_title"), lines=(*lines, *problem_lines(problems))
    )
    typer.echo(render(worded(card, LANGUAGES[0])), nl=False)


@group.command("open")
def open_(
    instrument_id: Instrument,
    name: Name,
    *,
    first: Annotated[str, typer.Option("--from", help="The first day; today without it.")] = "",
    until: Annotated[str, typer.Option(help="The last day, or open.")] = OPEN_END,
    zone: Annotated[str, typer.Option(help="Whose days; without it that of [reminders].")] = "",
    remind: Annotated[
        str, typer.Option(help="Idle days, such as 2,7,14, or none; else those of [reminders].")
    ] = "",
    config: Config = None,
) -> None:
    """Open a round: today, or on a day to come."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    where = zone_of(known_zone("--zone", zone) if zone else found.reminders.zone, UTC)
    opens = day("--from", first) if first else None
    cadence = Cadence(_idle_days(remind) if remind else found.reminders.idle_days)
    closes = _end(until)

    def planned(now: datetime) -> Round:
        today = now.astimezone(where).date()
        return Round(instrument_id, name, opens or today, closes, where, cadence)

    asyncio.run(_open(found, planned))


async def _open(found: Settings, planned: Callable[[datetime], Round]) -> None:
    async with assay.built(found) as app, app.database.writing() as tx:
        now = app.universe.now()
        of = planned(now)
        if of.phase(now) == "closed":
            leave(REFUSED, f"--until {of.closes}: is over; a round lasts until today or later")
        try:
            made = await fielding.plan(tx, of)
        except RoundError as error:
            leave(REFUSED, error)
        if not made:
            leave(REFUSED, f"{of.name}: {of.instrument} has a round of this name; extend it")
        await note(app, tx, "open", f"{of.instrument} {of.name}")
    typer.echo(f"round {of.name} of {of.instrument}: {of.opens} to {of.closes or 'open end'}")


@group.command("extend")
def extend(
    instrument_id: Instrument,
    name: Name,
    until: Annotated[str, typer.Option(help="The new last day, or open for no end.")],
    *,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """Give a round another last day; for whom it was over, it goes on."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    asyncio.run(_extend(found, instrument_id, name, _end(until), yes=yes))
    typer.echo(f"round {name} of {instrument_id}: until {_end(until) or 'somebody closes it'}")


async def _extend(
    found: Settings, instrument_id: str, name: str, closes: date | None, *, yes: bool
) -> None:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            of = await round_of(tx, instrument_id, name)
            plan = await _ending(app, tx, of, f"ending {name} sooner")
        over = of.phase(app.universe.now()) == "closed"
        if closes is not None and not over and (of.closes is None or closes < of.closes):
            agree(plan, yes=yes)  # they were told another day
        async with app.database.writing() as tx:
            of = await round_of(tx, instrument_id, name)
            try:
                await fielding.extend(app.house, tx, of, closes)
            except RoundError as error:
                leave(REFUSED, error)
            was, now = of.closes or "open end", closes or "open end"
            await note(app, tx, "extend", f"{instrument_id} {name} {was} to {now}")


@group.command("close")
def close(
    instrument_id: Instrument, name: Name, *, yes: Yes = False, config: Config = None
) -> None:
    """Take no more answers in a round from now on."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    asyncio.run(_close(found, instrument_id, name, yes=yes))
    typer.echo(f"round {name} of {instrument_id}: closed")


async def _close(found: Settings, instrument_id: str, name: str, *, yes: bool) -> None:
    async with assay.built(found) as app:
        async with app.database.reading() as tx:
            of = await going_on(app, tx, instrument_id, name)
            plan = await _ending(app, tx, of, f"closing {name}")
        agree(plan, yes=yes)
        async with app.database.writing() as tx:
            of = await going_on(app, tx, instrument_id, name)
            unfinished = await figures.unfinished(app.house, tx, of)
            still(plan, unfinished, yes=yes)
            await fielding.close(app.house, tx, of)
            await note(app, tx, "close", f"{instrument_id} {name}", unfinished)
        await releasing.release_due(app.house, app.database)


async def _ending(app: App, tx: Tx, of: Round, said: str) -> Plan:
    count = await figures.unfinished(app.house, tx, of)
    step = await figures.step_of(app.house, tx, of)
    for_good = FOR_GOOD if step > 1 and said.startswith("closing") else ""
    return Plan(said, count, THEIRS + for_good, step)


def _end(until: str) -> date | None:
    return None if until == OPEN_END else day("--until", until)


def _idle_days(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        leave(REFUSED, f"--remind {text}: write days like 2,7,14, or none")
