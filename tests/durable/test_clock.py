"""A clock that jumps back and forth by hours and days loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from typing import TYPE_CHECKING

import pytest

from tests.durable.crowd import square
from tests.durable.trial import House, Trial, judge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner

SEED = int(os.environ.get("ASSAY_SEED") or random.randrange(2**32))
AN_HOUR, A_DAY = 3_600, 86_400
JUMPS = (0, AN_HOUR, -AN_HOUR, A_DAY, -A_DAY, 30 * A_DAY, -30 * A_DAY)
KILLS = 4
TRIALS = 3 * int(os.environ.get("ASSAY_TORTURE") or 1)

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("number", range(TRIALS))
async def test_nothing_is_lost_or_doubled_while_the_clock_jumps(
    spawner: Spawner, tmp_path: Path, number: int
) -> None:
    sys.stderr.write(f"ASSAY_SEED={SEED + number}\n")
    chance = random.Random(SEED + number)
    ahead = tmp_path / "ahead"
    ahead.write_text("0", "utf-8")
    jumps = 0
    async with square() as api:
        house = House(tmp_path, spawner, api, "clock that jumps")
        await house.opens()
        trial = Trial(house, chance, 15, KILLS)

        async def jump() -> None:
            nonlocal jumps
            while True:
                for _ in range(chance.randint(10, 60)):
                    await api.updates.something_happened()
                jumps += 1
                part = tmp_path / "part"
                part.write_text(str(chance.choice(JUMPS)), "utf-8")
                part.rename(ahead)  # never read half written

        jumping = asyncio.create_task(jump())
        await trial.runs()
        jumping.cancel()
        await asyncio.gather(jumping, return_exceptions=True)
        await judge(trial)
    sys.stderr.write(f"{trial.updates} updates, {jumps} jumps\n")
    assert jumps
