"""`assay import` and `assay export`: responses from elsewhere, and to elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as assay
from bot import releasing, shelf
from bot.cli.acting import note
from bot.cli.asking import FAILED, REFUSED, Config, configured, instrument_of, leave
from bot.fieldwork import figures
from bot.interchange import contact_requests as contacts
from bot.interchange import export_sav, exporting, importing
from bot.interchange.files import ExportFailedError, ExportRefusedError
from bot.interchange.importing import ImportRefusedError
from bot.texts import LANGUAGES
from storage import participation, rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.app import App
    from bot.interchange.importing import Form, Imported
    from bot.settings import Settings

_FORMS: dict[str, Form] = {"surveymonkey": "surveymonkey", "json": "json"}


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    instrument: Annotated[str, typer.Option(help="What was answered.")],
    round_name: Annotated[
        str, typer.Option("--round", metavar="NAME", help="Where the responses belong.")
    ] = rounds.ALWAYS,
    form: Annotated[
        str | None,
        typer.Option("--format", help="surveymonkey or json; otherwise what the file looks like."),
    ] = None,
    config: Config = None,
) -> None:
    """Bring in responses collected elsewhere: all of a file or nothing."""
    found = configured(config)
    stock = shelf.read(found.instruments.folders)
    survey = instrument_of(stock, instrument)
    if survey.kind != "survey":
        what = "is a benchmark; responses are imported for surveys only"
        leave(REFUSED, f"--instrument {instrument}: {what}")
    if form is not None and form not in _FORMS:
        leave(REFUSED, f"--format {form}: must be surveymonkey or json")
    try:
        importing.acceptable_round(round_name, survey, stock.published.get(survey.id, {}))
        form_found = _FORMS[form] if form is not None else importing.form_of(file)
        importing.examine(file, form_found, survey)
        done = asyncio.run(_bring(found, survey.id, round_name, file, form_found))
    except ImportRefusedError as refused:
        leave(REFUSED, refused)
    typer.echo(done)


async def _bring(
    found: Settings, instrument: str, round_name: str, file: Path, form: Form
) -> Imported:
    async with assay.built(found) as app:
        survey = app.house.shelf.instruments[instrument]
        done = await importing.bring(app.database, app.universe, survey, round_name, file, form)
        async with app.database.writing() as tx:
            await note(app, tx, "import", f"{instrument} {round_name}", done.new)
        return done


def export(
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    form: Annotated[str, typer.Option("--format", help="csv, xlsx, json (lines) or sav.")],
    out: Annotated[Path, typer.Option(help="Where it is written; must not exist.")],
    round_name: Annotated[str, typer.Option("--round", metavar="NAME")] = rounds.ALWAYS,
    language: Annotated[str, typer.Option(help="en or zh: the labels in a .sav.")] = LANGUAGES[0],
    config: Config = None,
) -> None:
    """Write row-level data with a codebook; nothing in it links to a person."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    if form not in exporting.FORMS:
        leave(REFUSED, f"--format {form}: must be one of {', '.join(exporting.FORMS)}")
    if language not in LANGUAGES:
        leave(REFUSED, f"--language {language}: must be one of {', '.join(LANGUAGES)}")
    try:
        if form == "sav":
            export_sav.must_be_there()
        done = asyncio.run(_export(found, instrument_id, round_name, form, out, language))
    except ExportRefusedError as refused:
        leave(REFUSED, refused)
    except ExportFailedError as failed:
        leave(FAILED, failed)
    typer.echo(done)


def contact_requests(
    instrument_id: Annotated[str, typer.Argument(metavar="ID")],
    out: Annotated[Path, typer.Option(help="Where it is written; must not exist.")],
    round_name: Annotated[str, typer.Option("--round", metavar="NAME")] = rounds.ALWAYS,
    config: Config = None,
) -> None:
    """Write down who asked to be written to, apart from all answers but those they attached."""
    found = configured(config)
    instrument_of(shelf.read(found.instruments.folders), instrument_id)
    try:
        count = asyncio.run(_contact_requests(found, instrument_id, round_name, out))
    except ExportRefusedError as refused:
        leave(REFUSED, refused)
    except ExportFailedError as failed:
        leave(FAILED, failed)
    typer.echo(f"{count} written to {out}")


async def _contact_requests(found: Settings, instrument_id: str, round_name: str, out: Path) -> int:
    async with assay.built(found) as app:
        await releasing.release_due(app.house, app.database)
        stock = app.house.shelf
        instrument = stock.instruments[instrument_id]
        with _waiting(await _step(app, instrument_id, round_name)):
            count = await contacts.export(app.database, stock, instrument, round_name, out)
        async with app.database.writing() as tx:
            await note(app, tx, "contacts", f"{instrument_id} {round_name}", count)
        return count


async def _export(
    found: Settings, instrument_id: str, round_name: str, form: str, out: Path, language: str
) -> str:
    async with assay.built(found) as app:
        await releasing.release_due(app.house, app.database)
        stock = app.house.shelf
        step = await _step(app, instrument_id, round_name)
        with _waiting(step):
            done = await exporting.export(
                app.database,
                stock,
                stock.instruments[instrument_id],
                round_name,
                form,
                out,
                language=language,
                smallest=found.reports.smallest_comments,
            )
        async with app.database.writing() as tx:
            await note(app, tx, "export", f"{instrument_id} {round_name}", done.rows)
        return f"{done}{_not_yet(step)}"


async def _step(app: App, instrument_id: str, round_name: str) -> int:
    """How many answers of a round are let out together; 1 where none can be waiting."""
    async with app.database.reading() as tx:
        if not await participation.counts(tx, instrument_id, round_name):
            return 1
        return await figures.step_of_named(app.house, tx, instrument_id, round_name)


def _not_yet(step: int) -> str:
    if step == 1:
        return ""
    return f"; answers that wait until {step} can be let out together are not among them yet"


@contextmanager
def _waiting(step: int) -> Iterator[None]:
    """Where there is nothing to write, say that something may be waiting."""
    try:
        yield
    except ExportRefusedError as refused:
        raise ExportRefusedError(f"{refused}{_not_yet(step)}") from None
