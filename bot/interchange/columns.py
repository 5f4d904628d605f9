"""The two header rows of a SurveyMonkey sheet: which column holds what of which question."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.interchange.meanings import METADATA, Role, meaning, options, questions
from bot.interchange.reading import Problem, Remark, quoted, quoted_list
from bot.interchange.wording import plain
from flows.instrument import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.interchange.wording import Lookup
    from flows.instrument import Instrument
    from flows.navigation import AnyItem

_HEADINGS = "rows 1-2"
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands, what it holds, and options by the labels its cells may hold."""

    at: int
    role: Role
    place: str
    item: AnyItem | None = None
    option: str = ""
    labels: Lookup[str] | None = None
    known: dict[str, str] = field(default_factory=dict)
    """Cells seen before, and the options they mean."""


@dataclass(slots=True)
class Header:
    """Every column of a sheet, what is wrong with them, and what is not there."""

    columns: list[Column] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def letters(at: int) -> str:
    """A column's name in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def header(first: Sequence[str], second: Sequence[str], instrument: Instrument) -> Header:
    """Read the header rows: questions and metadata above, what the column holds of them below."""
    reader = _Reader(instrument)
    for at in range(max(len(first), len(second))):
        heading, label = (row[at] if at < len(row) else "" for row in (first, second))
        reader.take(at, heading, label)
    reader.finish()
    return reader.read


class _Reader:
    def __init__(self, instrument: Instrument) -> None:
        self.read = Header()
        self._instrument = instrument
        self._questions = questions(instrument)
        self._over: AnyItem | Role | None = None
        """What the last heading named: it reaches to the right until the next one."""

    def take(self, at: int, heading: str, label: str) -> None:
        """Take one column: its heading, and what stands below."""
        place = f"column {letters(at)}"
        if plain(heading):
            self._over = self._questions.find(heading) or METADATA.find(heading)
            if self._over is None:
                self._problem(place, *self._stranger(heading))
        elif not plain(label):
            self._add(Column(at, "nothing", place))
            return
        match self._over:
            case None:
                if not plain(heading) and not self.read.problems:
                    found = quoted(" ".join(label.split()))
                    self._problem(place, f"{found} without a heading", "a question above it")
            case str() if not plain(heading):
                # Beside what SurveyMonkey knows of people stands nothing that they answered.
                found = quoted(" ".join(label.split()))
                self._problem(place, f"{found} without a heading of its own", "a question above it")
            case str() as role:
                self._metadata(at, f"{place} {quoted(' '.join(heading.split()))}", role)
            case item:
                self._question(at, f"{place} (question {item.number})", item, label)

    def _add(self, column: Column) -> None:
        self.read.columns.append(column)

    def _problem(self, place: str, found: str, expected: str) -> None:
        what = f"found {found}; expected {expected}"
        self.read.problems.append(Problem(f"{_HEADINGS}, {place}", what))

    def _stranger(self, heading: str) -> tuple[str, str]:
        """A heading that is no question, and the question that comes closest."""
        texts = {plain(text): text for i in self._instrument.items for text in i.text.values()}
        found = plain(heading)
        expected = f"a question of {self._instrument.id}, or a column such as “Respondent ID”"
        for close in difflib.get_close_matches(found, texts, 1, 0.8):
            expected = f"“{texts[close]}”, word for word"
        shown = found if len(found) <= _LONGEST_SHOWN else found[: _LONGEST_SHOWN - 1] + "…"
        return f"“{shown}”", expected

    def _metadata(self, at: int, place: str, role: Role) -> None:
        if role == "id" and any(each.role == "id" for each in self.read.columns):
            self._problem(place, "a second column of respondents' ids", "one")
        self._add(Column(at, role, place))

    def _question(self, at: int, place: str, item: AnyItem, label: str) -> None:
        found = meaning(item, label)
        if isinstance(found, str):
            self._problem(place, f"{quoted(' '.join(label.split()))} below the heading", found)
            return
        role, option = found
        for twin in self.read.columns:
            # "Other" may have two: one that is ticked and one with the words.
            if role != "other" and (twin.item, twin.role, twin.option) == (item, role, option):
                self._problem(place, f"what {twin.place} holds already", "one of the two")
        self._add(Column(at, role, place, item, option, options(item)))

    def finish(self) -> None:
        """Say what is not there: a whole question is a remark, a part of one a problem."""
        there: defaultdict[str, set[str]] = defaultdict(set)
        for column in self.read.columns:
            if column.item is not None:
                there[column.item.id].add(column.option or column.role)
        if not there:
            what = (
                f"found no question of {self._instrument.id}; expected “all responses data” of"
                " SurveyMonkey, columns expanded, cells with the answers' text"
            )
            self.read.problems[:] = [Problem(_HEADINGS, what)]
            return
        absent = [item.number for item in self._instrument.items if item.id not in there]
        if absent:
            self.read.remarks.append(Remark(f"no column for question {', '.join(absent)}"))
        if not self.read.problems:
            for item in self._instrument.items:
                if isinstance(item, Choice) and item.id in there:
                    self._whole(item, there[item.id])

    def _whole(self, item: Choice, there: set[str]) -> None:
        place = f"question {item.number}"
        if item.at_most == 1:
            if "one" not in there:
                self._problem(place, "no column “Response”", "one with the chosen option")
            return
        rows = [row for row in item.options if not row.text_entry and row.id not in there]
        if rows:
            lacking = quoted_list(row.text for row in rows)
            self._problem(place, f"no column {lacking}", "one for each option")
