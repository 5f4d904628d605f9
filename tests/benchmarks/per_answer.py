"""The report beside the usual way to keep answers: a table with one row per answer and an index
that covers what is counted. Both in one run, over the same people; their counts must be the same.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from statistics import median
from typing import TypeAlias

from sqlalchemy import create_engine, text

from bot import shelf
from bot.reports.results.gathered import Results, Wish, gather
from bot.settings import Reports
from flows.marks import Layout, layout
from flows.statistics import NOBODY, Tally, added
from storage import figures
from storage.database import Database, Tx
from tests.benchmarks.collecting import Round
from tests.benchmarks.registry import RUNS, of_a_round

BY, OPTION = "q6", "q6a"
Counts: TypeAlias = Mapping[tuple[str, ...], int]
"""People by item, ticks by item and option; within groups, after the option that makes one."""
Work: TypeAlias = Callable[[Tx], Awaitable[Counts]]

QUICKLY = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")
MADE = """
CREATE TABLE place (question INTEGER, choice INTEGER, at INTEGER);
CREATE TABLE person AS SELECT row_number() OVER (ORDER BY id) AS number, marks FROM response;
CREATE TABLE answer
    (question INTEGER NOT NULL, choice INTEGER NOT NULL, response INTEGER NOT NULL)
"""
FILLED = """
INSERT INTO answer SELECT question, choice, number FROM place CROSS JOIN person
    WHERE substr(marks, at, 1) = '1';
CREATE INDEX answered ON answer (question, choice, response);
DROP TABLE person
"""
# Of some ways to ask, the fastest on each database; SQLite answers faster without ANALYZE.
TICKS = "SELECT question, choice, count(*) FROM answer {those} GROUP BY question, choice"
PEOPLE = "SELECT question, count(DISTINCT response) FROM answer {those} GROUP BY question"
THOSE = (
    "WHERE response IN (SELECT response FROM answer WHERE question = {by} AND choice = {option})"
)


class Usual:
    """The usual way: its table, and what it answers, in our words."""

    def __init__(self, lines: Layout) -> None:
        self._fields = lines.fields
        self._by = lines.by_item[BY]

    def fill(self, url: str) -> None:
        """Put every answer of the round into a row."""
        places = [
            {"question": question, "choice": choice, "at": field.start + choice + 1}
            for question, field in enumerate(self._fields)
            for choice in range(len(field.options))
        ]
        engine = create_engine(url.replace("+aiosqlite", ""))
        on_sqlite = engine.dialect.name == "sqlite"
        with engine.begin() as connection:
            for each in (*(QUICKLY if on_sqlite else ()), *MADE.split(";")):
                connection.execute(text(each))
            connection.execute(text("INSERT INTO place VALUES (:question, :choice, :at)"), places)
            for each in FILLED.split(";"):
                connection.execute(text(each))
        if not on_sqlite:
            with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                connection.execute(text("VACUUM ANALYZE answer"))
        engine.dispose()

    def empty(self, url: str) -> None:
        """Leave the round alone in its database."""
        engine = create_engine(url.replace("+aiosqlite", ""))
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE answer"))
            connection.execute(text("DROP TABLE place"))
        engine.dispose()

    async def whole(self, tx: Tx) -> Counts:
        """Everybody."""
        return await self._counted(tx, "")

    async def filtered(self, tx: Tx) -> Counts:
        """Those with one option of one question."""
        return await self._counted(tx, THOSE, option=self._by.options.index(OPTION))

    async def divided(self, tx: Tx) -> Counts:
        """Those with each option of one question, one group after the other."""
        found = {}
        for option, named in enumerate(self._by.options):
            group = await self._counted(tx, THOSE, option=option)
            found.update({(named, *key): count for key, count in group.items()})
        return found

    async def _counted(self, tx: Tx, those: str, **names: int) -> Counts:
        if tx.dialect.name == "postgresql":  # it may take longer than the product would wait
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
        found: dict[tuple[str, ...], int] = {}
        for each in (TICKS, PEOPLE):
            asked = each.format(those=those.format(by=self._fields.index(self._by), **names))
            for question, *choices, count in await tx.execute(text(asked)):
                field = self._fields[question]
                found[field.item, *(field.options[choice] for choice in choices)] = count
        return found


class Ours:
    """What `assay report` reads; a question within groups of itself is not among it."""

    def __init__(self, of: Round) -> None:
        self._of, self._stock = of, shelf.read()

    async def whole(self, tx: Tx) -> Counts:
        """Everybody: all that a report without options shows."""
        found = (await self._gathered(tx, None)).shown.figures.questions
        shares = {each.item: {share.option: share.count for share in each.shares} for each in found}
        return _counts({each.item: Tally(each.base, shares[each.item]) for each in found})

    async def filtered(self, tx: Tx) -> Counts:
        """Those with one option of one question."""
        return _counts((await self._groups(tx))[OPTION])

    async def divided(self, tx: Tx) -> Counts:
        """Those with each option of one question."""
        groups = await self._groups(tx)
        return {(group, *key): n for group in groups for key, n in _counts(groups[group]).items()}

    async def report(self, tx: Tx) -> Counts:
        """All that a report with `--by` shows."""
        await self._gathered(tx, BY)
        return {}

    async def _gathered(self, tx: Tx, by: str | None) -> Results:
        return await gather(tx, self._stock, Wish(self._of.instrument.id, by=by), Reports())

    async def _groups(self, tx: Tx) -> Mapping[str, Mapping[str, Tally]]:
        found = await figures.divided(tx, self._of.instrument, self._of.name, BY)
        groups: defaultdict[str, dict[str, Tally]] = defaultdict(dict)
        for made, tallies in found.items():
            for option in made:
                for item, each in tallies.items():
                    groups[option][item] = added(groups[option].get(item, NOBODY), each)
        return groups


def _counts(tallies: Mapping[str, Tally]) -> Counts:
    people = {(item,): each.base for item, each in tallies.items() if each.ticks}
    ticks = {
        (item, option): n for item, each in tallies.items() for option, n in each.ticks.items()
    }
    return {key: count for key, count in {**people, **ticks}.items() if count}


_RATIOS: dict[str, Mapping[str, float]] = {}
"""By the round's database: ours in parts of the usual."""


