"""What every command shares: how it is configured, what it is about, how it leaves."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.core import TyperGroup

from bot import log, settings
from storage import rounds

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter

    from bot.settings import Settings
    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from flows.rounds import Round
    from storage.database import Tx
    from storage.location import SettingError

FAILED, REFUSED, MISCONFIGURED = 1, 2, 78

Config = Annotated[
    Path | None,
    typer.Option("--config", help="TOML configuration; ./config.toml if there.", metavar="PATH"),
]


_by: ContextVar[Settings] = ContextVar("_by")
"""What this command is configured by."""


class Whole(TyperGroup):
    """Commands that are listed with their whole sentences, which Click would cut short."""

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write a line a command, or more where one is not enough."""
        there = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        rows = [(name, each.get_short_help_str(1000)) for name, each in there if not each.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def claiming(found: Settings, code: str) -> str:
    """How a code is brought by which somebody becomes an administrator: where they can come in."""
    ways = []
    if found.telegram.token.get_secret_value():
        ways.append(f"write /claim {code} to the bot")
    if found.web.enabled or not ways:
        ways.append(f"open {found.public_url}/desk/{code}")
    return " or ".join(ways)


def leave(code: int, why: object) -> NoReturn:
    """End the command with one line on standard error."""
    sys.stderr.write(f"{why}\n")
    sys.exit(code)


async def round_of(tx: Tx, instrument_id: str, name: str) -> Round:
    """A round of an instrument; leaves where there is none of this name."""
    found = await rounds.get(tx, instrument_id, name)
    if found is None:
        known = ", ".join(each.name for each in await rounds.of_instrument(tx, instrument_id))
        leave(REFUSED, f"--round {name}: no such round of {instrument_id}; there are {known}")
    return found


def configured(config: Path | None) -> Settings:
    """The settings, with the log speaking as they say."""
    found = settings.load(config)
    _by.set(found)
    log.configure(found.log.level, found.log.format)
    return found


def misconfigured(error: SettingError) -> NoReturn:
    """End the command because of a setting, with the place where that stands."""
    leave(MISCONFIGURED, _by.get(settings.Settings()).wrong(error.setting, error))


def instrument_of(stock: Shelf, instrument_id: str) -> Instrument:
    """An installed instrument; leaves where there is none of this id."""
    found = stock.get(instrument_id)
    if found is None:
        known = ", ".join(stock.instruments)
        leave(REFUSED, f"{instrument_id}: no such instrument; installed are {known}")
    return found
