"""An export as JSON Lines: the codebook first, then a line for each response, then the texts."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.interchange import codebook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.interchange.codebook import Codebook, Row, Words
    from flows.session import Answer

COMPANIONS = ()


class Writer:
    """Writes line by line; what is written can be imported again."""

    def __init__(self, parts: Sequence[Path], book: Codebook) -> None:
        self._file = parts[0].open("w", encoding="utf-8", errors="replace", newline="\n")
        self._book = book

    def begin(self) -> None:
        """Write the codebook."""
        self._line(codebook.as_json(self._book))

    def row(self, row: Row) -> None:
        """Write one response."""
        sums = {
            each.name: float(value) if isinstance(value, Decimal) else value
            for each, value in zip(self._book.variables, row.values, strict=True)
            if each.holds
        }
        answers = {item: _form(answer) for item, answer in row.answers.items()}
        self._line({"round": self._book.round, "edition": row.edition, "answers": answers, **sums})

    def words(self, words: Words) -> None:
        """Write one text."""
        said = {"item": words.item, "part": words.part, "text": words.text}
        self._line(said | {"quotable": words.quotable})

    def _line(self, form: dict[str, Any]) -> None:
        self._file.write(json.dumps(form, ensure_ascii=False, separators=(",", ":")) + "\n")

    def finish(self) -> None:
        """Write what is still held back."""
        self._file.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _form(answer: Answer) -> dict[str, list[str]]:
    return {"chosen": list(answer.chosen)}
