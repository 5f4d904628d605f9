"""Where everything stands in the workbook of a scorecard, and how its formulas name it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from flows.exclusion import clash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.instrument import Criterion, Instrument, ScoringItem, Section

HEAD: Final = 5
"""The row of the column titles in the sheets of items and criteria, counted from 1."""
SECTIONS: Final = 11
"""The row of the sections' titles in the sheet of the score."""


@dataclass(frozen=True)
class Layout:
    """The rows of items and criteria, counted from 1 as formulas do; and the sheets' names."""

    instrument: Instrument
    score: str
    items: str
    criteria: str

    @cached_property
    def item_rows(self) -> dict[str, int]:
        """The row of every scoring item, and under a criterion's id that of "none of these", which
        stands below the items of a table without a zero row.
        """
        found: dict[str, int] = {}
        for criterion in self.instrument.criteria:
            for key in self.keys(criterion):
                found[key] = HEAD + 1 + len(found)
        return found

    @cached_property
    def criterion_rows(self) -> dict[str, int]:
        """The row of every criterion."""
        return {each.id: HEAD + 1 + n for n, each in enumerate(self.instrument.criteria)}

    @staticmethod
    def keys(criterion: Criterion) -> tuple[str, ...]:
        """What can be ticked under a criterion: its items, and "none of these" under its own id."""
        none = () if criterion.has_zero else (criterion.id,)
        return (*(row.id for row in criterion.rows), *none)

    def section_row(self, section: Section) -> int:
        """The row of a section in the sheet of the score."""
        return SECTIONS + 1 + self.instrument.sections.index(section)

    def item_cells(self, column: str, keys: Iterable[str], *, here: bool = False) -> str:
        """The cells of these items in one column; ``here`` is in their own sheet."""
        return _cells("" if here else self.items, column, [self.item_rows[key] for key in keys])

    def criterion_cells(self, column: str, criteria: Iterable[Criterion]) -> str:
        """The cells of these criteria in one column of their sheet."""
        return _cells(self.criteria, column, [self.criterion_rows[each.id] for each in criteria])

    def breaks(self, criterion: Criterion, key: str) -> str:
        """How many ticked items a ticked one cannot stand with, as a formula; "" for never.

        "None of these" cannot stand with anything.
        """
        rows = {row.id: row for row in criterion.rows}
        others = [
            each
            for each in self.keys(criterion)
            if each != key and _clash(rows.get(key), rows.get(each))
        ]
        ranges = self.item_cells("H", others, here=True)
        return "+".join(f"COUNTIF({each},1)" for each in ranges.split(",") if each)

    def maximum(self, criterion: Criterion) -> str:
        """The best permitted selection as a formula over the items' points."""
        alone = [row.id for row in criterion.rows if row.alone]
        groups: dict[str, list[str]] = {}
        terms: list[str] = []
        for row in criterion.rows:
            if not row.alone and row.group is not None:
                groups.setdefault(row.group, []).append(row.id)
        free = [row.id for row in criterion.rows if not row.alone and row.group is None]
        if free:
            terms.append(f"SUM({self.item_cells('F', free)})")
        terms += [f"MAX({self.item_cells('F', rows)})" for rows in groups.values()]
        together = "+".join(terms) or "0"
        return f"=MAX({together},{self.item_cells('F', alone)})" if alone else f"={together}"


def _clash(one: ScoringItem | None, other: ScoringItem | None) -> bool:
    return one is None or other is None or clash(one, other)


def _cells(sheet: str, column: str, rows: list[int]) -> str:
    """Cells of one column as a list of ranges: "F5:F7,F9"."""
    where = f"'{sheet}'!" if sheet else ""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ",".join(
        f"{where}{column}{first}" + (f":{column}{last}" if last > first else "")
        for first, last in runs
    )
