"""What a report shows, gathered once for all its forms: figures, what they are compared with, what
divides them, and the words that may be listed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.reports.results.sources import Assessments, Responses, Source
from flows.comparison import changed, deviations, trends
from flows.instrument import Choice, Criterion
from flows.statistics import NOBODY, Counted, added, figures, merged, percent
from flows.withholding import crossed
from storage import figures as counts
from storage import participation
from storage import rounds as held
from storage.rounds import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from bot.settings import Reports
    from bot.shelf import Shelf
    from flows.comparison import Deviation, Trend
    from flows.instrument import Instrument
    from flows.published import Published
    from flows.statistics import Figures, Selection, Tally
    from flows.withholding import CrossTable
    from storage.database import Tx


class ReportError(Exception):
    """A report that cannot be made: one line that says what would be accepted."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to read."""

    instrument: str
    round: str = ALWAYS
    compare: tuple[str, ...] = ()
    """Rounds to be put beside it, in the order of their time."""
    by: str | None = None
    """The item, by id or number, that divides those who answered."""
    comments: bool = False


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """The figures of one round, and what must be known to read them."""

    instrument: Instrument
    """The edition whose questions these are."""
    figures: Figures
    imported: int = 0
    """How many of the responses were collected elsewhere."""
    apart: Mapping[str, int] = field(default_factory=dict)
    """Item -> how many answered another wording of it, in another edition; they are not counted."""
    published: Published | None = None
    scores: tuple[Fraction, ...] = ()
    """Final scores, lowest first."""

    @property
    def slips(self) -> tuple[Deviation, ...]:
        """Where the print of a published round does not follow from its own counts."""
        if self.published is None:
            return ()
        return deviations(self.figures, self.figures, self.published.printed)


@dataclass(frozen=True, slots=True)
class Results:
    """A whole report: every form of it is made from this, so a figure is the same in all."""

    shown: RoundFigures
    limits: Reports
    before: tuple[RoundFigures, ...] = ()
    trends: Mapping[str, Trend] = field(default_factory=dict)
    """By item; the first column is the round that is shown, then those of ``before``."""
    by: Choice | Criterion | None = None
    crossed: Mapping[str, CrossTable] = field(default_factory=dict)
    comments: Mapping[str, tuple[str, ...]] | None = None
    """Item -> the texts that may be listed; None where nobody asked for them."""
    step: int = 1
    """How many answers are let out together; 1 where none can be waiting."""

    @property
    def scores(self) -> tuple[Fraction, ...]:
        """The final scores, if there are enough of them to be shown."""
        enough = len(self.shown.scores) >= self.limits.smallest_group
        return self.shown.scores if enough else ()

    def differing(self, before: RoundFigures) -> tuple[Deviation, ...]:
        """Every printed cell of a published round that the round shown here does not give. Where
        few answered, the difference is withheld.
        """
        if before.published is None:
            return ()
        found = deviations(self.shown.figures, before.figures, before.published.printed)
        return tuple(each for each in found if each.item not in self.few(before))

    def few(self, before: RoundFigures) -> tuple[str, ...]:
        """The items that are not compared because few answered them."""
        place = self.before.index(before) + 1
        return tuple(
            item
            for item, trend in self.trends.items()
            if "few" in {trend.columns[0].withheld, trend.columns[place].withheld}
        )


async def gather(tx: Tx, stock: Shelf, wish: Wish, limits: Reports) -> Results:
    """Everything a report shows. Raises ReportError for what there is not."""
    installed = stock.instruments[wish.instrument]
    if wish.round in wish.compare:
        raise ReportError(f"--compare {wish.round}: is the round itself; name another one")
    shown, source = await _round(tx, stock, installed, "--round", wish.round)
    before = [(await _round(tx, stock, installed, "--compare", each))[0] for each in wish.compare]
    pairs = [(each.instrument, each.figures) for each in (shown, *before)]
    found = trends(pairs, smallest=limits.smallest_group) if before else ()
    results = Results(shown, limits, tuple(before), {each.item: each for each in found})
    if (wish.by or wish.comments) and source is None:
        option = f"--by {wish.by}" if wish.by else "--comments"
        raise ReportError(f"{option}: {wish.round} was published as totals; name another --round")
    if wish.by and source is not None:
        results = await _divided(results, stock, tx, source, wish.by)
    if wish.comments and source is not None:
        results = replace(results, comments=await _listed(results, stock, tx, source))
    return results


def going_on(results: Results, step: int, *, by_link: bool) -> Results:
    """The same of a round whose answers are let out so many at a time. Where anybody may come, how
    many came is how many began, and is shown in steps like that.
    """
    found = results.shown.figures
    if step == 1 or found.invited is None or results.shown.published is not None:
        return results
    if not by_link:
        invited = found.invited // step * step
        counts = invited > 0 and found.responded <= invited
        rate = percent(found.responded, invited) if counts else None
        found = replace(found, invited=invited or None, response_rate=rate)
    return replace(results, step=step, shown=replace(results.shown, figures=found))


async def rounds(tx: Tx, stock: Shelf, instrument: Instrument) -> tuple[str, ...]:
    """The rounds of an instrument: opened, with responses, or published."""
    opened = {each.name for each in await held.of_instrument(tx, instrument.id)}
    kept = await counts.rounds(tx, instrument.id)
    return tuple(sorted({ALWAYS, *opened, *kept, *stock.published.get(instrument.id, {})}))


