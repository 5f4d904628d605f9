"""What was measured, as tables for docs/performance.md."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from tests.benchmarks.speed.processes import CORES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.benchmarks.speed.contenders import Contender
    from tests.benchmarks.speed.measuring import Run

Runs: TypeAlias = "Mapping[Contender, Sequence[Run]]"


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure and what it must be; without a limit it stands there to be compared."""

    what: str
    figure: float
    limit: float | None
    at_most: bool = True
    unit: str = ""

    def line(self) -> list[str]:
        """The row of a table."""
        shown = f"{short(self.figure)}{self.unit}"
        if self.limit is None:
            return [self.what, shown, "", ""]
        kept = self.figure <= self.limit if self.at_most else self.figure >= self.limit
        word = "at most" if self.at_most else "at least"
        return [
            self.what,
            shown,
            f"{word} {self.limit:g}{self.unit}",
            "yes" if kept else "**no**",
        ]


def bounds(found: Iterable[Bound]) -> str:
    """The table of what must hold."""
    return table(["figure", "measured", "bound", "kept"], [each.line() for each in found])


def of_runs(runs: Runs) -> str:
    """The table of all bots: medians, and the span of what varies most."""
    head = [
        "bot", "durable", "updates/s", "updates a CPU second", "CPU ms/update",
        "reply p50 / p95 / p99 ms", "memory idle / most MiB", "calls/update", "stand-in ms/update",
        "bot's share of its core",
    ]  # fmt: skip
    return table(head, [_row(*each) for each in runs.items()])


def _row(contender: Contender, runs: Sequence[Run]) -> list[str]:
    waits = (of(runs, each) for each in ("p50", "p95", "p99"))
    return [
        contender.what,
        "yes" if contender.durable else "no",
        f"{short(of(runs, 'rate'))} ({span(runs, 'rate')})",
        short(of(runs, "per_core")),
        f"{short(of(runs, 'cpu'))} ({span(runs, 'cpu')})",
        " / ".join(map(short, waits)),
        f"{of(runs, 'idle'):.0f} / {of(runs, 'most'):.0f}",
        f"{of(runs, 'calls'):.2f}",
        f"{of(runs, 'beside'):.3f}",
        f"{of(runs, 'alone'):.0%}",
    ]


def of(runs: Sequence[Run], what: str) -> float:
    """The median of one figure."""
    return median(getattr(run, what) for run in runs)


def span(runs: Sequence[Run], what: str) -> str:
    """The least and the most of one figure."""
    found = sorted(getattr(run, what) for run in runs)
    return f"{short(found[0])}–{short(found[-1])}"


def short(figure: float) -> str:
    """Three digits that count."""
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def made_by(words: Sequence[str]) -> str:
    """The command and the machine."""
    said = [each for at, each in enumerate(words) if "--raw" not in (each, *words[at - 1 : at])]
    command = f'make bench ARGS="speed {shlex.join(said)}"'
    uname = platform.uname()
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}: {len(CORES)} cores of "
        f"{_processor()}, {uname.system} {uname.machine}, Python {sys.version.split()[0]}; "
        f"load average at the end {load}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown make"
