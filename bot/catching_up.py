"""What an upgrade left to be done: at the next beat, and at each one after until it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.releasing import WRITTEN
from storage import chores, participation, remixing
from storage.database import unhurried

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database

log = logging.getLogger(__name__)

BEFORE: Final = (*WRITTEN, "session")
"""Tables whose older rows tell what the product has kept apart since: who sent what, and what
drafts said before they were sealed.
"""


async def catch_up(house: House, database: Database) -> bool:
    """Write anew what was sent before letting out did so, in rounds of any size, and leave no
    older version of a row in PostgreSQL's files; whether nothing is left to be done.
    """
    async with database.reading() as tx:
        if not await chores.is_left(tx, chores.WRITE_ANEW):
            return True
        every = sorted(await remixing.rounds(tx) | await participation.rounds(tx))
    for of in every:
        async with database.writing() as tx:
            await unhurried(tx)
            await remixing.write_anew(tx, *of, house.universe.token)
            await participation.write_anew(tx, *of)
    await house.keys.shred(database)
    if not (await database.tidy() and await database.compact(BEFORE, patient=True)):
        log.warning("not_caught_up", extra={"reason": "somebody uses the tables"})
        return False
    async with database.writing() as tx:
        await chores.done(tx, chores.WRITE_ANEW)
    log.info("caught_up", extra={"count": len(every)})
    return True