def _compared(of: Round) -> Mapping[str, float]:
    if of.url not in _RATIOS:
        usual, ours = Usual(layout(of.instrument)), Ours(of)
        usual.fill(of.url)
        _RATIOS[of.url] = of.open(lambda database: _asked_in_turn(database, usual, ours))
        usual.empty(of.url)
    return _RATIOS[of.url]


async def _asked_in_turn(database: Database, usual: Usual, ours: Ours) -> Mapping[str, float]:
    for one, other in (
        (usual.whole, ours.whole),
        (usual.filtered, ours.filtered),
        (usual.divided, ours.divided),
    ):
        async with database.reading() as tx:
            theirs, found = await one(tx), await other(tx)
        if {key: n for key, n in theirs.items() if one == usual.whole or BY not in key} != found:
            raise AssertionError(f"{one.__name__}: the usual way and ours count differently")
    return {
        "whole": await _ratio(database, usual.whole, ours.whole),
        "filtered": await _ratio(database, usual.filtered, ours.filtered),
        "divided": await _ratio(database, usual.divided, ours.report),
    }


async def _ratio(database: Database, usual: Work, ours: Work) -> float:
    taken: dict[Work, list[float]] = {usual: [], ours: []}
    for _ in range(RUNS):
        for work, times in taken.items():
            async with database.reading() as tx:
                began = time.perf_counter()
                await work(tx)
                times.append(time.perf_counter() - began)
    return median(taken[ours]) / median(taken[usual])


@of_a_round("the report, in parts of what a row per answer takes", "×", at_most=0.05)
def whole_ratio(of: Round) -> float:
    return _compared(of)["whole"]


@of_a_round("those with Yes to question 6, in parts of the same", "×", at_most=0.2)
def filtered_ratio(of: Round) -> float:
    return _compared(of)["filtered"]


@of_a_round(
    "the report with all cross-tables by question 6, in parts of the same", "×", at_most=0.2
)
def divided_ratio(of: Round) -> float:
    return _compared(of)["divided"]
