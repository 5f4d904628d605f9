"""The list of benchmarks. One is a small function that returns one figure; it is added by a
decorator that says what the figure tells and in which unit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 3


@dataclass(frozen=True, slots=True)
class Benchmark:
    name: str
    what: str
    unit: str
    measure: Callable[..., float]
    of_a_round: bool
    """Whether it is given a round, and measured on each database."""
    at_most: float | None = None
    """The bound that the project has set itself."""

    def shown(self, figure: float) -> str:
        """The figure in as many places as tell something."""
        return f"{figure:.3f}" if self.unit == "×" else f"{figure:,.1f}"

    def judged(self, figure: float) -> str:
        """What is measured, and whether the bound is kept."""
        if self.at_most is None:
            return self.what
        kept = "kept" if figure <= self.at_most else "MISSED"
        return f"{self.what}; at most {self.at_most}: {kept}"


BENCHMARKS: dict[str, Benchmark] = {}
"""By name, in the order in which they run."""


def benchmark(what: str, unit: str):
    """Add a function that takes nothing."""
    return _adding(what, unit, of_a_round=False)


def of_a_round(what: str, unit: str, *, at_most: float | None = None):
    """Add a function that takes a `Round`, a round of the survey that many answered."""
    return _adding(what, unit, of_a_round=True, at_most=at_most)


def _adding(what: str, unit: str, *, of_a_round: bool, at_most: float | None = None):
    def add(measure: Callable[..., float]) -> Callable[..., float]:
        name = measure.__name__
        if name in BENCHMARKS:
            raise ValueError(f"there are two benchmarks {name}")
        BENCHMARKS[name] = Benchmark(name, what, unit, measure, of_a_round, at_most)
        return measure

    return add


def seconds(work: Callable[[], object]) -> float:
    """How long it takes when nothing disturbs: the shortest of some runs."""
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)
