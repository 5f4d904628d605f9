"""An export for SPSS: the rows, with labels for variables and values. No texts: see the notes.

The library writes a file at once, so the rows are gathered first: two bytes a value, some 80 MB for
a million responses to a survey of 40 variables.
"""

from __future__ import annotations

import importlib.util
from array import array
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.interchange import codebook
from bot.interchange.files import ExportFailedError
from bot.texts import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.interchange.codebook import Codebook, Row, Words

COMPANIONS = ()
_EMPTY = -1
_LONGEST_LABEL, _LONGEST_VALUE_LABEL = 256, 120
"""Bytes that SPSS keeps of a variable's and of a value's label."""
_LONGEST_FILE_LABEL, _LONGEST_NOTE = 64, 80


def must_be_there() -> None:
    """Raises ExportFailedError where what writes these files is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("pyreadstat", "polars")):
        what = "--format sav: needs pyreadstat, which is not installed; run: make spss"
        raise ExportFailedError(what)


def shortened(words: str, limit: int) -> str:
    """As much of a label as SPSS keeps, cut between characters."""
    whole = words.encode()
    if len(whole) <= limit:
        return words
    return whole[: limit - 3].decode(errors="ignore").rstrip() + "…"


class Writer:
    """Gathers the rows, and writes them when they are all there."""

    def __init__(self, parts: Sequence[Path], book: Codebook) -> None:
        self._path = parts[0]
        self._book = book
        self._editions: list[str] = []
        self._columns: list[array[Any]] = [
            array("d" if each.holds else "h") for each in book.variables
        ]

    def begin(self) -> None:
        """Write nothing yet."""

    def row(self, row: Row) -> None:
        """Keep one response."""
        self._editions.append(row.edition)
        for column, value in zip(self._columns, row.values, strict=True):
            number = _EMPTY if value is None else value
            column.append(float(number) if isinstance(number, Decimal) else number)

    def words(self, words: Words) -> None:
        """Leave a text out: the notes say so."""

    def finish(self) -> None:
        """Write the file."""
        import polars as pl  # noqa: PLC0415 - an optional extra
        import pyreadstat  # noqa: PLC0415 - same

        book = self._book
        columns = dict(zip([each.name for each in book.variables], self._columns, strict=True))
        rounds = [book.round] * len(self._editions)
        frame = pl.DataFrame({"round": rounds, "edition": self._editions, **columns})
        pyreadstat.write_sav(
            frame.with_columns(
                pl.when(pl.col(name) != _EMPTY).then(pl.col(name)).alias(name) for name in columns
            ),
            str(self._path),
            file_label=shortened(f"{book.instrument.id}, {book.round}", _LONGEST_FILE_LABEL),
            column_labels=_labels(book),
            variable_value_labels=_value_labels(book),
            variable_measure={
                "round": "nominal",
                "edition": "nominal",
                **{each.name: "scale" if each.holds else "nominal" for each in book.variables},
            },
            variable_format={
                each.name: "F8.2" if each.holds in {"section", "score"} else "F4.0"
                for each in book.variables
            },
            note=[*_notes(book)],
            row_compress=True,
        )

    def close(self) -> None:
        """Let go of nothing: no file is open between the calls."""


def _labels(book: Codebook) -> dict[str, str | None]:
    said = {
        "round": template(book.language, "export_round"),
        "edition": template(book.language, "export_edition"),
        **{each.name: codebook.numbered(each)[book.language] for each in book.variables},
    }
    return {name: shortened(words, _LONGEST_LABEL) for name, words in said.items()}


def _value_labels(book: Codebook) -> dict[str, dict[int | float, str]]:
    meanings = {
        each.name: {code.value: code.label for code in each.codes} or codebook.marks()
        for each in book.variables
        if not each.holds
    }
    return {
        name: {
            value: shortened(text[book.language], _LONGEST_VALUE_LABEL)
            for value, text in codes.items()
        }
        for name, codes in meanings.items()
    }


def _notes(book: Codebook) -> Iterator[str]:
    """The notes in lines of the length that SPSS takes, whatever the script."""
    for key in ("export_empty", "export_no_texts", "export_no_contacts"):
        note = template(book.language, key)
        while note:
            taken = note.encode()[:_LONGEST_NOTE].decode(errors="ignore")
            if len(taken) < len(note) and " " in taken:
                taken = taken.rpartition(" ")[0]
            yield taken
            note = note[len(taken) :].lstrip()
