"""An export as a workbook: a sheet each for the rows, the codebook and the texts."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from bot.interchange import codebook
from bot.interchange.files import ExportFailedError, ExportRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from bot.interchange.codebook import Codebook, Row, Words

COMPANIONS = ()
MOST_ROWS = 1_048_575
"""Rows of a sheet, less its header."""
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""When the workbook says that it was made: the same answers give the same file."""


class Writer:
    """Writes row by row; the rows before the last are on disk, beside the workbook."""

    def __init__(self, parts: Sequence[Path], book: Codebook) -> None:
        # Not where everybody's temporary files are: these are answers.
        self._folder = tempfile.TemporaryDirectory(dir=parts[0].parent, prefix=".assay-export-")
        options = {"constant_memory": True, "tmpdir": self._folder.name}
        self._book = xlsxwriter.Workbook(str(parts[0]), options)
        self._book.use_zip64()
        self._book.set_properties({"created": _ANY_DAY.replace(tzinfo=None)})
        self._bold = self._book.add_format({"bold": True})
        self._two_decimals = self._book.add_format({"num_format": "0.00"})
        self._sheets = {
            name: self._book.add_worksheet(name) for name in ("data", "codebook", "texts")
        }
        self._next = dict.fromkeys(self._sheets, 0)
        self._codebook = book

    def begin(self) -> None:
        """Write the codebook, and the headers."""
        names = [*codebook.BESIDE, *(each.name for each in self._codebook.variables)]
        self._write("data", names, self._bold)
        self._write("codebook", codebook.HEAD, self._bold)
        for line in codebook.lines(self._codebook):
            self._write("codebook", line)
        self._write("texts", codebook.TEXTS, self._bold)

    def row(self, row: Row) -> None:
        """Write one response."""
        self._write("data", (self._codebook.round, row.edition, *row.values))

    def words(self, words: Words) -> None:
        """Write one text."""
        self._write("texts", words.cells)

    def _write(self, name: str, cells: Iterable[object], look: Format | None = None) -> None:
        sheet: Worksheet = self._sheets[name]
        at = self._next[name]
        if at > MOST_ROWS:
            raise ExportRefusedError(
                f"--format xlsx: a sheet holds {MOST_ROWS} rows, and there are more; use csv or sav"
            )
        self._next[name] = at + 1
        for column, cell in enumerate(cells):
            match cell:
                case None | "":
                    continue
                case str():
                    # A string, whatever it begins with: never a formula, a link or a number.
                    # UTF-8 has no halves of characters, and a sheet is written in it.
                    whole = cell.encode(errors="replace").decode()
                    sheet.write_string(at, column, whole, look)
                case int():
                    sheet.write_number(at, column, cell)
                case _:
                    sheet.write_number(at, column, float(str(cell)), self._two_decimals)

    def finish(self) -> None:
        """Put the workbook together."""
        try:
            self._book.close()
        except FileCreateError as error:
            raise ExportFailedError(f"the workbook cannot be written: {error}") from None

    def close(self) -> None:
        """Leave none of the rows on disk but those in the workbook."""
        for sheet in self._sheets.values():
            sheet._opt_close()  # noqa: SLF001 - a workbook that is given up closes no files
        self._folder.cleanup()
