"""The readings a document leaves open, as data beside its criteria: how each is read, and why."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, combinations
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from flows import companion
from flows.exclusion import clash
from flows.instrument import Criterion, RowId, Text
from flows.lint import Finding, finding
from flows.scoring import score
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from flows.instrument import Instrument
    from flows.session import Answer

Average: TypeAlias = Literal["points", "themes", "criteria"]
"""How the parts of a section make its share: points over maximum of all its criteria together,
the mean of its themes' shares, or the mean of its criteria's shares.
"""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Closed):
    """What the other reading changes; what is left out stays as it is."""

    exclusive: tuple[Annotated[tuple[RowId, ...], Field(min_length=2)], ...] = ()
    """Rows of which only the best that is ticked counts, set by set."""
    points: dict[RowId, int] = {}
    """Rows that are worth something else."""
    without: tuple[RowId, ...] = ()
    """Rows that do not apply: neither points nor maximum."""
    average: Average = "points"


class Interpretation(_Closed):
    """One place where the document can be read in more than one way."""

    id: str
    """Stable: "tiers-add-up"."""
    place: str | Text
    """Where in the document: criterion numbers, or the rule's name in every language."""
    question: Text
    """What is open."""
    default: Text
    """How it is read here."""
    otherwise: Text
    """The other reading, which ``change`` computes."""
    reason: Text
    """Why the default is the default."""
    change: Change | None = None
    """None where the other reading changes no score that can be computed from the answers."""


class _File(_Closed):
    interpretations: tuple[Interpretation, ...]


def load(
    text: str, instrument: Instrument
) -> tuple[tuple[Interpretation, ...], tuple[Finding, ...]]:
    """The open readings of an edition from their TOML file, and what is wrong with it."""
    place = f"{instrument.id}/interpretations/{instrument.edition}.toml"
    file, findings = companion.read(place, text, _File)
    if file is None:
        return (), findings
    found = tuple(_strangers(place, file, instrument))
    return (() if found else file.interpretations), found


def _strangers(place: str, file: _File, instrument: Instrument) -> Iterator[Finding]:
    """Rows that the instrument does not have, ids that stand twice, languages that are missing."""
    rows = {row.id: criterion.id for criterion in instrument.criteria for row in criterion.rows}
    seen: set[str] = set()
    for each in file.interpretations:
        where = f"{place}: {each.id}"
        if each.id in seen:
            yield finding("duplicate-id", where, "stands there twice", "rename one of them")
        seen.add(each.id)
        for key in ("place", "question", "default", "otherwise", "reason"):
            words: str | Text = getattr(each, key)
            for tag in instrument.languages:
                if not (words if isinstance(words, str) else words.get(tag)):
                    yield finding("missing-translation", f"{where}: {key}", f"no {tag}", "write it")
        change = each.change or Change()
        for row in (*chain.from_iterable(change.exclusive), *change.points, *change.without):
            if row not in rows:
                cure = "write the id of a scoring item"
                yield finding("wrong-value", where, f"'{row}' is no scoring item", cure)
        for those in change.exclusive:
            if len({rows.get(row) for row in those}) > 1:
                message, cure = "rows of several criteria", "list rows of one criterion"
                yield finding("wrong-value", where, message, cure)


def effect(
    instrument: Instrument, interpretation: Interpretation, answers: Mapping[str, Answer]
) -> Fraction:
    """By how much the claimed score would move if the document were read the other way."""
    return otherwise(instrument, interpretation.change or Change(), answers) - (
        score(instrument, answers).floor
    )


def otherwise(instrument: Instrument, change: Change, answers: Mapping[str, Answer]) -> Fraction:
    """The claimed score by another reading: 0 to 100, open criteria counting nothing."""
    total = Fraction(0)
    for section in instrument.sections:
        criteria = [item for item in section.items if isinstance(item, Criterion)]
        read = {
            each.id: _read(each, change, answers.get(each.id, NOTHING).chosen) for each in criteria
        }
        total += (section.weight or 0) * _share(criteria, read, change.average)
    return total


def _read(criterion: Criterion, change: Change, chosen: Collection[str]) -> tuple[int, int]:
    """Points and maximum of a criterion by the other reading.

    Of rows that then exclude each other the best that is ticked counts. A maximum that this lowers
    is found by trying every selection: tables have few rows.
    """
    worth = {
        row.id: change.points.get(row.id, row.points)
        for row in criterion.rows
        if row.id not in change.without
    }
    rows = [row for row in criterion.rows if row.id in worth]
    best = max(
        _points(worth, change, [row.id for row in held])
        for count in range(len(rows) + 1)
        for held in combinations(rows, count)
        if not any(clash(one, other) for one, other in combinations(held, 2))
    )
    return _points(worth, change, [row for row in worth if row in chosen]), best


def _points(worth: Mapping[str, int], change: Change, held: Collection[str]) -> int:
    points = sum(worth[row] for row in held)
    for those in change.exclusive:
        together = [worth[row] for row in those if row in held]
        points -= sum(together) - max(together, default=0)
    return points


def _share(
    criteria: Sequence[Criterion], read: Mapping[str, tuple[int, int]], average: Average
) -> Fraction:
    """A section's share, 0 to 1; criteria without anything to be had are left out of a mean."""
    if average == "points":
        groups = [list(criteria)]
    elif average == "themes":
        themes = dict.fromkeys(each.theme for each in criteria)
        groups = [[each for each in criteria if each.theme == theme] for theme in themes]
    else:
        groups = [[each] for each in criteria]
    shares = [
        Fraction(sum(read[each.id][0] for each in group), maximum)
        for group in groups
        if (maximum := sum(read[each.id][1] for each in group))
    ]
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)
