"""The commands. Results go to standard output, logs to standard error.

Exit 0 done, 1 failed, 2 wrong use or refused input, 78 wrong configuration.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import app as assay
from bot import log, settings, shelf
from bot.channels import terminal
from bot.cli import (
    admins,
    checking,
    clearing,
    companies,
    interchange,
    inviting,
    keeping,
    keys,
    people,
    rounds,
)
from bot.cli import report as reports
from bot.cli import score as scores
from bot.cli import scorecard as scorecards
from bot.cli.asking import (
    FAILED,
    MISCONFIGURED,
    REFUSED,
    Config,
    Whole,
    claiming,
    configured,
    instrument_of,
    leave,
    misconfigured,
)
from bot.fieldwork.contacts import ContactsError
from bot.reports.apart import abandoned
from flows.definition import definition
from storage import schema
from storage.location import KeysAwayError, SettingError, StorageError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from bot.app import App
    from bot.settings import Settings

_LOOP: Callable[[], asyncio.AbstractEventLoop] | None = None
if find_spec("uvloop") is not None:  # there is none for Windows
    _LOOP = import_module("uvloop").new_event_loop

cli = typer.Typer(
    cls=Whole,
    name="assay",
    help="Surveys and self-assessments that people answer in a chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(cls=Whole, help="The schema of the database.", no_args_is_help=True)
instruments = typer.Typer(cls=Whole, help="What is installed.", invoke_without_command=True)
cli.add_typer(db, name="db")
cli.add_typer(instruments, name="instruments")


def quickly(work: Coroutine[Any, Any, None]) -> None:
    """Run what runs for long, on the faster loop where there is one."""
    with asyncio.Runner(loop_factory=_LOOP) as runner:
        runner.run(work)


def main() -> None:
    """Run a command; what can go wrong is one clear line each."""
    try:
        cli()
    except settings.SettingsError as error:
        leave(MISCONFIGURED, error)
    except ContactsError as error:
        leave(REFUSED, error)
    except SettingError as error:
        misconfigured(error)
    except WrongUseError as error:
        leave(REFUSED, error)
    except (StorageError, KeysAwayError) as error:
        leave(FAILED, error)
    except KeyboardInterrupt:
        sys.exit(130)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the library's signature
    if wanted:
        typer.echo(f"assay {version('assay')}")
        raise typer.Exit


@cli.callback()
def _options(
    *,
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version and leave.",
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""


@cli.command()
def run(config: Config = None) -> None:
    """Open the doors: Telegram if a token is set, the web if enabled, and the schedule."""
    found = configured(config)
    from bot import doors  # noqa: PLC0415 - Telegram and the web take a second to import

    quickly(doors.run(found, ready=_welcome))
    if abandoned():
        # All is closed. What is still being set is made by a library that must not meet the end of
        # the interpreter half way.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


async def _welcome(app: App) -> None:
    """Say where the doors are and, where nobody owns this yet, the code that makes an owner."""
    from bot.fieldwork import appointments  # noqa: PLC0415 - as above

    if app.house.web_url:
        typer.echo(f"pages: {app.house.web_url}")
    if app.house.bot_name:
        typer.echo(f"Telegram: https://t.me/{app.house.bot_name}")
    code = await appointments.first_code(app.database, app.universe)
    if code is not None:
        typer.echo(f"no owner yet: {claiming(app.settings, code)}; it works once, for a day")


@cli.command("demo")
def demo_(
    port: Annotated[
        int, typer.Option(help="Port of the web chat; taken ones are passed over.")
    ] = 8080,
) -> None:
    """Run on a throw-away database filled with sample people. No token, no network."""
    log.configure("warning", "console")
    from bot import demo  # noqa: PLC0415 - as above

    quickly(demo.run(port))


@cli.command()
def chat(
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    language: Annotated[str | None, typer.Option(help="en or zh.")] = None,
    config: Config = None,
) -> None:
    """Answer an instrument at the terminal. /quit leaves; what was said is kept."""
    found = configured(config)
    if language not in {None, "en", "zh"}:
        leave(REFUSED, f"--language {language}: must be en or zh")
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    asyncio.run(_chat(found, instrument_id, language))


async def _chat(found: Settings, instrument_id: str, language: str | None) -> None:
    async with assay.built(found) as app:
        await app.open_at_terminal(instrument_id, language)
        await terminal.converse(app.conversation, assay.HERE, _typed(), typer.echo, language)


async def _typed() -> AsyncIterator[str]:
    while True:
        sys.stdout.write("> ")
        sys.stdout.flush()
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        yield line.rstrip("\n")


@instruments.callback()
def _list(context: typer.Context, config: Config = None) -> None:
    """List the installed instruments."""
    if context.invoked_subcommand is None:
        for each in shelf.read(configured(config).instruments.folders).instruments.values():
            counted = f"{len(each.items)} {'criteria' if each.criteria else 'questions'}"
            typer.echo(f"{each.id}\t{each.edition}\t{each.kind}\t{counted}\t{each.title['en']}")


@instruments.command()
def show(
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The definition as JSON.")] = False,
    config: Config = None,
) -> None:
    """Print one definition."""
    stock = shelf.read(configured(config).instruments.folders)
    found = instrument_of(stock, instrument_id)
    if as_json:
        typer.echo(json.dumps(definition(found), ensure_ascii=False, indent=2))
        return
    typer.echo(f"{found.title['en']} ({found.id}, edition {found.edition})")
    for section in found.sections:
        weight = f" ({section.weight} %)" if section.weight else ""
        typer.echo(f"\n{section.id}: {section.title['en']}{weight}")
        for item in section.items:
            typer.echo(f"  {item.number}. {item.text['en']}")


@db.command()
def upgrade(config: Config = None) -> None:
    """Make the schema what this version needs; makes the database where there is none."""
    revision = schema.upgrade(configured(config).database.url)
    typer.echo(f"schema {revision}")


@db.command()
def current(config: Config = None) -> None:
    """Print the schema's revision, and the one this version needs."""
    present, wanted = schema.current(configured(config).database.url)
    typer.echo(f"database: {present or 'none'}; this version needs: {wanted}")


cli.command("check")(checking.check)
db.command("rekey")(keeping.rekey)
db.command("move")(keeping.move)
cli.add_typer(keys.group, name="keys")
cli.command("backup")(keeping.backup)
cli.command("restore")(keeping.restore)
cli.command("export")(interchange.export)
cli.command("contact-requests")(interchange.contact_requests)
cli.command("invite")(inviting.invite)
cli.command("rounds")(rounds.listing)
cli.command("overview")(rounds.overview)
cli.add_typer(rounds.group, name="round")
cli.command("remind")(people.remind)
cli.command("digest")(people.digest)
cli.add_typer(people.requested, name="requests")
cli.add_typer(admins.group, name="admins")
cli.command("audit")(admins.log)
cli.add_typer(companies.group, name="companies")
cli.command("clear")(clearing.clear)
cli.command("import")(interchange.import_)
cli.command("report")(reports.report)
cli.command("score")(scores.score)
cli.command("scorecard")(scorecards.scorecard)

if __name__ == "__main__":
    main()
