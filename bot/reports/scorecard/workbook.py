"""A scorecard as a workbook that can be worked with: its own formulas reckon the score.

Ticks are the only cells that can be changed. Every formula is written together with its value, so
that a viewer that does not calculate shows the right figures too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from bot.reports.scorecard.layout import Layout
from bot.reports.scorecard.score_sheet import write_score
from bot.reports.scorecard.sheet import FORMATS, Sheet
from bot.reports.scorecard.tick_sheets import write_criteria, write_items
from bot.texts import say
from flows.card import Phrase

if TYPE_CHECKING:
    from bot.reports.scorecard.company import CompanyScore

_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in the file instead of the time at which it was made: the same score, the same bytes."""
_A4: Final = 9


def render(company: CompanyScore, language: str) -> bytes:
    """The workbook: the score, the items to tick, the criteria."""
    written = BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_urls": False})
    title = say(Phrase("scorecard_title", {"title": company.instrument.title}), language)
    banner = say(company.banner, language)
    book.set_properties({"title": title, "subject": banner, "created": _NO_TIME})
    formats = {name: book.add_format(look) for name, look in FORMATS.items()}
    layout = Layout(
        company.instrument,
        score=say(Phrase("workbook_score"), language),
        items=say(Phrase("workbook_items"), language),
        criteria=say(Phrase("workbook_criteria"), language),
    )
    score, items, criteria = (
        Sheet(book.add_worksheet(name), formats, language)
        for name in (layout.score, layout.items, layout.criteria)
    )
    write_items(items, layout, company)
    write_criteria(criteria, layout, company)
    write_score(score, layout, company, book.add_chart({"type": "bar"}))
    for sheet in (score, items, criteria):
        _printed(sheet.page, title, banner, language)
    book.close()
    return written.getvalue()


def _printed(page: Any, title: str, banner: str, language: str) -> None:  # noqa: ANN401 - the library has no types
    """How a sheet is printed, and that it is protected; without a password, so that its owner may
    open it and nobody types over a formula by mistake.
    """
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    page.set_header(f"&C&B{_plain(banner)}")
    numbered = say(Phrase("workbook_page", {"page": "&P", "pages": "&N"}), language)
    page.set_footer(f"&L{_plain(title)}&R{numbered}")
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})


def _plain(text: str) -> str:
    """Words in a header or footer, where an ampersand begins an order."""
    return text.replace("&", "&&")
