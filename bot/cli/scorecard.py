"""``assay scorecard``: the scorecard of a self-assessment in a file. Nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot import shelf
from bot.cli.asking import FAILED, REFUSED, Config, configured, leave
from bot.cli.score import claimed, parsed, text_of
from bot.reports import scorecard as scorecards
from bot.texts import LANGUAGES
from flows.claims import ClaimError

if TYPE_CHECKING:
    from bot.reports.scorecard import CompanyScore
    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from flows.session import Answer

KINDS: Final = {
    "text": "text",
    "json": "json",
    "html": "html",
    "pdf": "pdf",
    "xlsx": "xlsx",
    "png": "chart",
}
"""What can be asked for, and what it is called where it is made."""
_NEED_A_FILE: Final = {"pdf", "xlsx", "png"}


def scorecard(
    file: Annotated[Path, typer.Argument(metavar="FILE.json")],
    *,
    before: Annotated[
        Path | None, typer.Option(help="The assessment before this one.", metavar="FILE.json")
    ] = None,
    company: Annotated[str, typer.Option(help="The name to print on it.")] = "",
    form: Annotated[
        str, typer.Option("--format", help="text, json, html, pdf, xlsx or png.")
    ] = "text",
    language: Annotated[str, typer.Option(help="en or zh.")] = LANGUAGES[0],
    out: Annotated[
        Path | None, typer.Option(help="Where it is written; must not exist.", metavar="PATH")
    ] = None,
    config: Config = None,
) -> None:
    """Write the scorecard of a self-assessment."""
    stock = shelf.read(configured(config).instruments.folders)
    _refuse_wrong_use(form, language, out)
    instrument, answers = _read(stock, file)
    last = None
    if before is not None:
        other, last = _read(stock, before)
        if other is not instrument:
            leave(REFUSED, f"{before}: is of {other.id}; must be of {instrument.id} as {file} is")
    found = scorecards.CompanyScore(
        instrument,
        answers,
        before=last,
        interpretations=stock.interpretations[instrument.id],
        name=company,
    )
    made = _made(found, form, language)
    if out is None:
        typer.echo(made, nl=False)
        return
    _write(out, made)
    typer.echo(f"scorecard written to {out}")


def _refuse_wrong_use(form: str, language: str, out: Path | None) -> None:
    if form not in KINDS:
        leave(REFUSED, f"--format {form}: must be one of {', '.join(KINDS)}")
    if language not in LANGUAGES:
        leave(REFUSED, f"--language {language}: must be {' or '.join(LANGUAGES)}")
    if out is None and form in _NEED_A_FILE:
        leave(REFUSED, f"--format {form}: is no text; name a file with --out")
    if out is not None:
        _refuse_place(out)


def _refuse_place(out: Path) -> None:
    try:
        if out.exists():
            leave(REFUSED, f"--out {out}: is there already; name a file that is not")
        if not out.parent.is_dir():
            leave(REFUSED, f"--out {out}: {out.parent} is no folder; name one that is there")
    except OSError as error:
        leave(REFUSED, f"--out {out}: is no name for a file: {error.strerror}")


def _read(stock: Shelf, file: Path) -> tuple[Instrument, dict[str, Answer]]:
    try:
        return claimed(stock, parsed(text_of(file)))
    except ClaimError as error:
        leave(REFUSED, f"{file}: {error}")


def _made(found: CompanyScore, form: str, language: str) -> bytes:
    """The scorecard in one of its forms."""
    if form == "json":
        figures = scorecards.as_json(found, language)
        return f"{json.dumps(figures, ensure_ascii=False, indent=2)}\n".encode()
    return scorecards.file(KINDS[form], found, language).content


def _write(out: Path, made: bytes) -> None:
    """Put a file where none is: whole, or not at all."""
    try:
        with out.open("xb") as file:
            try:
                file.write(made)
            except OSError:
                out.unlink()
                raise
    except OSError as error:
        leave(FAILED, f"--out {out}: cannot be written: {error.strerror}")
