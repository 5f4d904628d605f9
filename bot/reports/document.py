"""A report as a document: what it says in order, before it is a page, a PDF or a workbook."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Cell: TypeAlias = str | int | None
"""A table's cell. Numbers stay numbers; what has decimals is printed text, rounded once for all
forms (``flows.scoring.printed``). None is a cell that is withheld or not there.
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 stands under the document's title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. ``kind`` "note" is printed small, "warning" stands out."""

    text: str
    kind: Literal["text", "note", "warning"] = "text"


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure that stands out on its own: a label, the value, and what it is of."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures side by side."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``number`` ones are set to the right."""

    title: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``value`` of ``maximum``, and ``printed``, the figure that is written beside it.

    ``before`` is last time's value in the same measure, where there is one.
    """

    label: str
    value: float
    printed: str
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars from 0 to ``maximum``. Its numbers stand beside the bars, so it needs no
    other text; ``caption`` says what is shown.
    """

    caption: str
    bars: tuple[Bar, ...]
    maximum: float
    legend: tuple[str, str] | None = None
    """Names of the bars and of ``before``, where there is a before."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """Words of participants, each as it was typed."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page, where there are pages."""


Block: TypeAlias = Heading | Paragraph | Facts | Table | Chart | Quotes | PageBreak


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in one language. ``banner`` and ``source`` are repeated on every page."""

    title: str
    subtitle: str
    language: str
    blocks: tuple[Block, ...]
    banner: str = ""
    """Said on every page, at the top: "provisional, self-reported"."""
    source: str = ""
    """Said on every page, at the bottom: instrument, edition, round."""


def legible(said: Any) -> Any:  # noqa: ANN401 - a JSON value keeps its shape
    """The same value without the characters that no reader sees and some forms cannot hold."""
    match said:
        case str():
            return "".join(each for each in said if each in "\n\t" or not _hidden(each))
        case dict():
            return {key: legible(value) for key, value in said.items()}
        case list() | tuple():
            return [legible(each) for each in said]
        case _:
            return said


def _hidden(character: str) -> bool:
    """Controls, lone surrogates and what is no character."""
    return unicodedata.category(character) in {"Cc", "Cs", "Cn"}
