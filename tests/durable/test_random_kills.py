"""Killed at any moment, the product loses nothing, doubles nothing and makes nothing up.

``ASSAY_SEED`` lives other trials, ``ASSAY_TORTURE`` so many times more of them (``make torture``).
A seed repeats who does what; where in its work the product dies is left to chance in any case.
Half of the trials are in ``test_random_kills_too.py``, for another core.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.durable import killing
from tests.durable.killing import EACH, SEED, TRIALS, tried

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner

pytestmark = pytest.mark.timeout(killing.LONGEST)


@pytest.mark.parametrize("number", range(0, TRIALS, 2))
async def test_nothing_is_lost_or_doubled_whenever_the_process_is_killed(
    spawner: Spawner, tmp_path: Path, number: int
) -> None:
    await tried(spawner, tmp_path, SEED + number)


def test_all_trials_together_are_enough() -> None:
    kills, updates = TRIALS * EACH.kills, TRIALS * EACH.updates
    sys.stderr.write(
        f"no failure means below {3 / kills:.2%} a kill, {3 / updates:.4%} an update\n"
    )

    assert kills >= 300
    assert updates >= 30_000
    assert killing.ELSEWHERE * killing.EACH_ELSEWHERE.kills >= 60
