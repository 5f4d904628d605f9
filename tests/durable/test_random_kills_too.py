"""The other half of the trials of ``test_random_kills.py``, and those on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.durable import killing
from tests.durable.killing import EACH_ELSEWHERE, ELSEWHERE, SEED, TRIALS, tried

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner

pytestmark = pytest.mark.timeout(killing.LONGEST)


@pytest.mark.parametrize("number", range(1, TRIALS, 2))
async def test_nothing_is_lost_or_doubled_whenever_the_process_is_killed(
    spawner: Spawner, tmp_path: Path, number: int
) -> None:
    await tried(spawner, tmp_path, SEED + number)


@pytest.mark.parametrize("number", range(ELSEWHERE))
async def test_nothing_is_lost_or_doubled_whenever_the_process_or_the_database_is_killed(
    spawner: Spawner, tmp_path: Path, postgresql_url: str, number: int
) -> None:
    engine = create_engine(postgresql_url, poolclass=NullPool)

    def cut_off() -> None:
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    await tried(
        spawner, tmp_path, SEED + number, EACH_ELSEWHERE, url=postgresql_url, cut_off=cut_off
    )
