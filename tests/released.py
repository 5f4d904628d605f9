"""What waits in the pool, let out before its time: for tests of what comes after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import releasing
from storage import pool

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database


async def let_out(house: House, database: Database) -> int:
    """Let out everything that waits in any round; how many responses."""
    at_once = replace(house, manners=replace(house.manners, batch=1))
    async with database.writing() as tx:
        return sum([await releasing.release(at_once, tx, *of) for of in await pool.waiting(tx)])
