"""What every command shares that changes something: it is asked for once more, and written down."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated
from zoneinfo import available_timezones

import typer

from bot.cli.asking import REFUSED, leave, round_of
from storage import audit
from storage.audit import Act

if TYPE_CHECKING:
    from bot.app import App
    from flows.rounds import Round
    from storage.database import Tx

COMMAND_LINE = "command line"
"""Who acts, in the audit log, where somebody runs a command on the machine."""

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""The days that may be named: beyond them, clocks and time zones run out of years."""

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking once more.")]
Instrument = Annotated[
    str, typer.Argument(metavar="ID", help="The instrument; see assay instruments.")
]
RoundName = Annotated[str, typer.Option("--round", metavar="NAME", help="The round.")]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command is about to do, to how many people."""

    said: str
    people: int
    beyond: str = ""
    """What there is to say of those whom it does not reach: "; 2 only by mail …"."""
    step: int = 1
    """In which steps people are counted: of more than one, it is so many at most."""


def people(count: int, step: int = 1) -> str:
    """So many people, in words; at most so many where they are counted in steps."""
    if step > 1 and count:
        return f"up to {count} people"
    return "1 person" if count == 1 else f"{count} people"


def agree(plan: Plan, *, yes: bool) -> None:
    """Ask once more, naming how many people it reaches; leaves where the answer is not yes."""
    consent(f"{plan.said}: reaches {people(plan.people, plan.step)}{plan.beyond}", yes=yes)


def consent(asked: str, *, yes: bool) -> None:
    """Ask once more, saying what happens; leaves where the answer is not yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        leave(REFUSED, f"{asked}; say --yes to do it")
    if not typer.confirm(f"{asked}. Do it?", err=True):
        leave(REFUSED, "nothing was done")


async def note(app: App, tx: Tx, act: str, what: str, people: int = 0) -> None:
    """Write down what was done, in the transaction that does it."""
    await audit.note(tx, Act(app.universe.seconds(), COMMAND_LINE, act, what, people))


def still(plan: Plan, count: int, *, yes: bool) -> None:
    """Leave where somebody said yes to a number that is not true any more."""
    if not yes and count != plan.people:
        said = f"reaches {people(count, plan.step)} by now"
        leave(REFUSED, f"{plan.said}: {said}; nothing was done, ask again")


async def going_on(app: App, tx: Tx, instrument_id: str, name: str) -> Round:
    """A round that is not over; leaves where it is, or where there is none."""
    of = await round_of(tx, instrument_id, name)
    if of.phase(app.universe.now()) == "closed":
        cure = f"assay round extend {instrument_id} {name} --until DAY"
        leave(REFUSED, f"round {name}: is closed, its last day was {of.closes}; to go on: {cure}")
    return of


def day(option: str, text: str) -> date:
    """A day as it was typed; leaves for what is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        leave(REFUSED, f"{option} {text}: is no day; write one like 2026-12-31")
    if not FIRST <= found <= LAST:
        leave(REFUSED, f"{option} {text}: must be from {FIRST} to {LAST}")
    return found


def known_zone(option: str, name: str) -> str:
    """A time zone as it was typed; leaves for what is none."""
    if name not in available_timezones():
        leave(REFUSED, f"{option} {name}: is no time zone; write one like Europe/Amsterdam")
    return name
