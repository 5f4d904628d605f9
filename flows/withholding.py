"""What few said is withheld: cross-tables whose small groups nobody can find out by subtracting.

The totals of a whole round are always shown, with what was ticked together, so a group that is left
out can be computed from them and the groups that are shown. Groups are therefore withheld until
the groups that are shown divide nobody off who are fewer than may be: not those in one of them and
not in another, nor those in none. The same holds of the options of the question that is divided, so
that two questions withhold the same whichever divides the other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.instrument import Choice
from flows.statistics import Share, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from flows.instrument import Criterion
    from flows.statistics import Selection, Tally


@dataclass(frozen=True, slots=True)
class Group:
    """Those who ticked one option of the question that divides, and the shares that may be shown.
    Withheld: base None, no shares.
    """

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
    parts: Mapping[Selection, Tally],
    *,
    bases: tuple[int, int],
    smallest: int,
) -> CrossTable:
    """The cross-table of ``item`` by ``by``; a share that is withheld is left out of its group.

    ``parts`` holds, for each selection that was made under ``by``, the tally of ``item`` among
    those who made it; ``bases`` are how many answered ``item`` and ``by`` at all.
    """
    both = sum(part.base for part in parts.values())
    sizes = {
        row.id: sum(each.base for made, each in parts.items() if row.id in made) for row in by.rows
    }
    made = {selection: part.base for selection, part in parts.items()}
    groups = _open(sizes, made, bases[0] - both, smallest)
    totals = {
        row.id: sum(part.ticks.get(row.id, 0) for part in parts.values()) for row in item.rows
    }
    if isinstance(item, Choice) and item.at_most == 1:
        one: dict[Selection, int] = {(option,): total for option, total in totals.items()}
        options = _open(totals, one, bases[1] - both, smallest)
    else:
        options = [
            option
            for option, total in totals.items()
            if not 0 < total < smallest and not 0 < both - total < smallest
        ]
    return CrossTable(
        item.id,
        by.id,
        tuple(
            _group(option, size, parts, options) if option in groups else Group(option, None, ())
            for option, size in sizes.items()
        ),
    )


def _group(
    group: str, size: int, parts: Mapping[Selection, Tally], options: Collection[str]
) -> Group:
    ticks: Counter[str] = Counter()
    for selection, part in parts.items():
        if group in selection:
            ticks.update(part.ticks)
    return Group(group, size, tuple(Share(o, ticks[o], percent(ticks[o], size)) for o in options))


def _open(
    sizes: Mapping[str, int], made: Mapping[Selection, int], outside: int, smallest: int
) -> list[str]:
    """The options that may be shown, in order: large enough, and such that whoever knows how many
    are in each of them, and in several, tells nobody apart who are few. ``made`` counts who made
    which selection, ``outside`` are those who made none.

    Of options of one size the first is withheld, so that the table is the same every time.
    """
    shown = [option for option, size in sizes.items() if not 0 < size < smallest]
    while some := [option for option in shown if sizes[option]]:
        if _fine(some, made, outside, smallest):
            break
        # The smallest that mends it alone; where none does, the smallest.
        mends = [
            option
            for option in some
            if _fine([each for each in some if each != option], made, outside, smallest)
        ]
        shown.remove(min(mends or some, key=sizes.__getitem__))
    return shown


def _fine(shown: Sequence[str], made: Mapping[Selection, int], outside: int, smallest: int) -> bool:
    """Whether everybody is with enough others in each part that these options divide them into."""
    apart: Counter[Selection] = Counter({(): outside})
    for selection, count in made.items():
        apart[tuple(option for option in shown if option in selection)] += count
    return not any(0 < count < smallest for count in apart.values())
