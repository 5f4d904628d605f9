"""A disk that is full, or fails, loses nothing and has nothing shown as saved that is not."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.durable.crowd import square
from tests.durable.trial import House, Trial, judge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner

SEED = int(os.environ.get("ASSAY_SEED") or random.randrange(2**32))
TRIALS = 3 * int(os.environ.get("ASSAY_TORTURE") or 1)
"""Of each error."""
PEOPLE = 10
CALLS = "pwrite64,fdatasync,fsync,ftruncate"
"""What SQLite writes with."""

pytestmark = pytest.mark.timeout(300)


class Disk:
    """The disk under a running product, which can fail."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house, self.chance = house, chance
        self.log = house.folder / "calls"

    async def fails(self, error: str, meanwhile: int) -> None:
        """Have every so many-th call fail, until so many things have happened at Telegram."""
        first, step = self.chance.randint(1, 20), self.chance.randint(2, 9)
        files = [f"{self.house.database}{end}" for end in ("", "-wal", ".keys", ".keys-wal")]
        strace = await asyncio.create_subprocess_exec(
            "strace", "-f", "-qq", "-p", str(self.house.pid), "-A", "-o", str(self.log),
            *(word for file in files for word in ("-P", file)),
            "-e", f"trace={CALLS}", "-e", f"inject={CALLS}:error={error}:when={first}+{step}",
        )  # fmt: skip
        for _ in range(meanwhile):
            try:
                async with asyncio.timeout(2):  # where all have stopped, time must go on
                    await self.house.api.updates.something_happened()
            except TimeoutError:
                break
        strace.send_signal(signal.SIGINT)
        await strace.wait()

    @property
    def failures(self) -> int:
        """Calls that failed."""
        return self.log.read_text("utf-8").count("(INJECTED)") if self.log.exists() else 0


@pytest.mark.parametrize("number", range(TRIALS))
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
async def test_nothing_is_lost_or_doubled_while_the_disk_fails(
    spawner: Spawner, tmp_path: Path, error: str, number: int
) -> None:
    sys.stderr.write(f"ASSAY_SEED={SEED + number}\n")
    chance = random.Random(SEED + number)
    async with square() as api:
        house = House(tmp_path, spawner, api)
        await house.opens()
        disk = Disk(house, chance)
        trial = Trial(house, chance, PEOPLE, 0)

        async def fail() -> None:
            while True:
                for _ in range(chance.randint(20, 60)):
                    await api.updates.something_happened()
                await disk.fails(error, 12)

        failing = asyncio.create_task(fail())
        await trial.runs()
        failing.cancel()
        await asyncio.gather(failing, return_exceptions=True)
        await judge(trial)
    sys.stderr.write(f"{trial.updates} updates, {disk.failures} calls failed\n")
    assert disk.failures