async def _round(
    tx: Tx, stock: Shelf, installed: Instrument, option: str, name: str
) -> tuple[RoundFigures, Source | None]:
    published = stock.published.get(installed.id, {}).get(name)
    if published is not None:
        return _published(installed, published), None
    known = await rounds(tx, stock, installed)
    if name not in known:
        there = ", ".join(known)
        raise ReportError(f"{option} {name}: {installed.id} has no such round; there are {there}")
    source: Source = (
        Responses(tx, installed.id, name)
        if installed.kind == "survey"
        else await Assessments.read(tx, installed.id, name)
    )
    return await _collected(tx, stock, installed, name, source), source


def _published(installed: Instrument, published: Published) -> RoundFigures:
    """A published round; questions without a table in print are left out."""
    found = figures(installed, published.counted)
    printed = tuple(each for each in found.questions if each.item in published.counted.tallies)
    return RoundFigures(installed, replace(found, questions=printed), published=published)


async def _collected(
    tx: Tx, stock: Shelf, installed: Instrument, name: str, source: Source
) -> RoundFigures:
    """The editions of a round together, read by the installed one; where only others were
    answered, by the last of these.
    """
    editions = await _editions(tx, stock, installed, source)
    shown = editions[-1]
    parts: list[Counted] = []
    apart: Counter[str] = Counter()
    imported = 0
    scores: list[Fraction] = []
    for edition in editions:
        part = await source.counted(edition)
        same = _same(shown, edition)
        apart.update({i: each.base for i, each in part.tallies.items() if i not in same})
        parts.append(
            replace(part, tallies={i: part.tallies[i] for i in same & part.tallies.keys()})
        )
        imported += await source.imported(edition)
        scores += await source.scores(edition)
    found = figures(shown, replace(merged(parts), invited=await _invited(tx, installed.id, name)))
    if found.responded > (found.invited or 0):
        # Responses were collected elsewhere, from people who were not invited here.
        found = replace(found, response_rate=None)
    return RoundFigures(shown, found, imported, +apart, scores=tuple(sorted(scores)))


async def _editions(
    tx: Tx, stock: Shelf, installed: Instrument, source: Source
) -> tuple[Instrument, ...]:
    """The editions that were answered; the one that is shown stands last."""
    answered = await source.editions()
    others = [each for each in answered if each != installed.edition]
    found = [await stock.edition(tx, installed.id, each) for each in others]
    own = [installed] if not others or installed.edition in answered else []
    return (*found, *own)


def _same(shown: Instrument, edition: Instrument) -> set[str]:
    """The items of another edition that ask the same."""
    pairs = ((item, shown.item(item.id)) for item in edition.items)
    language = shown.languages[0]
    return {item.id for item, own in pairs if own is not None and not changed(own, item, language)}


async def _invited(tx: Tx, instrument_id: str, round_name: str) -> int | None:
    """Whoever was given a link or began by themselves; None where nobody was."""
    states = await participation.counts(tx, instrument_id, round_name)
    forgotten = await participation.forgotten(tx, instrument_id, round_name)
    return sum(states.values()) + forgotten or None


async def _divided(results: Results, stock: Shelf, tx: Tx, source: Source, by: str) -> Results:
    """With every question within the groups that one of them makes."""
    instrument = results.shown.instrument
    divides = next((each for each in instrument.items if by in {each.id, each.number}), None)
    if not isinstance(divides, Choice | Criterion):
        numbers = [each.id for each in instrument.items if isinstance(each, Choice | Criterion)]
        span = f"one of {', '.join(numbers)}"
        raise ReportError(f"--by {by}: is no question with options here; write {span}")
    editions = await _editions(tx, stock, stock.instruments[instrument.id], source)
    parts: dict[Selection, dict[str, Tally]] = {}
    for edition in editions:
        same = _same(instrument, edition)
        found = await source.divided(edition, divides.id) if divides.id in same else {}
        for made, items in found.items():
            part = parts.setdefault(made, {})
            for item_id in same & items.keys():
                part[item_id] = added(part.get(item_id, NOBODY), items[item_id])
    bases = {each.item: each.base for each in results.shown.figures.questions}
    tables: dict[str, CrossTable] = {}
    for item in instrument.items:
        if not isinstance(item, Choice | Criterion) or item.id == divides.id or not bases[item.id]:
            continue
        among = {made: items[item.id] for made, items in parts.items() if item.id in items}
        both, smallest = (bases[item.id], bases[divides.id]), results.limits.smallest_group
        tables[item.id] = crossed(item, divides, among, bases=both, smallest=smallest)
    return replace(results, by=divides, crossed=tables)


async def _listed(
    results: Results, stock: Shelf, tx: Tx, source: Source
) -> dict[str, tuple[str, ...]]:
    """The texts of every question that has enough of them, in alphabetical order."""
    instrument = results.shown.instrument
    editions = await _editions(tx, stock, stock.instruments[instrument.id], source)
    listed: dict[str, tuple[str, ...]] = {}
    for asked in results.shown.figures.questions:
        if asked.comments >= results.limits.smallest_comments:
            found = [
                each
                for edition in editions
                if asked.item in _same(instrument, edition)
                for each in await source.words(edition, asked.item)
            ]
            listed[asked.item] = tuple(sorted(found))
    return listed
