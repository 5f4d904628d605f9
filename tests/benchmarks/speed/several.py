"""The product as several instances on one PostgreSQL, which updates reach in turn."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests import postgres
from tests.benchmarks.speed.contenders import ASSAY, free_port
from tests.benchmarks.speed.measuring import SETTLING, Load, becomes_ready, window
from tests.benchmarks.speed.processes import CORES, cpu_of_family, running, standing_in
from tests.benchmarks.speed.scenarios import scenario
from tests.benchmarks.speed.tables import short, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.speed.processes import Process, StandIn
    from tests.benchmarks.speed.scenarios import Wish

MOST = 4
HEAD = [
    "instances", "updates/s", "beside one instance", "CPU ms/update, instances together",
    "CPU ms/update, PostgreSQL", "reply p50 / p99 ms", "stand-in ms/update",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Together:
    """What so many instances did in a window."""

    rate: float
    """Acknowledged updates a second."""
    cpu: float
    """Milliseconds of user and system time of all instances, an update."""
    database: float
    """The same of PostgreSQL; not a number where the server is not our own."""
    p50: float
    p99: float
    """Milliseconds until an action is acknowledged."""
    beside: float
    """Milliseconds of the stand-in's own time an update."""


@contextmanager
def instances(database_url: str, many: int) -> Iterator[tuple[StandIn, list[Process]]]:
    """So many that are ready. They share all cores: on one, a second could not be of any use."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        api = opened.enter_context(standing_in())
        ports = [free_port() for _ in range(many)]
        api.told(behind=[f"http://127.0.0.1:{port}/telegram/webhook" for port in ports])
        words, _ = ASSAY.command(folder, api.base_url, "webhook")
        shared = {
            "ASSAY_DATABASE__URL": database_url,
            "ASSAY_DATABASE__KEYS": f"sqlite:///{folder / 'keys.sqlite3'}",
        }
        started: list[Process] = []
        for port in ports:
            log = folder / f"log-{port}"
            own = {**shared, "ASSAY_WEB__PORT": str(port)}
            started.append(opened.enter_context(running(words, log, set(CORES), own)))
            becomes_ready(lambda: _ready(api) == len(started), "an instance", started[-1], log)
        yield api, started


def _ready(api: StandIn) -> int:
    """How many have told where they take updates."""
    return int(api.told(figures=True)["methods"].get("setWebhook", 0))


def together(server: postgres.PostgresServer, many: int, load: Load) -> Together:
    """Let a crowd loose on so many instances over an empty database."""
    with server.database() as url, instances(url, many) as (api, started):
        time.sleep(SETTLING)

        def of_instances() -> float:
            return sum(each.cpu() for each in started)

        def of_database() -> float:
            return nan if server.pid is None else cpu_of_family(server.pid)

        said, (cpu, database) = window(api, load, f"{many} instances", of_instances, of_database)
    updates = said["updates"]
    return Together(
        rate=updates / said["seconds"],
        cpu=1000 * cpu / updates,
        database=1000 * database / updates,
        p50=1000 * said["p50"],
        p99=1000 * said["p99"],
        beside=1000 * said["cpu"] / updates,
    )


@scenario("several", "1 to 4 instances on one durable PostgreSQL, webhook: 64 users, no thinking")
def several(wish: Wish) -> str:
    """Whether one more is of use for speed, on a machine that carries all of this."""
    load = Load("webhook", wish.users or 64, wish.seconds)
    runs: dict[int, list[Together]] = {many: [] for many in range(1, MOST + 1)}
    with postgres.running_server(durable=True) as server:
        for number in range(wish.rounds):
            for many, found in runs.items():
                found.append(together(server, many, load))
                said = f"{number + 1}/{wish.rounds} {many}: {found[-1].rate:.0f}/s"
                print(said, file=sys.stderr, flush=True)  # noqa: T201 - a program
    one = _of(runs[1], "rate")
    return table(HEAD, [_row(many, found, one) for many, found in runs.items()])


def _row(many: int, found: Sequence[Together], one: float) -> list[str]:
    rate, database = _of(found, "rate"), _of(found, "database")
    return [
        str(many),
        short(rate),
        f"{rate / one:.2f} ×",
        short(_of(found, "cpu")),
        "" if isnan(database) else short(database),
        f"{short(_of(found, 'p50'))} / {short(_of(found, 'p99'))}",
        f"{_of(found, 'beside'):.3f}",
    ]


def _of(runs: Sequence[Together], what: str) -> float:
    return float(median(getattr(run, what) for run in runs))
