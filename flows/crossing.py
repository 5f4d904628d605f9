"""Many lines of marks at once, counted within the groups that one item makes.

What stands at one place in every line is a column, and a column is read as one binary number. Two
columns are then compared for thousands of people in one operation, which no row by row counting in
Python, nor in a database, comes near.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from flows.statistics import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.marks import Field, Layout
    from flows.statistics import Selection

_TICKED: Final = bytes.maketrans(b"-", b"0")
_ANSWERED: Final = bytes.maketrans(b"0-", b"10")
_FEW: Final = 8
"""Options with which at most so many selections can be made that each is compared with all lines;
with more, it is cheaper to put the lines of one selection together first.
"""


class Crossing:
    """The tallies of every other item with options, by what was ticked under one of them."""

    def __init__(self, layout: Layout, by: str) -> None:
        self._width = sum(len(field.options) for field in layout.fields)
        self._by = layout.by_item[by]
        self._others = tuple(field for field in layout.fields if field.item != by)
        self._sums: dict[Selection, list[int]] = {}

    def add(self, lines: str) -> None:
        """Count lines in; they follow each other with nothing between them, in any order."""
        for some in self._portions(lines.encode("ascii")):
            counting = [each for field in self._others for each in self._columns(some, field)]
            for made, people in self._groups(some).items():
                before = self._sums.get(made, [0] * len(counting))
                self._sums[made] = [
                    number + (column & people).bit_count()
                    for number, column in zip(before, counting, strict=True)
                ]

    def tallies(self) -> dict[Selection, dict[str, Tally]]:
        """Selection -> item -> tally; whoever left the item that divides is in none."""
        return {made: self._tallies(numbers) for made, numbers in sorted(self._sums.items())}

    def _tallies(self, numbers: Iterable[int]) -> dict[str, Tally]:
        left = iter(numbers)
        return {
            field.item: Tally(next(left), {option: next(left) for option in field.options})
            for field in self._others
        }

    def _portions(self, lines: bytes) -> Iterable[bytes]:
        """The lines, in portions that few selections were made in."""
        if len(self._by.options) <= _FEW:
            return (lines,)
        start, width = self._by.start, self._width
        together: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for at in range(0, len(lines), width):
            made = lines[at + start : at + start + len(self._by.options)]
            together[made].append(lines[at : at + width])
        return map(b"".join, together.values())

    def _columns(self, lines: bytes, field: Field) -> list[int]:
        """Who answered the item, then who ticked each of its options: a bit a person."""
        first = lines[field.start :: self._width]
        ticked = (lines[field.start + n :: self._width] for n in range(len(field.options)))
        return [_bits(first, _ANSWERED), *(_bits(each, _TICKED) for each in ticked)]

    def _groups(self, lines: bytes) -> Mapping[Selection, int]:
        """Who made each selection under the item that divides; only those that were made."""
        answered, *ticked = self._columns(lines, self._by)
        groups: dict[Selection, int] = {(): answered}
        for option, column in zip(self._by.options, ticked, strict=True):
            halves = (
                half
                for made, people in groups.items()
                for half in (((*made, option), people & column), (made, people & ~column))
            )
            groups = {made: people for made, people in halves if people}
        return groups


def _bits(column: bytes, meaning: bytes) -> int:
    return int(column.translate(meaning), 2)
