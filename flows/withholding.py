"""What few said is withheld: cross-tables whose small groups nobody can find out by subtracting.

The totals of a whole round are always shown, so a group that is left out can be computed from them
and the groups that are shown. Groups are therefore withheld until the people withheld together
are as many as the smallest group that may be shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.instrument import Choice
from flows.statistics import Share, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Criterion
    from flows.statistics import Selection


@dataclass(frozen=True, slots=True)
class Group:
    """Those who ticked one option of the question that divides. Withheld: base None, no shares."""

    option: str
    base: int | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class CrossTable:
    """One question's figures within the groups that another question makes."""

    item: str
    by: str
    groups: tuple[Group, ...]


def crossed(
    item: Choice | Criterion,
    by: Choice | Criterion,
    counts: Mapping[tuple[Selection, Selection], int],
    *,
    base: int,
    smallest: int,
) -> CrossTable:
    """The cross-table of ``item`` by ``by``.

    ``counts`` holds, for those who answered both, how many made each pair of selections (of
    ``item``, of ``by``); ``base`` is how many answered ``item`` at all.
    """
    sizes: Counter[str] = Counter()
    ticks: Counter[tuple[str, str]] = Counter()
    for (said, grouped), count in counts.items():
        for group in grouped:
            sizes[group] += count
            for option in said:
                ticks[group, option] += count
    asked = {row.id: sizes[row.id] for row in by.rows}
    alone = isinstance(by, Choice) and by.at_most == 1
    shown = _apart(asked, base, smallest) if alone else _overlapping(asked, base, smallest)
    return CrossTable(
        item.id,
        by.id,
        tuple(
            _group(item, option, size, ticks) if option in shown else Group(option, None, ())
            for option, size in asked.items()
        ),
    )


def _group(
    item: Choice | Criterion, group: str, size: int, ticks: Mapping[tuple[str, str], int]
) -> Group:
    counted = ((row.id, ticks.get((group, row.id), 0)) for row in item.rows)
    return Group(group, size, tuple(Share(row, n, percent(n, size)) for row, n in counted))


def _apart(sizes: Mapping[str, int], base: int, smallest: int) -> set[str]:
    """The groups to show where nobody is in two: the total less what is shown tells the rest."""
    shown = {option for option, size in sizes.items() if not 0 < size < smallest}
    # Of groups of one size the first: the same table every time.
    some = [option for option in sizes if option in shown and sizes[option]]
    by_size = sorted(some, key=sizes.__getitem__)
    for option in by_size:
        if not 0 < base - sum(sizes[each] for each in shown) < smallest:
            break
        shown.remove(option)
    return shown


def _overlapping(sizes: Mapping[str, int], base: int, smallest: int) -> set[str]:
    """The groups to show where people may be in several: those who did not tick an option are
    the total less those who did.
    """
    return {
        option
        for option, size in sizes.items()
        if not 0 < size < smallest and not 0 < base - size < smallest
    }
