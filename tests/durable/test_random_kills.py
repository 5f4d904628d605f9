"""Killed at any moment, the product loses nothing, doubles nothing and makes nothing up.

``ASSAY_SEED`` lives other trials, ``ASSAY_TORTURE`` so many times more of them (``make torture``).
A seed repeats who does what; where in its work the product dies is left to chance in any case.
"""

from __future__ import annotations

import os
import random
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests import bot_api
from tests.durable.trial import House, Trial, judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.durable.spawner import Spawner

SEED = int(os.environ.get("ASSAY_SEED") or random.randrange(2**32))
MORE = int(os.environ.get("ASSAY_TORTURE") or 1)
KILLS = 20
TRIALS = {"sqlite": 15 * MORE, "postgresql": 3 * MORE}
PEOPLE = 30

pytestmark = pytest.mark.timeout(300)


async def tried(
    spawner: Spawner,
    folder: Path,
    seed: int,
    *,
    url: str = "",
    cut_off: Callable[[], None] | None = None,
) -> Trial:
    """One trial and its judgement."""
    async with bot_api.running() as api:
        house = House(folder, spawner, api, url=url)
        await house.opens()
        trial = Trial(house, random.Random(seed), PEOPLE, KILLS, cut_off)
        await trial.runs()
        await judge(trial)
    sys.stderr.write(
        f"{trial.updates} updates, {trial.killed} kills, {trial.expired} presses expired\n"
    )
    assert trial.killed, "it died while people answered"
    return trial


@pytest.mark.parametrize("number", range(TRIALS["sqlite"]))
async def test_nothing_is_lost_or_doubled_whenever_the_process_is_killed(
    spawner: Spawner, tmp_path: Path, number: int
) -> None:
    sys.stderr.write(f"ASSAY_SEED={SEED}\n")

    await tried(spawner, tmp_path, SEED + number)


@pytest.mark.parametrize("number", range(TRIALS["postgresql"]))
async def test_nothing_is_lost_or_doubled_whenever_the_process_or_the_database_is_killed(
    spawner: Spawner, tmp_path: Path, postgresql_url: str, number: int
) -> None:
    sys.stderr.write(f"ASSAY_SEED={SEED}\n")
    engine = create_engine(postgresql_url, poolclass=NullPool)

    def cut_off() -> None:
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    await tried(spawner, tmp_path, SEED + number, url=postgresql_url, cut_off=cut_off)
