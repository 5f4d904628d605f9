"""Which rows cannot stand together: the two fields that carry every rule of the documents.

``alone`` excludes every other row of the table; rows of one ``group`` exclude each other only
(RSCB 2014, "Execution of the methodology").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.instrument import Option, ScoringItem


def clash(one: Option | ScoringItem, other: Option | ScoringItem) -> bool:
    """Whether two different rows of one table exclude each other."""
    if one.id == other.id:
        return False
    return one.alone or other.alone or (one.group is not None and one.group == other.group)


def displaced(
    rows: Sequence[Option | ScoringItem], chosen: Iterable[str], ticked: Option | ScoringItem
) -> tuple[str, ...]:
    """The chosen rows that ticking ``ticked`` takes away, in printed order."""
    held = set(chosen)
    return tuple(row.id for row in rows if row.id in held and clash(row, ticked))


def in_order(rows: Sequence[Option | ScoringItem], chosen: Iterable[str]) -> tuple[str, ...]:
    """The chosen ids in printed order, whatever the order of ticking."""
    held = set(chosen)
    return tuple(row.id for row in rows if row.id in held)
