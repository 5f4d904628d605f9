"""A report on paper: A4, set by typst in the fonts that come with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

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
from bot.reports.typeset import typeset

if TYPE_CHECKING:
    from bot.reports.document import Block, Document

TYPES: Final[dict[type, str]] = {
    Heading: "heading",
    Paragraph: "paragraph",
    Facts: "facts",
    Table: "table",
    Chart: "chart",
    Quotes: "quotes",
    PageBreak: "break",
}


def render(document: Document) -> bytes:
    """The document as PDF. Takes processor time: call it in a thread."""
    said = legible(
        {
            "title": document.title,
            "subtitle": document.subtitle,
            "language": document.language,
            "banner": document.banner,
            "source": document.source,
            "blocks": [_part(block) for block in document.blocks],
        }
    )
    return typeset("report.typ", said, "pdf")


def _part(block: Block) -> dict[str, Any]:
    return {"type": TYPES[type(block)], **asdict(block)}
