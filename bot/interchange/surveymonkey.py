"""SurveyMonkey's "all responses" CSV, columns expanded, answers as text: rows -> respondents.

Pure: whoever calls has opened the file. Row 1 holds the questions, each over the first of its
columns, row 2 what a column holds; then a row for each respondent. What SurveyMonkey knows about
a respondent besides their answers is recognised and dropped.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from bot.interchange.columns import header
from bot.interchange.reading import (
    LONGEST,
    LONGEST_ID,
    Draft,
    Problem,
    Respondent,
    broken,
    quoted,
    quoted_list,
)
from flows.entry import clean, line
from flows.instrument import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.interchange.columns import Column
    from bot.interchange.reading import Read
    from flows.instrument import Instrument

_DATE = re.compile(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)"
    r"(?:,?\s+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_LIKE_A_DATE = re.compile(r"[\d/:.,APMapm -]{1,30}")
_SHORTENED = re.compile(r"\d+(?:[.,]\d+)?[eE]\+\d+")


def read(lines: Iterable[str], instrument: Instrument) -> Iterator[Read]:
    """Respondents and problems, row by row; what is wrong with the header comes first, alone."""
    rows = _rows(lines)
    first, second = next(rows, None), next(rows, None)
    heads: list[list[str]] = []
    for each in (first, second):
        if isinstance(each, Problem):
            yield each
            return
        heads.append(each[1] if each else [])
    found = header(heads[0], heads[1], instrument)
    yield from found.problems
    if found.problems:
        return
    yield from found.remarks
    width = max(map(len, heads))
    for row in rows:
        if isinstance(row, Problem):
            yield row
            return
        place, cells = row
        yield from _respondent(place, cells, width, found.columns)


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, list[str]] | Problem]:
    """The rows with their places, as a spreadsheet numbers rows and an editor lines; empty ones
    are passed over.
    """
    remaining = iter(lines)
    first = next(remaining, "")
    # Some spreadsheets write semicolons or tabs and still call it CSV.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(chain((first,), remaining), delimiter=delimiter, strict=True)
    number = 0
    while True:
        begins = reader.line_num + 1
        number += 1
        place = f"row {number} (line {begins})"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Problem(place, f"is not CSV: {error}; expected quotes to be closed and doubled")
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield place, cells


def _respondent(
    place: str, cells: Sequence[str], width: int, columns: Sequence[Column]
) -> Iterator[Read]:
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        what = f"found {len(cells)} cells; expected {width}, as many as the header has"
        yield Problem(place, f"{what}: look for a stray quote or comma")
        return
    row = _Row(place)
    for column in columns:
        cell = cells[column.at].strip()
        if cell:
            row.take(column, cell)
    respondent = row.respondent()
    yield from row.problems
    if not row.problems:
        yield respondent


class _Row:
    """One respondent's row while it is read."""

    def __init__(self, place: str) -> None:
        self.problems: list[Problem] = []
        self._place = place
        self._id = ""
        self._contact = False
        self._drafts: defaultdict[str, Draft] = defaultdict(Draft)
        self._items: dict[str, Choice | None] = {}

    def take(self, column: Column, cell: str) -> None:
        """Take a cell that is not empty."""
        match column.role:
            case "id":
                self._take_id(column, cell)
            case "date" if not _is_date(cell):
                found = quoted(cell) if _LIKE_A_DATE.fullmatch(cell) else "no date"
                self._problem(column, found, "a date such as 11/23/2021 09:15:00 AM")
            case "nothing":
                self._problem(column, "words in a column without a heading", "nothing")
            case "contact":
                self._contact = True
            case "one" | "tick":
                self._take_tick(column, cell)
            case "other" | "text" | "comment":
                self._take_words(column, cell)

    def _problem(self, column: Column, found: str, expected: str) -> None:
        where = f"{self._place}, {column.place}"
        self.problems.append(Problem(where, f"found {found}; expected {expected}"))

    def _take_id(self, column: Column, cell: str) -> None:
        if _SHORTENED.fullmatch(cell):
            expected = "all digits: a spreadsheet shortened them, export the file again"
            self._problem(column, quoted(cell), expected)
        self._id = line(cell)
        if len(self._id) > LONGEST_ID:
            self._problem(column, f"{len(self._id)} characters", f"at most {LONGEST_ID}")

    def _draft(self, column: Column) -> Draft:
        item = column.item
        if item is None:  # pragma: no cover - only columns of questions come here
            raise ValueError(column.place)
        self._items[item.id] = item if isinstance(item, Choice) else None
        return self._drafts[item.id]

    def _take_tick(self, column: Column, cell: str) -> None:
        option = _option(column, cell)
        if option is not None and column.option in {"", option}:
            self._draft(column).chosen.add(option)
            return
        item = column.item
        rows = item.options if isinstance(item, Choice) else ()
        wanted = [row.text for row in rows if column.option in {"", row.id}]
        several = "one of " if len(wanted) > 1 else ""
        nothing = ", or nothing" if column.option else ""
        self._problem(column, quoted(cell), f"{several}{quoted_list(wanted)}{nothing}")

    def _take_words(self, column: Column, cell: str) -> None:
        draft, part = self._draft(column), column.role
        if part == "other":
            draft.chosen.add(column.option)  # words beside "Other" tick it
            if _option(column, cell) == column.option:
                return
        words = line(cell) if part == "other" else clean(cell)
        before = getattr(draft, part)
        if len(words) > LONGEST:
            self._problem(column, f"a text of {len(words)} characters", f"at most {LONGEST}")
        elif before and before != words:
            self._problem(column, "other words than in the column before", "them once")
        setattr(draft, part, words)

    def respondent(self) -> Respondent:
        """The respondent, once every cell is taken."""
        answers = {each: self._drafts[each].answer(item) for each, item in self._items.items()}
        for each, item in self._items.items():
            if item is not None:
                place = f"{self._place}, question {item.number}"
                self.problems.extend(Problem(place, what) for what in broken(item, answers[each]))
        return Respondent(
            self._place,
            self._id,
            {each: answer for each, answer in answers.items() if not answer.empty},
            contact=self._contact,
        )


def _option(column: Column, cell: str) -> str | None:
    """The option a cell names. Labels come again and again; each is looked up once a column."""
    if cell in column.known:
        return column.known[cell]
    found = column.labels.find(cell) if column.labels is not None else None
    if found is not None:
        column.known[cell] = found
    return found


def _is_date(cell: str) -> bool:
    """Whether this is a day and time as SurveyMonkey writes it, month first."""
    found = _DATE.fullmatch(cell)
    if found is None:
        return False
    year = int(found["year"])
    try:
        date(year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]))  # noqa: PLR2004
    except ValueError:
        return False
    hours = 12 if found["half"] else 23
    least = 1 if found["half"] else 0
    on_the_clock = found["hour"] is None or least <= int(found["hour"]) <= hours
    return on_the_clock and all(int(found[part] or 0) < 60 for part in ("minute", "second"))  # noqa: PLR2004
