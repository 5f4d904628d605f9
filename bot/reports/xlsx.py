"""A report as a workbook: a sheet for each part, numbers as numbers, charts of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, assert_never

import xlsxwriter

from bot.reports.document import (
    Chart,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quotes,
    Table,
    legible,
)
from bot.reports.text import WITHHELD, columns

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from bot.reports.document import Block, Cell, Document

_WHEN = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""The same report gives the same bytes."""
_FORBIDDEN = set("[]:*?/\\'")
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_000
_WIDE: Final = 60
"""Columns of text after which a cell breaks its line."""
_ACCENT, _FAINT, _EARLIER = "#0B5C7A", "#55616B", "#9FB3BD"
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 16, "font_color": _ACCENT},
    "heading": {"bold": True, "font_size": 12, "font_color": _ACCENT},
    "caption": {"bold": True},
    "column": {"bold": True, "bottom": 2, "bottom_color": _ACCENT, "text_wrap": True},
    "column_number": {"bold": True, "bottom": 2, "bottom_color": _ACCENT, "align": "right"},
    "text": {"text_wrap": True, "valign": "top"},
    "number": {"align": "right", "valign": "top"},
    "plain": {},
    "note": {"font_color": _FAINT, "font_size": 9},
    "warning": {"bold": True, "font_color": _ACCENT},
}


def render(document: Document) -> bytes:
    """The document as XLSX. A heading of level 1 begins a sheet."""
    file = BytesIO()
    # Words are words: nothing that somebody wrote becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": legible(document.title), "created": _WHEN})
        _Writer(book, document).write()
    return file.getvalue()


