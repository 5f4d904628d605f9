"""`assay export`: the rows of a round, one by one from the database into files of some form."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.interchange import export_csv, export_json, export_sav
from bot.interchange.codebook import Codebook, Row, Words
from bot.interchange.files import ExportRefusedError, beside, whole
from bot.interchange.variables import reading, variables
from storage import assessments, figures

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from pathlib import Path

    from bot.shelf import Shelf
    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.database import Database, Tx


class Writer(Protocol):
    """What writes one form: the beginning, rows, texts, the end; and it is closed in any case."""

    def begin(self) -> None:
        """Write what comes before the rows."""
        ...

    def row(self, row: Row) -> None:
        """Write one response."""
        ...

    def words(self, words: Words) -> None:
        """Write one text."""
        ...

    def finish(self) -> None:
        """Make what is written whole."""
        ...

    def close(self) -> None:
        """Let go of every file, also where there was no end."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export: what writes it, and the endings of the files that come with it."""

    writer: Callable[[Sequence[Path], Codebook], Writer]
    companions: tuple[str, ...] = ()


def _workbook(parts: Sequence[Path], book: Codebook) -> Writer:
    # What writes workbooks takes long to import, and most commands write none.
    from bot.interchange import export_xlsx  # noqa: PLC0415

    return export_xlsx.Writer(parts, book)


FORMS = {
    "csv": Form(export_csv.Writer, export_csv.COMPANIONS),
    "xlsx": Form(_workbook),
    "json": Form(export_json.Writer),
    "sav": Form(export_sav.Writer),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    rows: int
    listed: int
    withheld: int
    smallest: int
    files: tuple[Path, ...]

    def __str__(self) -> str:
        names = ", ".join(str(each) for each in self.files)
        said = f"{self.rows} rows and {self.listed} texts written to {names}"
        if self.withheld:
            said += f"; {self.withheld} texts withheld, fewer than {self.smallest} to a question"
        return said


async def export(
    database: Database,
    stock: Shelf,
    instrument: Instrument,
    round_name: str,
    form: str,
    out: Path,
    *,
    language: str,
    smallest: int,
) -> Exported:
    """Write a round to ``out``, whole or not at all.

    Raises ExportRefusedError, ExportFailedError.
    """
    how = FORMS[form]
    paths = (out, *(beside(out, ending) for ending in how.companions))
    with whole(paths) as parts:
        async with database.reading() as tx:
            editions = await _editions(tx, stock, instrument, round_name)
            survey = instrument.kind == "survey"
            texts = await figures.texts(tx, instrument.id, round_name) if survey else {}
            wanted = variables(editions)
            asked = {each.id: each for edition in reversed(editions) for each in edition.items}
            items = tuple(asked.values())
            book = Codebook(instrument, round_name, wanted, texts, smallest, language, items)
            writer = how.writer(parts, book)
            try:
                writer.begin()
                rows = await _rows(tx, editions, book, writer)
                listed = await _texts(tx, book, writer)
                writer.finish()
            finally:
                writer.close()
    without = book.withheld
    if form == "sav":  # has no place for texts
        listed, without = 0, 0
    return Exported(rows, listed, without, smallest, paths)


async def _editions(
    tx: Tx, stock: Shelf, instrument: Instrument, round_name: str
) -> list[Instrument]:
    """The editions that were answered, the installed one first. Raises ExportRefusedError for a
    round in which nothing was.
    """
    if instrument.kind == "benchmark":
        known = await assessments.rounds(tx, instrument.id)
        newest = assessments.sent(tx, instrument.id, round_name)
        answered = {each.edition async for each in newest}
    else:
        known = await figures.rounds(tx, instrument.id)
        answered = set(await figures.editions(tx, instrument.id, round_name))
    if round_name not in known or not answered:
        there = f"rounds with responses are {', '.join(known)}" if known else "no round has any yet"
        what = f"{instrument.id} has no responses in this round; {there}"
        raise ExportRefusedError(f"--round {round_name}: {what}")
    older = sorted(answered - {instrument.edition}, reverse=True)
    return [instrument, *[await stock.edition(tx, instrument.id, each) for each in older]]


async def _rows(tx: Tx, editions: Sequence[Instrument], book: Codebook, writer: Writer) -> int:
    count = 0
    read = {each.edition: reading(each, book.variables) for each in editions}
    async with aclosing(_answers(tx, editions, book)) as said:
        async for edition, answers in said:
            writer.row(Row(edition, answers, read[edition](answers)))
            count += 1
    return count


async def _answers(
    tx: Tx, editions: Sequence[Instrument], book: Codebook
) -> AsyncGenerator[tuple[str, Mapping[str, Answer]], None]:
    """What was answered, in an order that tells nothing about who did or when."""
    if book.instrument.kind == "benchmark":
        async with aclosing(assessments.sent(tx, book.instrument.id, book.round)) as newest:
            async for frozen in newest:
                yield frozen.edition, frozen.answers
        return
    for edition in editions:
        async with aclosing(figures.rows(tx, edition, book.round)) as rows:
            async for response in rows:
                yield edition.edition, response.answers


async def _texts(tx: Tx, book: Codebook, writer: Writer) -> int:
    """The texts, away from the rows and in alphabetical order, so that they join to none."""
    count = 0
    for item in book.items:
        if book.listed(item.id):
            written = figures.written(tx, book.instrument.id, book.round, item.id)
            async with aclosing(written) as texts:
                async for part, text, quotable in texts:
                    writer.words(Words(item.number, item.id, part, text, quotable))
                    count += 1
    return count
