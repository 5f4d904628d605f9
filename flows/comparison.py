"""Rounds side by side: what can be compared, by how much it moved, and where a print deviates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from flows.instrument import Choice, ContactDetails, Criterion, FreeText, ScoringItem
from flows.statistics import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.instrument import Instrument
    from flows.navigation import AnyItem
    from flows.statistics import Figures, QuestionFigures, Share

Withheld: TypeAlias = Literal["wording", "options", "few", "not_asked"]
"""Why a round's figures are not put beside the others: the question reads otherwise, its options
are others, fewer answered than may be compared, or it was not asked or not published.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One round's part in the trend of one question; ``withheld`` says why there are no shares."""

    round: str
    base: int
    shares: Mapping[str, Share]
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """One question through the rounds. The first column is the round that the report is of."""

    item: str
    number: str
    options: tuple[str, ...]
    columns: tuple[Column, ...]

    def difference(self, option: str, column: Column) -> int | None:
        """From ``column`` to the first one, in percentage points between the printed figures, so
        that a reader finds the same by subtracting; None where either is withheld.
        """
        now, before = self.columns[0].shares.get(option), column.shares.get(option)
        return None if now is None or before is None else now.percent - before.percent


def trends(rounds: Sequence[tuple[Instrument, Figures]], *, smallest: int) -> tuple[Trend, ...]:
    """The choice questions of the first round, each beside the same question of the others."""
    now = rounds[0][0]
    return tuple(
        Trend(
            item.id,
            item.number,
            tuple(row.id for row in item.rows),
            tuple(_column(item, *each, smallest=smallest) for each in rounds),
        )
        for item in now.items
        if isinstance(item, Choice | Criterion)
    )


def _column(
    item: Choice | Criterion, instrument: Instrument, figures: Figures, *, smallest: int
) -> Column:
    found = next((each for each in figures.questions if each.item == item.id), None)
    then = instrument.item(item.id)
    if found is None or not found.base or not isinstance(then, Choice | Criterion):
        return Column(figures.round, 0, {}, "not_asked")
    reason: Withheld | None = changed(item, then, instrument.languages[0])
    if reason is None and found.base < smallest:
        reason = "few"
    shares = {} if reason else {share.option: share for share in found.shares}
    return Column(figures.round, found.base, shares, reason)


def changed(item: AnyItem, then: AnyItem, language: str) -> Literal["wording", "options"] | None:
    """Whether two editions of a question ask something else, by the wording in ``language``: the
    published one. A translation may be mended.
    """
    if item.text.get(language) != then.text.get(language):
        return "wording"
    if _kind(item) != _kind(then) or _rows(item, language) != _rows(then, language):
        return "options"
    return None


def _kind(item: AnyItem) -> tuple[str, bool]:
    return item.kind, isinstance(item, Choice) and item.at_most == 1


def _rows(item: AnyItem, language: str) -> list[tuple[str, str | None]]:
    if isinstance(item, FreeText | ContactDetails):
        return []
    return [
        (row.id, (row.wording if isinstance(row, ScoringItem) else row.text).get(language))
        for row in item.rows
    ]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One figure that differs from what stands in print.

    ``here`` and ``printed`` are the figures; for a percentage ``count`` of ``base`` is what it
    is computed from here, and ``printed_base`` the base that gives the printed figure, if any of
    the round's bases does.
    """

    item: str
    number: str
    what: Literal["base", "count", "percent", "comments"]
    option: str | None
    here: int
    printed: int
    count: int = 0
    base: int = 0
    printed_base: int | None = None


def deviations(
    now: Figures, published: Figures, printed: Mapping[str, Mapping[str, int]]
) -> tuple[Deviation, ...]:
    """Every cell of a published round's tables that the figures of another round do not give."""
    bases = sorted({published.responded, *(each.base for each in published.questions)} - {0})
    here = {each.item: each for each in now.questions}
    return tuple(
        deviation
        for then in published.questions
        if then.item in printed and then.item in here
        for deviation in _of_question(here[then.item], then, printed[then.item], bases)
    )


def _of_question(
    now: QuestionFigures, then: QuestionFigures, printed: Mapping[str, int], bases: list[int]
) -> Iterator[Deviation]:
    if now.base != then.base:
        yield Deviation(now.item, now.number, "base", None, now.base, then.base)
    before = {share.option: share for share in then.shares}
    for share in now.shares:
        count = before[share.option].count if share.option in before else 0
        if share.count != count:
            yield Deviation(now.item, now.number, "count", share.option, share.count, count)
        figure = printed.get(share.option)
        if figure is not None and share.percent != figure:
            gives = (base for base in bases if percent(share.count, base) == figure)
            yield Deviation(
                now.item,
                now.number,
                "percent",
                share.option,
                share.percent,
                figure,
                share.count,
                now.base,
                next(gives, None),
            )
    if now.comments != then.comments:
        yield Deviation(now.item, now.number, "comments", None, now.comments, then.comments)
