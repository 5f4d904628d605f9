"""What stays the same from visit to visit: the instruments, the rules, clock and chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import sessions

if TYPE_CHECKING:
    from bot.shelf import Shelf
    from bot.universe import Universe
    from flows.instrument import Instrument
    from storage.database import Tx
    from storage.people import Participant
    from storage.sessions import Kept

ROUND = "open"
"""The round that has no end and is always there."""


@dataclass(frozen=True, slots=True)
class House:
    """The rules of the house, and what stands on its shelf."""

    shelf: Shelf
    universe: Universe
    open_to_all: bool = False
    web_url: str = ""


async def under_way(house: House, tx: Tx, person: Participant) -> tuple[Instrument, Kept] | None:
    """The session a person is in, with the edition it is pinned to; None outside of one."""
    if person.instrument is None:
        return None
    kept = await sessions.load(tx, person.id, person.instrument)
    if kept is None:
        return None
    return await house.shelf.edition(tx, kept.session.instrument, kept.session.edition), kept
