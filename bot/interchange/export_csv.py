"""An export as CSV: rows, codebook and texts, a file each, UTF-8 with byte order mark."""

from __future__ import annotations

import csv
import unicodedata
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bot.interchange import codebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bot.interchange.codebook import Codebook, Row, Words

COMPANIONS = ("-codebook.csv", "-texts.csv")
_FORMULA = {*"=+-@＝＋－＠"}


def defused(cell: object) -> object:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula; blanks,
    quotes and what no reader sees do not hide one.
    """
    if isinstance(cell, str) and (
        cell.startswith(("\t", "\r")) or next(filter(_is_seen, cell), "") in _FORMULA
    ):
        return f"'{cell}"
    return cell


def _is_seen(char: str) -> bool:
    return char not in "\"'" and unicodedata.category(char)[0] not in "ZC"


class Writer:
    """Writes row by row; nothing is kept."""

    def __init__(self, parts: Sequence[Path], book: Codebook) -> None:
        self._open = ExitStack()
        self._book = book
        rows, books, texts = (
            self._open.enter_context(
                part.open("w", encoding="utf-8-sig", errors="replace", newline="")
            )
            for part in parts
        )
        self._rows = csv.writer(rows)
        # Words are quoted whatever is in them: nowhere must a semicolon begin a cell.
        self._texts = csv.writer(texts, quoting=csv.QUOTE_ALL)
        self._lines = csv.writer(books, quoting=csv.QUOTE_NONNUMERIC)

    def begin(self) -> None:
        """Write the codebook, and the headers."""
        self._rows.writerow([*codebook.BESIDE, *(each.name for each in self._book.variables)])
        for line in (codebook.HEAD, *codebook.lines(self._book)):
            self._lines.writerow(_safe(line))
        self._texts.writerow(codebook.TEXTS)

    def row(self, row: Row) -> None:
        """Write one response."""
        self._rows.writerow(_safe((self._book.round, row.edition, *row.values)))

    def words(self, words: Words) -> None:
        """Write one text."""
        self._texts.writerow(_safe(words.cells))

    def finish(self) -> None:
        """Write what is still held back."""
        self._open.close()

    def close(self) -> None:
        """Close the files."""
        self._open.close()


def _safe(cells: Iterable[object]) -> list[object]:
    return [defused(cell) for cell in cells]
