"""Telling people unasked that something changed: a page of theirs, at an hour of their day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.fieldwork import access
from bot.house import zone_of
from storage import administrators, organisations, outbox, people
from storage.outbox import REMINDERS

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Tx


async def company(house: House, tx: Tx, organisation: str, *, but: str | None = None) -> None:
    """Show the workspace to everybody of a company who can be written to, ``but`` one person."""
    for each in await organisations.members(tx, organisation):
        person = each.participant and await people.get(tx, each.participant)
        if not person or person.id == but:
            continue
        for channel, door in await people.addresses(tx, person.id):
            if channel == house.chat:
                await _page(house, tx, (channel, door), f"work:{person.language}", person.zone)


async def researchers(house: House, tx: Tx) -> None:
    """Show what waits for a decision to every administrator who may decide."""
    for each in await administrators.every(tx):
        if each.channel == house.chat and access.may(each.role, "verify"):
            page = f"admin.checking:{each.language}"
            await _page(house, tx, (each.channel, each.address), page, each.zone)


async def _page(
    house: House, tx: Tx, door: tuple[str, str], reference: str, zone: str | None
) -> None:
    hour = house.manners.window.next(house.universe.now(), zone_of(zone, house.manners.zone))
    when = int(hour.timestamp())
    await outbox.put(tx, *door, "page", reference, lane=REMINDERS, now=when)
