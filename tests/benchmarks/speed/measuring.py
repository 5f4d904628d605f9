"""One bot, one crowd, one window: what it did in it and what that cost."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.speed.processes import cores, running, standing_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.speed.contenders import Contender
    from tests.benchmarks.speed.processes import Process, StandIn

READY = 60.0
GATHERED = 600.0
"""Seconds in which everybody has to be where they begin; most of it is a slow bot's time."""
SETTLING = 1.0
"""Seconds after which a crowd that set off all at once has spread."""


class NotMeasuredError(Exception):
    """A bot did not do what was to be measured, with the end of what it said."""


@dataclass(frozen=True, slots=True)
class Load:
    """What people do."""

    mode: str
    users: int
    seconds: float
    think: float = 0.0
    delay: float = 0.0
    """Seconds for which every answer of the Bot API is held back."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it."""

    rate: float
    """Acknowledged updates a second."""
    cpu: float
    """Milliseconds of the bot's user and system time, all threads, an update."""
    p50: float
    p95: float
    p99: float
    """Milliseconds until an action is acknowledged."""
    idle: float
    most: float
    """MiB before anybody came, and at the most."""
    calls: float
    """Calls an update."""
    beside: float
    """Milliseconds of the stand-in's own time an update."""
    alone: float
    """Of the window, the share for which the bot had its core."""

    @property
    def per_core(self) -> float:
        """Updates for a second of the bot's own time: what a busy machine disturbs least."""
        return 1000 / self.cpu


@contextmanager
def bot(
    contender: Contender, mode: str, folder: Path | None = None
) -> Iterator[tuple[StandIn, Process]]:
    """A bot that is ready, over an empty folder, or over one with what an earlier start left."""
    with tempfile.TemporaryDirectory() as empty, standing_in() as api:
        folder = folder or Path(empty)
        words, environment = contender.command(folder, api.base_url, mode)
        log = folder / "log"
        with running(words, log, cores()[0], environment) as process:
            becomes_ready(lambda: api.told()["ready"] is not None, contender.name, process, log)
            yield api, process


def becomes_ready(ready: Callable[[], bool], name: str, process: Process, log: Path) -> None:
    """Until a bot does what shows that it is. Raises NotMeasuredError where it ends instead."""

    def asked() -> bool:
        if not process.alive():
            raise NotMeasuredError(log.read_text("utf-8", "replace")[-2000:])
        return ready()

    wait(asked, READY, f"{name} is not ready")


def stands(api: StandIn) -> dict[str, Any]:
    """How things stand. Raises NotMeasuredError where somebody does not know what to do."""
    told = api.told()
    if told["lost"]:
        raise NotMeasuredError(told["lost"][0])
    return told


def wait(
    condition: Callable[[], bool], seconds: float, otherwise: str, every: float = 0.02
) -> None:
    """Until it holds. Raises NotMeasuredError where that takes too long."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise NotMeasuredError(f"{otherwise} after {seconds:.0f} s")
        time.sleep(every)


def window(
    api: StandIn, load: Load, name: str, *meters: Callable[[], float]
) -> tuple[dict[str, Any], list[float]]:
    """What was counted in the midst of a crowd that was let loose, and by how much each meter grew
    meanwhile.
    """
    api.told(gather=load.users)
    wait(lambda: stands(api)["gathered"], GATHERED, f"{name} loses people")
    api.told(go=True, think=load.think, delay=load.delay)
    time.sleep(max(SETTLING, 2 * load.think))
    before = [meter() for meter in meters]
    api.told(begin=True)
    time.sleep(load.seconds)
    said = api.told(figures=True)
    grown = [meter() - start for meter, start in zip(meters, before, strict=True)]
    if said["refused"] or said["undelivered"]:
        told = f"{name}: refused {said['refused']}, undelivered {said['undelivered']}"
        print(told, file=sys.stderr, flush=True)  # noqa: T201 - a program
    if not said["updates"]:
        raise NotMeasuredError(f"{name} acknowledged nothing in {load.seconds} s")
    return said, grown


def measured(contender: Contender, load: Load) -> Run:
    """Let a crowd loose on a bot, and measure a window in the midst of it."""
    with bot(contender, load.mode) as (api, process):
        time.sleep(SETTLING)
        idle = process.memory()
        said, (cpu,) = window(api, load, contender.name, process.cpu)
        most = process.memory("VmHWM")
    updates = said["updates"]
    return Run(
        rate=updates / said["seconds"],
        cpu=1000 * cpu / updates,
        p50=1000 * said["p50"],
        p95=1000 * said["p95"],
        p99=1000 * said["p99"],
        idle=idle,
        most=most,
        calls=said["calls"] / updates,
        beside=1000 * said["cpu"] / updates,
        alone=cpu / said["seconds"],
    )