@dataclass(slots=True)
class _Writer:
    """Where the next block goes: a sheet, and a row of it."""

    book: Workbook
    document: Document
    styles: dict[str, Format] = field(default_factory=dict)
    names: set[str] = field(default_factory=lambda: {"history"})
    """Names that are taken; one of them Excel keeps for itself."""
    sheet: Any = None
    row: int = 0
    widths: dict[int, int] = field(default_factory=dict)

    def write(self) -> None:
        said = self.document
        self.styles = {name: self.book.add_format(style) for name, style in _STYLES.items()}
        self._turn_to(said.title)
        self._line(said.title, "title")
        self._line(said.subtitle, "note")
        if said.banner:
            self._line(said.banner, "warning")
        self._line(said.source, "note")
        for block in said.blocks:
            self._block(block)
        self._fit()

    def _turn_to(self, name: str) -> None:
        """Begin a sheet under a name that no other has and that a workbook can hold."""
        if self.sheet is not None:
            self._fit()
        clean = "".join(" " if each in _FORBIDDEN else each for each in legible(name)).strip()
        short = _start(clean, _LONGEST_NAME).strip() or "Report"
        number = 2
        while short.casefold() in self.names:
            tail = f" {number}"
            short = _start(clean, _LONGEST_NAME - len(tail)).strip() + tail
            number += 1
        self.names.add(short.casefold())
        self.sheet = self.book.add_worksheet(short)
        self.row, self.widths = 0, {}
        _set_up(self.sheet, self.document)

    def _fit(self) -> None:
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, min(_WIDE, width + 2))

    def _block(self, block: Block) -> None:
        match block:
            case Heading(text, 1):
                self._turn_to(text)
                self._line(text, "heading")
            case Heading(text):
                self.row += 1
                self._line(text, "heading")
            case Paragraph(text, kind):
                self._line(text, "plain" if kind == "text" else kind)
            case Facts(facts):
                self._rows([[each.label, each.value, each.detail] for each in facts])
            case Table():
                self._table(block)
            case Chart():
                self._chart(block)
            case Quotes(texts):
                self._rows([[words] for words in texts])
            case PageBreak():
                return
            case _:
                assert_never(block)

    def _line(self, text: str, style: str) -> None:
        """Words that run over the columns beside them."""
        if text:
            self.sheet.write_string(self.row, 0, _held(text), self.styles[style])
            self.row += 1

    def _rows(self, rows: list[list[Cell]]) -> None:
        for row in rows:
            self._cells(row, ["text"] * len(row))

    def _cells(self, cells: list[Cell], styles: list[str]) -> None:
        for column, (cell, style) in enumerate(zip(cells, styles, strict=True)):
            if isinstance(cell, int):
                self.sheet.write_number(self.row, column, cell, self.styles[style])
            else:
                said = WITHHELD if cell is None else _held(cell)
                self.sheet.write_string(self.row, column, said, self.styles[style])
            width = columns(str(cell or ""))
            self.widths[column] = max(self.widths.get(column, 8), width)
        self.row += 1

    def _table(self, table: Table) -> None:
        self.row += 1
        self._line(table.caption, "caption")
        titles: list[Cell] = [column.title for column in table.columns]
        self._cells(titles, ["column_number" if c.number else "column" for c in table.columns])
        styles = ["number" if column.number else "text" for column in table.columns]
        for row in table.rows:
            self._cells(list(row), styles)
        self._line(table.footnote, "note")

    def _chart(self, chart: Chart) -> None:
        """The bars' figures as a table, and a chart of them beside it."""
        self.row += 1
        self._line(chart.caption, "caption")
        names = chart.legend or (chart.caption, "")
        first = self.row
        for bar in chart.bars:
            self._cells([bar.label, bar.printed], ["text", "number"])
            self.sheet.write_number(self.row - 1, 2, bar.value, self.styles["number"])
            if bar.before is not None:
                self.sheet.write_number(self.row - 1, 3, bar.before, self.styles["number"])
        if not chart.bars:
            return
        drawn = self.book.add_chart({"type": "bar"})
        rows = (first, self.row - 1)
        series = [(names[0], 2, _ACCENT)]
        if any(bar.before is not None for bar in chart.bars):
            series.append((names[1], 3, _EARLIER))
        for name, column, colour in series:
            drawn.add_series(
                {
                    "name": _label(name),
                    "categories": [self.sheet.name, rows[0], 0, rows[1], 0],
                    "values": [self.sheet.name, rows[0], column, rows[1], column],
                    "fill": {"color": colour},
                    "gap": 60,
                }
            )
        drawn.set_title({"name": _label(chart.caption), "name_font": {"size": 11}})
        drawn.set_y_axis({"reverse": True})
        drawn.set_x_axis({"min": 0, "max": chart.maximum, "major_gridlines": {"visible": False}})
        drawn.set_legend({"none": True} if len(series) == 1 else {"position": "bottom"})
        drawn.set_size({"width": 620, "height": 90 + 26 * len(chart.bars)})
        self.sheet.insert_chart(first, 5, drawn, {"description": _held(chart.caption)})
        self.row = max(self.row, first + (90 + 26 * len(chart.bars)) // 20 + 1)


def _set_up(sheet: Worksheet, document: Document) -> None:
    """How the sheet prints: on A4, with the banner and the source on every page."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L{_escaped(document.banner)}&R{_escaped(document.title)}")
    sheet.set_footer(f"&L{_escaped(document.source)}&R&P / &N")


def _escaped(text: str) -> str:
    """Words for a header: & begins a command there, and it holds 255 characters in all."""
    said = _held(text)
    doubled = said[:100].count("&")
    return _start(said, 100 - min(doubled, 50)).replace("&", "&&")


def _held(text: str) -> str:
    """Words that a cell can hold."""
    said: str = legible(text)
    short = _start(said, _LONGEST_TEXT)
    return said if short == said else f"{short}…"


def _label(text: str) -> str:
    """Words in a chart, where the library takes "!" before what could be a cell for a reference."""
    return re.sub(r"!(?=\$?[A-Z])", "! ", _held(text))


def _start(text: str, most: int) -> str:
    """The beginning of the text in so many UTF-16 units, which is how a workbook counts."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
