"""``assay score``: what a self-assessment is worth. Nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot import shelf
from bot.cli.asking import REFUSED, Config, configured, leave
from flows.claims import ClaimError, read, result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from flows.session import Answer


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE.json")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The score as JSON.")] = False,
    config: Config = None,
) -> None:
    """Score a self-assessment; a .jsonl file holds one a line."""
    stock = shelf.read(configured(config).instruments.folders)
    if file.suffix == ".jsonl":
        _each_line(stock, file)
        return
    try:
        instrument, answers = claimed(stock, parsed(text_of(file)))
    except ClaimError as error:
        leave(REFUSED, f"{file}: {error}")
    found = result(instrument, answers)
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(instrument, found))


def _each_line(stock: Shelf, file: Path) -> None:
    """One result a line, in order; a refused assessment as its error."""
    try:
        lines = text_of(file).split("\n")  # other line ends may stand within JSON's strings
    except ClaimError as error:
        leave(REFUSED, f"{file}: {error}")
    refused = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            instrument, answers = claimed(stock, parsed(line))
            typer.echo(json.dumps(result(instrument, answers), ensure_ascii=False))
        except ClaimError as error:
            refused += 1
            typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
    if refused:
        raise typer.Exit(REFUSED)


def claimed(stock: Shelf, form: object) -> tuple[Instrument, dict[str, Answer]]:
    """The benchmark a self-assessment is of, and its answers. Raises ClaimError."""
    benchmarks = [each.id for each in stock.instruments.values() if each.kind == "benchmark"]
    name = form.get("instrument") if isinstance(form, dict) else None
    if isinstance(name, str) and name in benchmarks:
        instrument = stock.instruments[name]
        return instrument, read(instrument, form)
    if not isinstance(form, dict):
        raise ClaimError('must be an object: {"instrument": …, "answers": {criterion: [items]}}')
    raise ClaimError(f"instrument: must be one of the benchmarks {', '.join(benchmarks)}")


def text_of(file: Path) -> str:
    """The text of a file. Raises ClaimError."""
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise ClaimError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ClaimError("is not UTF-8; save it as UTF-8") from None


def parsed(text: str) -> object:
    """The JSON value of a text, every key once. Raises ClaimError."""
    try:
        value: object = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ClaimError(f"is not JSON: {where}: {error.msg}") from None
    except ValueError:  # a number of thousands of digits
        raise ClaimError("holds a number that is too long") from None
    except RecursionError:
        raise ClaimError("is nested too deeply to be a self-assessment") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two, JSON would silently keep the last."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ClaimError(f"{name!r} stands there {names.count(name)} times; write it once")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ClaimError(f"{name} is no JSON; write items in quotes")


def _in_words(instrument: Instrument, found: dict[str, Any]) -> str:
    return "\n".join(_lines(instrument, found))


def _lines(instrument: Instrument, found: dict[str, Any]) -> Iterator[str]:
    total = found["score"]
    yield f"{instrument.title['en']}: provisional, self-reported"
    ends = f" (floor {total['floor']:.2f}, ceiling {total['ceiling']:.2f})"
    yield f"score {total['claimed']:.2f} of 100{'' if found['complete'] else ends}"
    yield f"{found['answered']} of {found['criteria_total']} criteria answered"
    for section in instrument.sections:
        part = found["sections"][section.id]
        yield (
            f"{section.id}  {part['points']} of {part['maximum']} points, {part['percent']:.2f} %,"
            f" {part['weighted']:.2f} of {part['weight']}  {section.title['en']}"
        )
