"""``assay report``: a round in tables and charts, in every form from the same figures."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot import app as assay
from bot import releasing, shelf
from bot.cli.asking import FAILED, REFUSED, Config, configured, instrument_of, leave
from bot.fieldwork import figures
from bot.reports.results import as_json, gathered, survey_results
from bot.reports.results.gathered import ReportError, Results, Wish
from bot.texts import LANGUAGES
from storage import rounds

if TYPE_CHECKING:
    from bot.settings import Settings


FORMS: Final = ("text", "json", "html", "pdf", "xlsx")
_NEED_A_FILE: Final = {"pdf", "xlsx"}


def report(  # noqa: PLR0913 - one parameter an option, as the library wants it
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    round_name: Annotated[
        str, typer.Option("--round", metavar="NAME", help="The round to report on.")
    ] = rounds.ALWAYS,
    form: Annotated[str, typer.Option("--format", help="text, json, html, pdf or xlsx.")] = "text",
    compare: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A round to put beside it; may be given again, oldest first."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="ITEM", help="A question that divides those who answered."),
    ] = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = LANGUAGES[0],
    comments: Annotated[
        bool, typer.Option("--comments", help="List the comments where there are enough.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where to write it; pdf and xlsx need one."),
    ] = None,
    config: Config = None,
) -> None:
    """Make tables and charts of what was answered in a round."""
    found = configured(config)
    if form not in FORMS:
        leave(REFUSED, f"--format {form}: must be one of {', '.join(FORMS)}")
    if language not in LANGUAGES:
        leave(REFUSED, f"--language {language}: must be {' or '.join(LANGUAGES)}")
    if out is None and form in _NEED_A_FILE:
        leave(REFUSED, f"--format {form}: is no text; name a file with --out")
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        leave(REFUSED, f"--out {out}: is no place for a file; name one in a folder that is there")
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    wish = Wish(instrument_id, round_name, tuple(compare or ()), by, comments)
    try:
        results = asyncio.run(_gathered(found, wish))
    except ReportError as error:
        leave(REFUSED, error)
    made = rendered(results, form, language)
    if out is None:
        typer.echo(made, nl=False)
        return
    try:
        write(out, made)
    except OSError as error:
        leave(FAILED, f"{out}: cannot be written: {error.strerror}")
    typer.echo(f"report written to {out}")


async def _gathered(found: Settings, wish: Wish) -> Results:
    async with assay.built(found) as app:
        await releasing.release_due(app.house, app.database)
        async with app.database.reading() as tx:
            results = await gathered.gather(tx, app.house.shelf, wish, found.reports)
            step = await figures.step_of_named(app.house, tx, wish.instrument, wish.round)
            return gathered.going_on(results, step, by_link=not app.house.open_to_all)


def rendered(results: Results, form: str, language: str) -> bytes:
    """The report in one of its forms."""
    if form == "json":
        return as_json.render(results, language).encode()
    document = survey_results.build(results, language)
    # One of them at a time: a workbook's and a PDF's libraries take long to import.
    page: str | bytes = import_module(f"bot.reports.{form}").render(document)
    return page.encode() if isinstance(page, str) else page


def write(out: Path, made: bytes) -> None:
    """Put a file in its place whole: a report may be made again, and what was there before stays
    until the new one is complete.
    """
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
