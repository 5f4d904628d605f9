"""How soon a bot is there, what it holds when nobody comes, and what it holds when many came."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.speed.contenders import ASSAY, MINIMAL
from tests.benchmarks.speed.measuring import bot, stands, wait
from tests.benchmarks.speed.scenarios import scenario
from tests.benchmarks.speed.tables import Bound, bounds, short, table

if TYPE_CHECKING:
    from tests.benchmarks.speed.contenders import Contender
    from tests.benchmarks.speed.scenarios import Wish

IDLE = 3.0
"""Seconds after which a bot that nobody speaks with has settled."""
FIRST = 1_000
"""Interviews after which everything is loaded."""
LAST = 100_000
HOURS = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Start:
    """One start."""

    ready: float
    """Milliseconds until updates are asked for."""
    cpu: float
    """Milliseconds of user and system time until then and while it settles."""
    idle: float
    """MiB then."""


def started(contender: Contender, folder: Path) -> Start:
    """Start it once."""
    began = time.monotonic()
    with bot(contender, "polling", folder) as (api, process):
        ready = api.told()["ready"] - began
        time.sleep(IDLE)
        return Start(1000 * ready, 1000 * process.cpu(), process.memory())


@scenario("start", "start, and memory with nobody there")
def start(wish: Wish) -> str:
    """All doors of the product are open: polling, pages, database, scheduler. The bounds are of a
    start over a database that is there; the first one makes it, step by step.
    """
    first: dict[Contender, list[Start]] = {ASSAY: [], MINIMAL: []}
    runs: dict[Contender, list[Start]] = {ASSAY: [], MINIMAL: []}
    for number in range(wish.rounds + 1):
        for each, found in runs.items():
            with tempfile.TemporaryDirectory() as folder:
                begun, again = (started(each, Path(folder)) for _ in range(2))
            if number:  # the first time, what is compiled was not on the disk
                first[each].append(begun)
                found.append(again)
    cells = ("ready", "cpu", "idle")
    rows = [
        [
            f"{each.what}{when}",
            *(short(_of(found[each], name)) for name in cells),
        ]
        for when, found in (("", runs), (", first start in a folder", first))
        for each in runs
    ]
    head = ["bot", "first getUpdates after ms", "CPU ms", "memory idle MiB"]
    ratio = _of(runs[ASSAY], "ready") / _of(runs[MINIMAL], "ready")
    found_bounds = [
        Bound(f"ready / {MINIMAL.what}", ratio, 1.5, unit=" ×"),
        Bound("memory idle, all doors open", _of(runs[ASSAY], "idle"), 110, unit=" MiB"),
    ]
    return f"{table(head, rows)}\n\n{bounds(found_bounds)}"


def _of(runs: list[Start], what: str) -> float:
    return median(getattr(run, what) for run in runs)


@scenario("growth", "memory and cost per update from 1,000 interviews to 100,000 (--interviews)")
def growth(wish: Wish) -> str:
    """One bot, one database, a crowd that never ends."""
    last = wish.interviews or LAST
    rows, held, done = [], [], 0
    with bot(ASSAY, "polling") as (api, process):
        api.told(gather=wish.users or 64)
        wait(lambda: stands(api)["gathered"], HOURS, "people are lost")
        api.told(go=True, think=0.0, delay=0.0)
        for number in (*(each for each in (FIRST, 10 * FIRST) if each < last), last):
            api.told(begin=True)
            before, more = process.cpu(), number - done
            wait(lambda more=more: stands(api)["walks"] >= more, HOURS, "no end", every=0.5)
            said = api.told(figures=True)
            cost = 1000 * (process.cpu() - before) / said["updates"]
            done += said["walks"]
            held.append(process.memory())
            rate = said["updates"] / said["seconds"]
            rows.append([f"{done:,}", short(held[-1]), short(cost), short(rate)])
    head = ["interviews", "memory MiB", "CPU ms/update since the line above", "updates/s"]
    grown = Bound("growth of memory", 100 * (held[-1] / held[0] - 1), 10, unit=" %")
    return f"{table(head, rows)}\n\n{bounds([grown])}"
