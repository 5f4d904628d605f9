"""How many trials there are, how large each is, and how one is lived and judged."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.durable.crowd import square
from tests.durable.trial import House, Trial, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.spawner import Spawner


@dataclass(frozen=True)
class Size:
    """At least so many of each in one trial, and so many people at a time."""

    people: int
    kills: int
    updates: int
    reminders: int


SEED = int(os.environ.get("ASSAY_SEED") or random.randrange(2**32))
MORE = int(os.environ.get("ASSAY_TORTURE") or 1)
TRIALS, EACH = 6 * MORE, Size(people=100, kills=50, updates=5_000, reminders=50)
ELSEWHERE, EACH_ELSEWHERE = 2 * MORE, Size(people=30, kills=30, updates=1_000, reminders=30)
"""The same on PostgreSQL."""
LONGEST = 900
"""Seconds; a trial takes a tenth of it."""


async def tried(
    spawner: Spawner,
    folder: Path,
    seed: int,
    size: Size = EACH,
    *,
    url: str = "",
    cut_off: Callable[[], None] | None = None,
) -> Trial:
    """One trial and its judgement."""
    sys.stderr.write(f"ASSAY_SEED={seed}\n")
    async with square() as api:
        house = House(folder, spawner, api, "quick heart", url, size.reminders)
        await house.opens()
        trial = Trial(
            house, random.Random(seed), size.people, size.kills, cut_off, wanted=size.updates
        )
        await trial.runs()
        await judge(trial)
    sys.stderr.write(
        f"{trial.updates} updates of {len(trial.walkers)} people, {trial.killed} kills,"
        f" {trial.expired} presses expired, {size.reminders} reminders,"
        f" {sum(house.beside.seen.values())} responses let out before the end\n"
    )
    assert trial.killed >= size.kills
    assert trial.updates >= size.updates
    return trial
