"""What every command shares: how it is configured, what it is about, how it leaves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot import log, settings
from storage import rounds

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from flows.rounds import Round
    from storage.database import Tx

FAILED, REFUSED, MISCONFIGURED = 1, 2, 78

Config = Annotated[
    Path | None,
    typer.Option("--config", help="TOML configuration; ./config.toml if there.", metavar="PATH"),
]


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
    log.configure(found.log.level, found.log.format)
    return found


def instrument_of(stock: Shelf, instrument_id: str) -> Instrument:
    """An installed instrument; leaves where there is none of this id."""
    found = stock.get(instrument_id)
    if found is None:
        known = ", ".join(stock.instruments)
        leave(REFUSED, f"{instrument_id}: no such instrument; installed are {known}")
    return found
