"""A company's scorecard as a document, a chart with its caption, and files: one set of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bot.reports import (
    html,
    pdf,
    picture,
    scorecard_change,
    scorecard_criteria,
    scorecard_front,
    scorecard_readings,
    scorecard_steps,
    scorecard_workbook,
)
from bot.reports.document import Document
from bot.reports.scorecard_caption import caption
from bot.reports.scorecard_company import CompanyScore
from bot.reports.scorecard_front import chart
from bot.reports.scorecard_json import as_json
from bot.texts import say
from flows.card import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.document import Block
    from flows.card import Words

__all__ = ["FILES", "CompanyScore", "File", "as_json", "build", "caption", "chart", "file"]

FILES: Final = ("chart", "pdf", "xlsx", "html")
"""The files that a scorecard can be had as."""


class File(NamedTuple):
    """A file to send or to offer."""

    name: str
    media_type: str
    content: bytes


def build(company: CompanyScore, language: str) -> Document:
    """The whole scorecard in one language."""
    instrument = company.instrument
    named: dict[str, Words | int] = {"title": instrument.title, "edition": instrument.edition}
    return Document(
        title=say(Phrase("scorecard_title", named), language),
        subtitle=subtitle(company, language),
        language=language,
        blocks=tuple(_blocks(company, language)),
        banner=say(Phrase("scorecard_banner"), language),
        source=say(Phrase("scorecard_footer", named), language),
    )


def _blocks(company: CompanyScore, language: str) -> Iterator[Block]:
    yield from scorecard_front.blocks(company, language)
    yield from scorecard_criteria.strengths(company, language)
    yield from scorecard_steps.steps(company, language)
    yield from scorecard_change.change(company, language)
    yield from scorecard_criteria.criteria(company, language)
    yield from scorecard_readings.interpretations(company, language)
    yield from scorecard_readings.calculation(company, language)


def subtitle(company: CompanyScore, language: str) -> str:
    """Whose scorecard it is, and whether everything is answered."""
    counted = {"n": company.now.answered, "m": len(company.now.criteria)}
    key = "scorecard_all_answered" if company.now.complete else "scorecard_some_answered"
    return " · ".join(filter(None, (company.name, say(Phrase(key, counted), language))))


def file(kind: str, company: CompanyScore, language: str) -> File:
    """One of ``FILES``. Raises KeyError for any other."""
    name = f"{company.instrument.id}-scorecard"
    match kind:
        case "chart":
            return File(f"{name}.png", "image/png", _picture(company, language))
        case "pdf":
            return File(f"{name}.pdf", "application/pdf", pdf.render(build(company, language)))
        case "xlsx":
            return File(f"{name}.xlsx", _XLSX, scorecard_workbook.render(company, language))
        case "html":
            page = html.render(build(company, language)).encode()
            return File(f"{name}.html", "text/html; charset=utf-8", page)
        case _:
            raise KeyError(kind)


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _picture(company: CompanyScore, language: str) -> bytes:
    named: dict[str, Words | int] = {"title": company.instrument.title}
    return picture.render(
        chart(company, language),
        title=say(Phrase("scorecard_title", named), language),
        subtitle=scorecard_front.headline(company, language),
        language=language,
        banner=say(Phrase("scorecard_banner"), language),
    )
