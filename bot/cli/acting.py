"""What every command shares that changes something: it is asked for once more, and written down."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import REFUSED, leave
from storage import audit
from storage.audit import Act

if TYPE_CHECKING:
    from bot.app import App
    from storage.database import Tx

COMMAND_LINE = "command line"
"""Who acts, in the audit log, where somebody runs a command on the machine."""

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking once more.")]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command is about to do, to how many people."""

    said: str
    people: int


def agree(plan: Plan, *, yes: bool) -> None:
    """Ask once more, naming how many people it reaches; leaves where the answer is not yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        leave(REFUSED, f"{plan.said}: reaches {plan.people} people; say --yes to do it")
    if not typer.confirm(f"{plan.said}: reaches {plan.people} people. Do it?"):
        leave(REFUSED, "nothing was done")


async def note(app: App, tx: Tx, act: str, what: str, people: int = 0) -> None:
    """Write down what was done, in the transaction that does it."""
    await audit.note(tx, Act(app.universe.seconds(), COMMAND_LINE, act, what, people))


def day(option: str, text: str) -> date:
    """A day as it was typed; leaves for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        leave(REFUSED, f"{option} {text}: is no day; write one like 2026-12-31")
