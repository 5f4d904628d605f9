"""``assay report``: a round in tables and charts, in every form from the same figures."""

from __future__ import annotations

import asyncio
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot import shelf
from bot.cli.asking import FAILED, REFUSED, Config, configured, instrument_of, leave
from bot.house import ROUND
from bot.reports import as_json, gathered, html, pdf, survey_results, text, xlsx
from bot.reports.gathered import ReportError, Results, Wish

if TYPE_CHECKING:
    from bot.settings import Settings


class Form(StrEnum):
    """What a report can be."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"


class Language(StrEnum):
    """What a report can be in."""

    EN = "en"
    ZH = "zh"


def report(  # noqa: PLR0913 - one parameter an option, as the library wants it
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    round_name: Annotated[
        str, typer.Option("--round", metavar="NAME", help="The round to report on.")
    ] = ROUND,
    form: Annotated[Form, typer.Option("--format", help="What to make.")] = Form.TEXT,
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
    language: Annotated[Language, typer.Option(help="The language of the report.")] = Language.EN,
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
    if out is None and form in {Form.PDF, Form.XLSX}:
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
    async with assay.built(found) as app, app.database.reading() as tx:
        return await gathered.gather(tx, app.house.shelf, wish, found.reports)


def rendered(results: Results, form: Form, language: str) -> bytes:
    """The report in one of its forms."""
    if form is Form.JSON:
        return as_json.render(results, language).encode()
    document = survey_results.build(results, language)
    match form:
        case Form.TEXT:
            return text.render(document).encode()
        case Form.HTML:
            return html.render(document).encode()
        case Form.PDF:
            return pdf.render(document)
        case Form.XLSX:
            return xlsx.render(document)


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
