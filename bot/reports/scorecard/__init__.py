"""A company's scorecard as a document, a chart with its caption, and files: one set of figures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.reports.document import Document
from bot.reports.scorecard import change, criteria, front, readings, steps
from bot.reports.scorecard.as_json import as_json
from bot.reports.scorecard.caption import caption
from bot.reports.scorecard.company import CompanyScore
from bot.reports.scorecard.front import chart
from bot.texts import say
from flows.card import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.document import Block
    from flows.card import Words

__all__ = ["FILES", "CompanyScore", "File", "as_json", "build", "caption", "chart", "file"]

FILES: Final = {
    "chart": ("png", "image/png"),
    "pdf": ("pdf", "application/pdf"),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "html": ("html", "text/html; charset=utf-8"),
    "text": ("txt", "text/plain; charset=utf-8"),
}
"""The files that a scorecard can be had as: how their names end, and what they are."""


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
        title=say(instrument.title, language),
        subtitle=subtitle(company, language),
        language=language,
        blocks=tuple(_blocks(company, language)),
        banner=say(company.banner, language),
        source=say(Phrase("scorecard_footer", named), language),
    )


def _blocks(company: CompanyScore, language: str) -> Iterator[Block]:
    yield from front.blocks(company, language)
    yield from criteria.strengths(company, language)
    yield from steps.steps(company, language)
    yield from change.change(company, language)
    yield from criteria.criteria(company, language)
    yield from readings.interpretations(company, language)
    yield from readings.calculation(company, language)


def subtitle(company: CompanyScore, language: str) -> str:
    """Whose scorecard it is, and whether everything is answered."""
    counted = {"n": company.now.answered, "m": len(company.now.criteria)}
    key = "scorecard_all_answered" if company.now.complete else "scorecard_some_answered"
    said = (say(Phrase("scorecard"), language), company.name, say(Phrase(key, counted), language))
    return " · ".join(filter(None, said))


def file(kind: str, company: CompanyScore, language: str) -> File:
    """One of ``FILES``. Takes processor time: call it in a thread. Raises KeyError for others."""
    ending, media_type = FILES[kind]
    content: str | bytes
    # One of them at a time: what makes a workbook or a PDF takes long to import.
    match kind:
        case "chart":
            content = _picture(company, language)
        case "xlsx":
            workbook = import_module("bot.reports.scorecard.workbook")
            content = workbook.render(company, language)
        case _:
            content = import_module(f"bot.reports.{kind}").render(build(company, language))
    name = f"{company.instrument.id}-scorecard.{ending}"
    return File(name, media_type, content.encode() if isinstance(content, str) else content)


def _picture(company: CompanyScore, language: str) -> bytes:
    made: bytes = import_module("bot.reports.picture").render(
        chart(company, language),
        title=company.name or say(company.instrument.title, language),
        subtitle=front.headline(company, language),
        language=language,
        banner=say(company.banner, language),
    )
    return made
