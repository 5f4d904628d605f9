"""What few said is withheld: cross-tables whose small groups nobody can find out by subtracting.

The totals of a whole round are always shown, so a group that is left out can be computed from them
and the groups that are shown. Groups are therefore withheld until the people withheld together
are as many as the smallest group that may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.instrument import Choice
from flows.statistics import NOBODY, Share, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Criterion
    from flows.statistics import Tally


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
    groups: Mapping[str, Tally],
    *,
    base: int,
    smallest: int,
) -> CrossTable:
    """The cross-table of ``item`` by ``by``.

    ``groups`` holds, for each option of ``by``, the tally of ``item`` among those who ticked it;
    ``base`` is how many answered ``item`` at all.
    """
    sizes = {row.id: groups[row.id].base if row.id in groups else 0 for row in by.rows}
    alone = isinstance(by, Choice) and by.at_most == 1
    shown = _apart(sizes, base, smallest) if alone else _overlapping(sizes, base, smallest)
    return CrossTable(
        item.id,
        by.id,
        tuple(
            _group(item, option, groups.get(option, NOBODY))
            if option in shown
            else Group(option, None, ())
            for option in sizes
        ),
    )


def _group(item: Choice | Criterion, group: str, tally: Tally) -> Group:
    counted = ((row.id, tally.ticks.get(row.id, 0)) for row in item.rows)
    shares = tuple(Share(row, count, percent(count, tally.base)) for row, count in counted)
    return Group(group, tally.base, shares)


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
