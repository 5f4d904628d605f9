"""Drafts that nobody can open any more, because their key is gone: each begins anew."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from flows.engine import begin
from storage import sessions
from storage.database import lock_person
from storage.keys import KeyGone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.house import House
    from storage.database import Database, Tx

log = logging.getLogger(__name__)

_T = TypeVar("_T")
SAID: Final = "draft_lost"
"""What its writer is told."""


async def begin_anew(house: House, database: Database, gone: KeyGone) -> set[str]:
    """Begin a draft anew that cannot be opened; whose it is. Nobody's where there is none under
    that key: it was sent, or forgotten, between a look at it and at its key.
    """
    async with database.writing(brief=True) as tx:
        found = await sessions.under(tx, gone.key_id)
        if found is None or (
            await lock_person(tx, found.participant_id)
            and await sessions.under(tx, gone.key_id) is None
        ):
            return set()
        instrument = await house.shelf.edition(tx, found.instrument, found.edition)
        await sessions.replace_lost(tx, house.keys, found, begin(instrument), house.universe.day())
    log.warning("draft_begun_anew")
    return {found.participant_id}


async def read(
    house: House, database: Database, look: Callable[[Tx], Awaitable[_T]], *, brief: bool = True
) -> tuple[_T, bool]:
    """What a look at the database finds, at drafts among others; whether one began anew for it.
    ``brief`` as for ``Database.reading``.
    """
    anew = False
    for _ in house.shelf.instruments:  # one draft of each at most
        try:
            async with database.reading(brief=brief) as tx:
                return await look(tx), anew
        except KeyGone as gone:
            anew = bool(await begin_anew(house, database, gone)) or anew
    async with database.reading(brief=brief) as tx:
        return await look(tx), anew
