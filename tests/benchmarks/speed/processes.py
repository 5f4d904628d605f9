"""Processes side by side: started, kept on their cores, and asked what they cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
"""The Python that has the other libraries, and uvloop for the stand-in."""
PATIENCE = 20.0
TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024
CORES = sorted(os.sched_getaffinity(0))
"""All that may be used; read once, before anybody is kept on one of them."""


def cores() -> tuple[set[int], set[int]]:
    """Those of the bot, and the one of the stand-in; the same where there is only one."""
    *others, last = CORES
    return set(others) or {last}, {last}


class Process:
    """A running program."""

    def __init__(self, running: subprocess.Popen[bytes]) -> None:
        self.running = running
        self.pid = running.pid

    def cpu(self) -> float:
        """Seconds of user and system time, of all its threads."""
        return sum(_times(self.pid)[:2]) / TICKS

    def memory(self, of: str = "VmRSS") -> float:
        """MiB that it holds; ``VmHWM`` for the most it ever held."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(of):
                return int(line.split()[1]) / MIB
        raise ProcessLookupError(self.pid)

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.running.poll() is None


def cpu_of_family(pid: int) -> float:
    """The same of a process and of its children, those that ended among them."""
    ticks = sum(_times(pid))
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it ends just now
            ticks += sum(_times(int(child))[:2])
    return ticks / TICKS


def _times(pid: int) -> list[int]:
    """User and system time, and the same two of children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(each) for each in fields[11:15]]


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    pinned: set[int],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """A program, killed at the end: what it kept must not depend on a good end."""
    with log.open("ab") as into:
        started = subprocess.Popen(
            [str(each) for each in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=into,
            stderr=into,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: os.sched_setaffinity(0, pinned),  # noqa: PLW1509 - no threads here
        )
    try:
        yield Process(started)
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()


class StandIn(Process):
    """The process of the stand-in and the people, and orders to it."""

    port: int

    def told(self, **order: Any) -> dict[str, Any]:
        """Give an order; what was counted so far."""
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write(json.dumps(order).encode() + b"\n")
        self.running.stdin.flush()
        return dict(json.loads(self.running.stdout.readline()))

    @property
    def base_url(self) -> str:
        """What a bot is given."""
        return f"http://127.0.0.1:{self.port}/bot"


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in on its own core."""
    _, core = cores()
    python = PEERS if PEERS.exists() else Path(sys.executable)
    with subprocess.Popen(
        [python, "-m", "tests.benchmarks.speed.standin"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, core),  # noqa: PLW1509 - no threads here
    ) as started:
        process = StandIn(started)
        assert started.stdout is not None
        process.port = json.loads(started.stdout.readline())["port"]
        try:
            yield process
        finally:
            started.kill()
