"""Commands for the key file on a machine of its own."""

from __future__ import annotations

import asyncio

import typer

from bot.cli.asking import Config, Whole, configured

group = typer.Typer(cls=Whole, help="The key file for several machines.", no_args_is_help=True)


@group.callback()
def _keys() -> None:
    """Have a group although there is one command only."""


@group.command()
def serve(config: Config = None) -> None:
    """Own the key file that database.keys names, and answer instances on other machines."""
    found = configured(config)
    from bot import key_server  # noqa: PLC0415 - what serves takes a while to import

    asyncio.run(key_server.run(found, lambda where: typer.echo(f"keys: {where}")))
