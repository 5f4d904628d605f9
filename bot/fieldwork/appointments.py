"""Who is an administrator: those whom the configuration names, and whoever brings a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import tokens
from storage import administrators
from storage.people import MAIL

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.universe import Universe
    from storage.database import Database, Tx

FIRST_CODE_SECONDS: Final = 24 * 3600
"""How long the code that is printed at the start is good for."""


async def keep_configured(settings: Settings, database: Database) -> None:
    """Have exactly those of the configuration's administrators whom it names today: owners by
    Telegram's ids, and whom the digest goes to by mail.
    """
    owners = [("telegram", str(each), "owner") for each in settings.access.admins]
    readers = [(MAIL, each.lower(), "analyst") for each in settings.digest.recipients]
    async with database.writing() as tx:
        named = {(channel, door) for channel, door, _ in (*owners, *readers)}
        await administrators.keep_configured(tx, named)
        for channel, door, role in (*owners, *readers):
            known = await administrators.at_address(tx, channel, door)
            if known is None or known.role != role:  # who has the role by a code keeps it so
                await appoint(tx, settings, channel, door, role, origin="config")


async def appoint(
    tx: Tx, settings: Settings, channel: str, door: str, role: str, *, origin: str
) -> None:
    """Have whoever is at a door be an administrator, with the digest that the settings say."""
    digest = settings.digest
    values: dict[str, str | int] = {
        "channel": channel,
        "address": door,
        "role": role,
        "language": "en",
        "every": digest.schedule,
        "hour": digest.hour,
        "on_day": digest.on_day,
        "zone": digest.zone,
        "origin": origin,
    }
    await administrators.appoint(tx, values, anew=True)


async def first_code(database: Database, universe: Universe) -> str | None:
    """A code with which somebody becomes the first owner; None where there is one."""
    async with database.writing() as tx:
        if any(each.role == "owner" for each in await administrators.every(tx)):
            return None
        return await new_code(tx, universe, "owner", FIRST_CODE_SECONDS)


async def new_code(tx: Tx, universe: Universe, role: str, seconds: int) -> str:
    """A code that makes whoever brings it first an administrator; only its hash is kept."""
    code = tokens.code(universe)
    await administrators.put_code(tx, tokens.digest(code), role, universe.seconds() + seconds)
    return code
