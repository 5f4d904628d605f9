"""What was ticked in a response, as one line of marks: what a database can count without reading.

Every option of every question has its place in the line, in the instrument's order: ``1`` ticked,
``0`` not ticked, ``-`` where the question was not answered. ``1010000--...`` says that the first
and the third option of the first question were ticked, and that the second was not answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flows.instrument import Choice, Criterion
from flows.session import NOTHING, Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Instrument
    from flows.statistics import Selection


@dataclass(frozen=True)
class Field:
    """The part of the line that belongs to one item: where it begins, and whose marks it holds."""

    item: str
    start: int
    options: tuple[str, ...]

    def mark(self, answer: Answer) -> str:
        """The marks of one answer."""
        if not (answer.chosen or answer.none):
            return "-" * len(self.options)
        return "".join("01"[option in answer.chosen] for option in self.options)

    def selection(self, marks: str) -> Selection | None:
        """What these marks say was ticked; None where nothing was answered."""
        if "-" in marks:
            return None
        return tuple(
            option for option, mark in zip(self.options, marks, strict=True) if mark == "1"
        )


@dataclass(frozen=True)
class Layout:
    """The fields of an edition's line, in order."""

    fields: tuple[Field, ...]

    @cached_property
    def by_item(self) -> dict[str, Field]:
        """The fields by their items."""
        return {field.item: field for field in self.fields}

    def line(self, answers: Mapping[str, Answer]) -> str:
        """The line of a response."""
        return "".join(field.mark(answers.get(field.item, NOTHING)) for field in self.fields)

    def parts(self, line: str) -> dict[str, str]:
        """The line cut into the marks of each answered item."""
        cut = {
            field.item: line[field.start : field.start + len(field.options)]
            for field in self.fields
        }
        return {item: marks for item, marks in cut.items() if "-" not in marks}

    def answers(self, line: str) -> dict[str, Answer]:
        """The ticks of a response from its line; words are kept elsewhere."""
        said: dict[str, Answer] = {}
        for field in self.fields:
            selection = field.selection(line[field.start : field.start + len(field.options)])
            if selection is not None:
                said[field.item] = Answer(chosen=selection, none=not selection)
        return said


def layout(instrument: Instrument) -> Layout:
    """The layout of an edition: every item with options, in order."""
    fields: list[Field] = []
    start = 0
    for item in instrument.items:
        if isinstance(item, Choice | Criterion):
            options = tuple(row.id for row in item.rows)
            fields.append(Field(item.id, start, options))
            start += len(options)
    return Layout(tuple(fields))
