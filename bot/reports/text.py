"""A report as plain text, for a terminal or a mail: tables in columns, bars in characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, assert_never

from bot.reports.document import (
    Cell,
    Chart,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quotes,
    Table,
    legible,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.document import Block, Column, Document

WITHHELD = "–"
"""What stands in a cell that says nothing."""
_GAP = "  "
_LEAST = 12
"""A column is not made narrower than this."""
_BAR = 30
"""Characters of a bar that is whole."""


def render(document: Document, width: int = 100) -> str:
    """The document in lines of at most ``width`` columns, but for words that are longer."""
    lines = [document.title, _rule("=", document.title), document.subtitle]
    if document.banner:
        lines.append(f"[{document.banner}]")
    for block in document.blocks:
        lines.extend(["", *_lines(block, width)])
    if document.source:
        lines.extend(["", document.source])
    text: str = legible("\n".join(lines))
    return "\n".join(line.rstrip() for line in text.split("\n")) + "\n"


def _lines(block: Block, width: int) -> Iterator[str]:
    match block:
        case Heading(text, level):
            lines = [*_wrapped(text, width, "")]
            yield from lines
            yield _rule("-" if level == 1 else "·", max(lines, key=columns))
        case Paragraph(text, kind):
            yield from _wrapped(text, width, "! " if kind == "warning" else "")
        case Facts(facts):
            wide = max((columns(each.label) for each in facts), default=0)
            for each in facts:
                detail = f" ({each.detail})" if each.detail else ""
                yield f"{_filled(each.label, wide)}{_GAP}{each.value}{detail}"
        case Table():
            yield from _table(block, width)
        case Chart():
            yield from _chart(block, width)
        case Quotes(texts):
            for words in texts:
                yield from _wrapped(words, width, "> ")
        case PageBreak():
            return
        case _:
            assert_never(block)


def _table(table: Table, width: int) -> Iterator[str]:
    yield table.caption
    cells = [[_said(cell) for cell in row] for row in table.rows]
    titles = [column.title for column in table.columns]
    wide = [max(map(columns, each), default=0) for each in zip(titles, *cells, strict=True)]
    room = width - len(_GAP) * (len(wide) - 1)
    while sum(wide) > room and max(wide) > _LEAST:  # the widest column gives way
        wide[wide.index(max(wide))] -= 1
    yield from _row(titles, wide, table.columns)
    yield _GAP.join("-" * each for each in wide)
    for row in cells:
        yield from _row(row, wide, table.columns)
    if table.footnote:
        yield from _wrapped(table.footnote, width, "")


def _row(cells: list[str], wide: list[int], titles: tuple[Column, ...]) -> Iterator[str]:
    parts = [[*_wrapped(cell, each, "")] or [""] for cell, each in zip(cells, wide, strict=True)]
    for line in range(max(map(len, parts), default=0)):
        shown = (part[line] if line < len(part) else "" for part in parts)
        yield _GAP.join(
            _filled(words, each, right=title.number)
            for words, each, title in zip(shown, wide, titles, strict=True)
        )


def _chart(chart: Chart, width: int) -> Iterator[str]:
    yield chart.caption
    if not chart.bars:
        return
    figures = max(columns(bar.printed) for bar in chart.bars)
    labels = min(
        max(columns(bar.label) for bar in chart.bars),
        max(12, width - _BAR - figures - 2 * len(_GAP)),
    )
    for bar in chart.bars:
        first, *rest = [*_wrapped(bar.label, labels, "")] or [""]
        drawn = _drawn(bar.value, chart.maximum)
        figure = _filled(bar.printed, figures, right=True)
        yield f"{_filled(first, labels)}{_GAP}{figure}{_GAP}{drawn}"
        yield from rest
        if bar.before is not None:
            yield " " * (labels + figures + 2 * len(_GAP)) + _drawn(bar.before, chart.maximum, "░")
    if chart.legend is not None:
        yield f"█ {chart.legend[0]}{_GAP}░ {chart.legend[1]}"


def _drawn(value: float, maximum: float, full: str = "█") -> str:
    part = min(1.0, max(0.0, value / maximum)) if maximum else 0.0
    return full * round(part * _BAR)


def _said(cell: Cell) -> str:
    return WITHHELD if cell is None else str(cell)


def _rule(mark: str, text: str) -> str:
    return mark * max(1, columns(text))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: a Chinese character takes two."""
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _filled(text: str, wide: int, *, right: bool = False) -> str:
    gap = " " * (wide - columns(text))
    return gap + text if right else text + gap


def _wrapped(text: str, width: int, mark: str) -> Iterator[str]:
    """Lines of at most ``width`` columns. Chinese has no spaces: it breaks between characters."""
    for paragraph in text.split("\n"):
        line = ""
        for word in _words(paragraph):
            if line.strip() and columns(line + word.rstrip()) > width - len(mark):
                yield mark + line.rstrip()
                line = ""
            line += word if line else word.lstrip()
        yield mark + line.rstrip()


def _words(text: str) -> Iterator[str]:
    """The text in pieces behind which a line may break: a space, and every wide character."""
    piece = ""
    for each in text:
        piece += each
        if each == " " or unicodedata.east_asian_width(each) in "WF":
            yield piece
            piece = ""
    yield piece
