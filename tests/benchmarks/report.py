"""What a round that many answered costs: its figures, its cross-tables, its words, its rows."""

from __future__ import annotations

import secrets
import time
import tracemalloc

from flows import statistics
from flows.marks import layout
from flows.statistics import Figures
from storage import figures, responses
from storage.database import Database, Tx
from storage.responses import Response
from tests.benchmarks.collecting import PERIOD, Round
from tests.benchmarks.memory import grown
from tests.benchmarks.population import population
from tests.benchmarks.registry import of_a_round, seconds

DIVIDES, DIVIDES_MANY = "q6", "q1"
SENT, SEED = 200, 3


def whole(of: Round) -> Figures:
    """The figures of the round, every question."""
    counted = of.read(lambda tx: figures.counted(tx, of.instrument, of.name))
    return statistics.figures(of.instrument, counted)


def every_table(of: Round, by: str = DIVIDES) -> int:
    """Every question within the groups that one of them makes: how many groups."""
    return len(of.read(lambda tx: figures.divided(tx, of.instrument, of.name, by)))


def listed(of: Round) -> int:
    """The words given with one question: how many."""
    return len(of.read(lambda tx: figures.words(tx, of.instrument, of.name, DIVIDES)))


def exported(of: Round) -> int:
    """The responses one by one: how many."""

    async def count(tx: Tx) -> int:
        number = 0
        async for _ in figures.rows(tx, of.instrument, of.name):
            number += 1
        return number

    return of.read(count)


@of_a_round("figures of the whole round, every question", "ms")
def report(of: Round) -> float:
    return 1000 * seconds(lambda: whole(of))


@of_a_round("cross-tables of all other questions by question 6", "ms")
def cross_tables(of: Round) -> float:
    return 1000 * seconds(lambda: every_table(of))


@of_a_round("cross-tables of all other questions by question 1, tick-all", "ms")
def cross_tables_many(of: Round) -> float:
    return 1000 * seconds(lambda: every_table(of, DIVIDES_MANY))


@of_a_round("every comment on one question", "ms")
def comments(of: Round) -> float:
    return 1000 * seconds(lambda: listed(of))


@of_a_round("responses read one by one for an export", "1/s")
def export(of: Round) -> float:
    return of.responses / seconds(lambda: exported(of))


@of_a_round("the figures: the most that Python holds", "MiB")
def report_objects(of: Round) -> float:
    tracemalloc.start()
    whole(of)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1024**2


@of_a_round("the figures: growth of the process", "MiB")
def report_memory(of: Round) -> float:
    return grown(whole, of)


@of_a_round("all cross-tables: growth of the process", "MiB")
def cross_tables_memory(of: Round) -> float:
    return grown(every_table, of)


@of_a_round("the export: growth of the process", "MiB")
def export_memory(of: Round) -> float:
    return grown(exported, of)


@of_a_round("one more response kept, committed by itself", "ms")
def keep(of: Round) -> float:
    """Last of all: afterwards the round has more responses."""
    lines = layout(of.instrument)
    said = [
        Response(lines.answers("".join(marks for _, marks in one.marks)))
        for one in population(of.instrument, SENT, SEED)
    ]

    async def send(database: Database) -> float:
        began = time.perf_counter()
        for each in said:
            async with database.writing() as tx:
                await responses.add(
                    tx,
                    of.instrument,
                    of.name,
                    [each],
                    token=lambda: secrets.token_hex(16),
                    period=PERIOD,
                )
        return time.perf_counter() - began

    return 1000 * of.open(send) / SENT
