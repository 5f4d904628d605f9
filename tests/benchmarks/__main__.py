"""Prints what is measured: `make bench`, or `make bench ARGS="--responses 10000"`; how fast the bot
is beside others: `make bench ARGS="speed polling"`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.benchmarks import growth, per_answer, report, scores  # noqa: F401 - importing adds them to the list
from tests.benchmarks.collecting import Round, collect
from tests.benchmarks.population import population
from tests.benchmarks.registry import BENCHMARKS, RUNS, Benchmark
from tests.benchmarks.speed import __main__ as speed
from tests.flows.playing import ASI

SEED = 2021
WIDTHS = "{:<20} {:<10} {:>12} {:<5} {}"


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite+aiosqlite:///{folder / 'bench.sqlite3'}"


@contextmanager
def postgresql(_: Path) -> Iterator[str]:
    with postgres.running_server() as server, server.database() as url:
        yield url


DATABASES = {"sqlite": sqlite, "postgresql": postgresql}


def main(words: list[str]) -> int:
    if words[:1] == ["speed"]:
        return speed.main(words[1:])
    wish = _wish(words)
    if wish.growth is not None:
        return _growth(wish.database, wish.growth or growth.SIZES)
    chosen = [each for each in BENCHMARKS.values() if not wish.only or each.name in wish.only]
    _print(f"the best of {RUNS} runs; {wish.responses:,} responses in a round")
    _print(WIDTHS.format("benchmark", "database", "figure", "unit", "what"))
    for each in chosen:
        if not each.of_a_round:
            _line(each, "-", each.measure())
    of_a_round = [each for each in chosen if each.of_a_round]
    for name in wish.database if of_a_round else ():
        with tempfile.TemporaryDirectory() as folder, DATABASES[name](Path(folder)) as url:
            of = _collected(url, wish.responses)
            for each in of_a_round:
                _line(each, name, each.measure(of))
    return 0


def _wish(words: list[str]) -> argparse.Namespace:
    asking = argparse.ArgumentParser(prog="make bench", description="Measures, and prints a table.")
    asking.add_argument("--responses", type=_positive, default=1_000_000, help="in a round")
    asking.add_argument("--only", nargs="+", choices=BENCHMARKS, help="these benchmarks")
    asking.add_argument("--database", nargs="+", choices=DATABASES, default=list(DATABASES))
    asking.add_argument(
        "--growth",
        type=_positive,
        nargs="*",
        metavar="PEOPLE",
        help="instead: what grows with people, at these numbers of them",
    )
    return asking.parse_args(words)


def _growth(databases: Iterable[str], sizes: Iterable[int]) -> int:
    for name in databases:
        costs = {}
        for number in sizes:
            with tempfile.TemporaryDirectory() as folder, DATABASES[name](Path(folder)) as url:
                costs[number] = growth.measured(url, Path(folder), number)
        _print(f"\n{name}\n")
        for line in growth.table(costs):
            _print(line)
    return 0


def _positive(word: str) -> int:
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word}: write a number from 1 up")
    return int(word)


def _collected(url: str, number: int) -> Round:
    began = time.perf_counter()
    made = collect(url, ASI, number, population(ASI, number, SEED))
    taken = time.perf_counter() - began
    print(f"({number:,} responses made up in {taken:.0f} s)", file=sys.stderr, flush=True)  # noqa: T201 - a program
    return made


def _line(one: Benchmark, database: str, figure: float) -> None:
    _print(WIDTHS.format(one.name, database, one.shown(figure), one.unit, one.judged(figure)))


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
