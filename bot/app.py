"""Builds everything once, starts it in order, stops it in reverse: the only place that wires."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import shelf
from bot.conversation import Conversation
from bot.house import House
from bot.universe import Universe
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings

log = logging.getLogger(__name__)

GRACE = 8
"""Seconds that the web server waits for open requests when it is told to stop."""


@dataclass(frozen=True, slots=True)
class App:
    """What is built from the settings, before any door opens."""

    settings: Settings
    database: Database
    conversation: Conversation
    universe: Universe


@asynccontextmanager
async def built(settings: Settings, *, exclusive: bool = False) -> AsyncIterator[App]:
    """The conversation over an open database, closed at the end.

    Raises StorageError where the database cannot be used as it is.
    """
    universe = Universe()
    stock = shelf.read(settings.instruments.folders)
    database = await Database.open(settings.database.url, exclusive=exclusive)
    try:
        await stock.keep(database)
        house = House(
            shelf=stock,
            universe=universe,
            open_to_all=settings.access.mode == "open",
            web_url=settings.public_url if settings.web.enabled else "",
        )
        yield App(settings, database, Conversation(house, database), universe)
    finally:
        await database.close()
