"""A report as one page that opens anywhere, offline, and prints as well as it reads."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.reports.document import legible
from bot.reports.pdf import TYPES
from bot.reports.text import WITHHELD

if TYPE_CHECKING:
    from bot.reports.document import Cell, Document


def render(document: Document) -> str:
    """The document as one HTML file: no script, nothing that is fetched."""
    template = _environment().get_template("report.html")
    page = template.render(document=document, style=Markup(_style()), body=body(document))  # noqa: S704 - our own file
    return str(legible(page))


def body(document: Document) -> Markup:
    """What stands between title and source, for a page that has a frame of its own; the banner
    first.
    """
    banner = Markup('<p class="banner">{}</p>\n').format(document.banner)
    blocks = [(TYPES[type(block)], block) for block in document.blocks]
    shown = _environment().get_template("blocks.html").render(blocks=blocks)
    frame = banner if document.banner else Markup("")
    return frame + Markup(legible(shown))  # noqa: S704 - escaped by the template


@cache
def _style() -> str:
    return (resources.files("bot.reports") / "report.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("bot.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(said=_said, part=_part)
    return found


def _said(cell: Cell) -> str:
    return WITHHELD if cell is None else str(cell)


def _part(value: float, maximum: float) -> str:
    """How much of a hundred a bar is, to a tenth."""
    part = min(1.0, max(0.0, value / maximum)) if maximum else 0.0
    return f"{100 * part:.1f}"
