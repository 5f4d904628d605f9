"""How much memory work takes, measured from outside Python too: SQLite sorts in memory of its own,
which `tracemalloc` does not see. So it is done in a fresh process, whose peak is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.collecting import Round

_STATUS = Path("/proc/self/status")


def grown(work: Callable[[Round], object], of: Round) -> float:
    """By how many MiB a process grows at most while it works."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawning) as apart:
        return apart.submit(_grown, work, of).result()


def _grown(work: Callable[[Round], object], of: Round) -> float:
    # Once on a round that nobody answered: what is loaded and compiled is there afterwards.
    work(replace(of, name="nobody's"))
    before = _peak()
    work(of)
    return _peak() - before


def _peak() -> float:
    """The most that was resident so far, in MiB."""
    if _STATUS.exists():  # on Linux, getrusage begins with what the parent had
        status = _STATUS.read_text(encoding="ascii")
        (line,) = (each for each in status.splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**2
