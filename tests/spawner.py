"""The product in processes of their own that begin at once: forked from one that has it all loaded.

Run as ``python -m tests.spawner``. Takes a line of JSON, answers with one: a ``Run`` gives the pid
of a process that runs ``assay`` with its arguments; ``{"wait": pid}`` how it ended. Nothing in the
product knows of this.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import site
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING

import certifi
from alembic import command

from bot import cli, demo, doors
from bot.interchange import export_xlsx
from bot.reports import html
from bot.texts import LANGUAGES, catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when its parent dies."""


def _loaded() -> subprocess.Popen[bytes]:
    asked = [sys.executable, "-m", "tests.spawner"]
    return subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def certificates(pid: int) -> str:
    """Where the certificates of those are that are forked from this process."""
    return f"{gettempdir()}/assay-spawner-{pid}.pem"


@dataclass(frozen=True)
class Run:
    """A command: its arguments, the folder it is run in, files that are its input and outputs, and
    its environment (None: ours). ``plant`` is a mistake of the durable trials.
    """

    args: tuple[str, ...]
    folder: str
    typed: str
    said: str
    failed: str
    environment: dict[str, str] | None = None
    plant: str = ""


@dataclass
class Spawner:
    """Where processes of the product come from; one at a time is waited for."""

    loaded: subprocess.Popen[bytes] = field(default_factory=_loaded)
    running: set[int] = field(default_factory=set)

    def starts(self, *args: str, log: Path, plant: str = "") -> int:
        """Run ``assay`` with these arguments; its pid. What it says is added to the log."""
        return self._runs(Run(args, str(log.parent), os.devnull, str(log), str(log), None, plant))

    def _runs(self, run: Run) -> int:
        pid = self._asks({"run": asdict(run)})
        self.running.add(pid)
        return pid

    def did(
        self, args: Sequence[str], folder: Path, typed: bytes, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        """Run ``assay`` to its end in a folder, with an environment."""
        with TemporaryDirectory() as beside:
            typed_, said, failed = (Path(beside, name) for name in ("in", "out", "err"))
            typed_.write_bytes(typed)
            files = str(typed_), str(said), str(failed)
            pid = self._runs(Run(tuple(args), str(folder), *files, environment))
            ended = self._asks({"wait": pid})
            self.running.discard(pid)
            return subprocess.CompletedProcess(args, ended, said.read_bytes(), failed.read_bytes())

    async def ended(self, pid: int) -> int:
        """How it ended: its exit code, or the negative number of the signal."""
        ended = await asyncio.to_thread(self._asks, {"wait": pid})
        self.running.discard(pid)
        return ended

    def clears(self) -> None:
        """Where a test went away from what it had started, all of it ends, and the next test gets
        another to fork from: this one may still wait for something.
        """
        if self.running:
            self.ends()
            self.loaded = _loaded()

    def ends(self) -> None:
        """Nothing is left of it, nor of what was forked from it."""
        self.loaded.kill()
        with self.loaded:
            pass  # waits for it, and closes both pipes
        Path(certificates(self.loaded.pid)).unlink(missing_ok=True)
        self.running.clear()

    async def kills(self, pid: int) -> None:
        """End it in the midst of whatever it does."""
        os.kill(pid, signal.SIGKILL)
        assert await self.ended(pid) == -signal.SIGKILL

    async def stops(self, pid: int) -> None:
        """Ask it to end."""
        os.kill(pid, signal.SIGTERM)
        assert await self.ended(pid) == 0

    async def does(self, *args: str, log: Path) -> None:
        """Run a command to its good end."""
        ended = await self.ended(self.starts(*args, log=log))
        assert ended == 0, f"assay {' '.join(args)}: {ended}, see {log}"

    def _asks(self, what: dict[str, object]) -> int:
        assert self.loaded.stdin is not None
        assert self.loaded.stdout is not None
        self.loaded.stdin.write(json.dumps(what).encode() + b"\n")
        self.loaded.stdin.flush()
        return int(self.loaded.stdout.readline())


def _become(run: Run) -> None:
    """Be the product from here on; does not return."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody else would end it
    for each, path in enumerate((run.typed, run.said, run.failed)):
        how = os.O_WRONLY | os.O_CREAT | os.O_APPEND if each else os.O_RDONLY
        os.dup2(os.open(path, how), each)
    # As Python does where LC_ALL is C.UTF-8.
    odd = {"encoding": "utf-8", "errors": "surrogateescape"}
    sys.stdin = open(0, closefd=False, **odd)  # noqa: SIM115 - it stays open
    sys.stdout.reconfigure(**odd)
    os.chdir(run.folder)
    sys.argv = ["assay", *run.args]
    if run.environment is not None:
        kept = {"SSL_CERT_FILE": os.environ["SSL_CERT_FILE"]}
        os.environ.clear()
        os.environ.update(kept | run.environment)
        sys.path[:0] = run.environment["PYTHONPATH"].split(os.pathsep)
        sys.modules.pop("sitecustomize", None)
        site.execsitecustomize()
    code = 1
    try:
        if run.plant:
            from tests.durable import planted  # noqa: PLC0415 - for whom it is

            planted.plant(run.plant)
        cli.main()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001 - as Python would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _load() -> None:
    """Have what every start reads, and never changes. No connection of theirs is encrypted: one
    certificate will do.
    """
    for each in (doors, demo, html, export_xlsx, command):
        assert each  # imported for those who are forked from here
    for each in LANGUAGES:
        catalogue(each)
    first, end = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")[:2]
    os.environ["SSL_CERT_FILE"] = certificates(os.getpid())
    Path(os.environ["SSL_CERT_FILE"]).write_text(first + end, "utf-8")
    gc.collect()
    gc.freeze()


def _serve() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "run" in asked:
            answer = os.fork()
            if not answer:
                _become(Run(**asked["run"]))
        else:
            _, status = os.waitpid(asked["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _load()
    _serve()
