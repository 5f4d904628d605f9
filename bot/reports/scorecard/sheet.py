"""One sheet of a scorecard's workbook: cells written one by one, each in one of a few looks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Final
from unicodedata import east_asian_width

from bot.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from flows.card import Words

_LINE_HEIGHT: Final = 15
"""Of a row with one line of words, in points."""
_LINE: Final = {"bottom": 1, "bottom_color": "#D0D5DA", "valign": "top"}
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 16},
    "subtitle": {"font_color": "#445"},
    "banner": {"bold": True, "font_color": "#9A3B00"},
    "note": {"text_wrap": True, "valign": "top", "font_color": "#333"},
    "head": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "bg_color": "#1F4E5F",
        "font_color": "#FFFFFF",
    },
    "head_number": {
        "bold": True,
        "text_wrap": True,
        "align": "right",
        "valign": "vcenter",
        "bg_color": "#1F4E5F",
        "font_color": "#FFFFFF",
    },
    "text": {**_LINE, "text_wrap": True},
    "mark": {**_LINE, "align": "center"},
    "weak": {**_LINE, "text_wrap": True, "italic": True, "font_color": "#555555"},
    "whole": {**_LINE, "num_format": "0"},
    "score": {**_LINE, "num_format": "0.00"},
    "share": {**_LINE, "num_format": "0.00%"},
    "worth": {**_LINE, "num_format": "0.000"},
    "big": {"bold": True, "font_size": 16, "num_format": "0.00", "align": "left"},
    "fact": {"bold": True, "num_format": "0.00", "align": "left"},
    "count": {"bold": True, "num_format": "0", "align": "left"},
    "label": {"bold": True},
    "sum": {"bold": True, "num_format": "0.00", "top": 1},
    "sum_text": {"bold": True, "top": 1},
    "warning": {**_LINE, "text_wrap": True, "bold": True, "font_color": "#B00020"},
    # A tick that is not there is a 0 that is not seen.
    "tick": {
        **_LINE,
        "num_format": "0;-0;;@",
        "align": "center",
        "locked": False,
        "bg_color": "#FFF8DC",
        "border": 1,
        "border_color": "#C8B560",
    },
    "ticked": {"bold": True, "bg_color": "#CDE8D0"},
}
"""The looks of cells, by name."""


@dataclass(frozen=True)
class Sheet:
    """A worksheet and the looks its cells can have. Rows count from 1, columns are letters."""

    page: Any  # xlsxwriter has no types
    formats: dict[str, Any]
    language: str

    def words(self, cell: str, words: Words, look: str = "text") -> None:
        """Words, as they are: whatever they begin with, they are no formula."""
        self.page.write_string(cell, say(words, self.language), self.formats[look])

    def number(self, cell: str, value: int | Fraction, look: str = "whole") -> None:
        """A number that does not change."""
        self.page.write_number(cell, _plain(value), self.formats[look])

    def formula(
        self, cell: str, formula: str, value: int | Fraction | str, look: str = "whole"
    ) -> None:
        """A formula, and what comes of it."""
        shown = value if isinstance(value, str) else _plain(value)
        self.page.write_formula(cell, formula, self.formats[look], shown)

    def columns(self, widths: Mapping[str, int]) -> None:
        """How wide the columns are, in characters."""
        for column, width in widths.items():
            self.page.set_column(f"{column}:{column}", width)

    def head(self, row: int, titles: Sequence[Words], words: str = "A") -> None:
        """The titles of columns, side by side; ``words`` are the columns that hold no numbers."""
        self.page.set_row(row - 1, 2 * _LINE_HEIGHT)
        for column, title in zip(ascii_uppercase, titles, strict=False):
            self.words(f"{column}{row}", title, "head" if column in words else "head_number")

    def fit(self, row: int, widths: Mapping[str, int], cells: Mapping[str, Words]) -> None:
        """Make a row high enough for its words: not every program does so by itself."""
        lines = (
            ceil(_breadth(say(words, self.language)) / widths[column])
            for column, words in cells.items()
        )
        self.page.set_row(row - 1, _LINE_HEIGHT * max(lines))


def _breadth(text: str) -> float:
    """About how many characters wide words are, with room for the ends of lines."""
    return 1.1 * sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def _plain(value: int | Fraction) -> int | float:
    return value if isinstance(value, int) else float(value)


def quoted(text: str) -> str:
    """Words inside a formula."""
    return '"' + text.replace('"', '""') + '"'
