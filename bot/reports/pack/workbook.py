"""One workbook with question, answer, link, who, when, and the whole trail.

The same for every auditor who asks; who has it can recompute the scores and both kinds of digests
without asking anybody.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from bot.reports.pack.tables import tables
from bot.reports.scorecard import File
from bot.reports.scorecard.sheet import FORMATS
from bot.texts import say
from flows.card import Phrase

if TYPE_CHECKING:
    from bot.reports.pack.contents import Pack
    from bot.reports.pack.tables import Table

_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in the file instead of the time at which it was made: the same pack, the same bytes."""
_WIDEST: Final = 60
_NARROWEST: Final = 8


def file(pack: Pack, language: str) -> File:
    """The workbook. Takes processor time: call it in a thread."""
    written = BytesIO()
    # Nothing that was typed becomes a formula or a link that opens by a click.
    safe = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    book = xlsxwriter.Workbook(written, safe)
    title = say(Phrase("pack_title", {"company": pack.company}), language)
    book.set_properties({"title": title, "created": _NO_TIME})
    looks = {name: book.add_format(FORMATS[name]) for name in ("head", "text", "whole")}
    for each in tables(pack, language):
        _write(book.add_worksheet(each.name), each, looks)
    book.close()
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return File(f"{pack.instrument.id}-{pack.round}-pack.xlsx", media_type, written.getvalue())


def _write(page: Any, table: Table, looks: dict[str, Any]) -> None:  # noqa: ANN401 - the library has no types
    for column, head in enumerate(table.heads):
        page.write_string(0, column, head, looks["head"])
        said = [len(str(row[column])) for row in table.rows[:200]]
        page.set_column(column, column, min(_WIDEST, max([_NARROWEST, len(head), *said])))
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(number, column, cell, looks["whole"])
            else:
                page.write_string(number, column, cell, looks["text"])
    page.freeze_panes(1, 0)
    if table.rows:
        page.autofilter(0, 0, len(table.rows), len(table.heads) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
