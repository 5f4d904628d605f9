"""Several instances through one key server, which dies and comes back: everything waits, and
nothing is lost.
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from tests import key_servers
from tests.several import instances
from tests.several.crowd import press_all
from tests.several.test_several import chance, crowd, engine, judge, rows, town

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.several.spread import Town

__all__ = ["chance", "engine", "town"]

WAITED = 5
"""Deliveries that were refused before the server is started again."""


async def test_a_key_server_that_dies_under_load_loses_no_press(
    town: Town,
    engine: Engine,
    postgresql_url: str,
    tmp_path: Path,
    chance: random.Random,
    unused_tcp_port: int,
) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    pressers = crowd(town, chance, 12)
    refused = asyncio.Event()

    def count() -> None:
        if town.updates.repeated >= WAITED:
            refused.set()

    async with key_servers.running(apart, unused_tcp_port) as server:
        keys = f'keys = "{server.told}"\nkeys_secret = "{key_servers.SECRET}"'
        async with instances.running(town, tmp_path, postgresql_url, 2, keys) as running:
            await press_all(pressers[:6], 8)  # both are there, and have keys in memory
            assert (await server.ends(signal.SIGKILL))[0] == -signal.SIGKILL
            town.updates.repeated, town.updates.when_repeated = 0, count
            pressing = asyncio.create_task(press_all(pressers[6:], 8))
            await refused.wait()
            await server.start()
            await pressing
            await judge(engine, town, pressers)
            drafts = {key for (key,) in rows(engine, "SELECT key_id FROM session")}
            assert [each.process.returncode for each in running] == [None, None]
        assert len(drafts) == 12
        assert drafts <= await _kept(apart)
    assert not (tmp_path / "keys").exists(), "no instance made a file of its own"


async def _kept(folder: Path) -> set[str]:
    async with key_servers.opened(folder / "keys") as file:
        return await file.ids()
