"""Who is an administrator: those whom the configuration names, and whoever brings a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.house import zone_of
from storage import administrators, audit
from storage.audit import Act
from storage.database import lock_person
from storage.people import MAIL

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.universe import Universe
    from bot.visit import Visit
    from storage.database import Database, Tx

FIRST_CODE_SECONDS: Final = 24 * 3600
"""How long the code that is printed at the start is good for."""
FIRST: Final = "start"
"""Who gives out the code that is printed at the start."""
CONFIGURATION: Final = "configuration"
"""Who acts, in the audit log, where the configuration names somebody."""


async def keep_configured(
    settings: Settings, database: Database, universe: Universe, *, alone: bool = False
) -> None:
    """Have the configuration's administrators: owners by Telegram's ids, and whom the digest goes
    to by mail. ``alone``: whom it names no longer is none any more; a single command, which may
    know another configuration than what runs, takes nobody out.
    """
    owners = [("telegram", str(each), "owner") for each in settings.access.admins]
    readers = [(MAIL, each.lower(), "analyst") for each in settings.digest.recipients]

    async def noted(act: str, channel: str, door: str, role: str) -> None:
        what = f"{channel}:{door} {role}"
        await audit.note(tx, Act(universe.seconds(), CONFIGURATION, act, what))

    async with database.writing() as tx:
        named = {(channel, door) for channel, door, _ in (*owners, *readers)}
        for gone in await administrators.dismiss_others(tx, named) if alone else ():
            await noted("dismiss", gone.channel, gone.address, gone.role)
        for channel, door, role in (*owners, *readers):
            known = await administrators.at_address(tx, channel, door)
            if known is None or known.role != role:  # who has the role by a code keeps it so
                await appoint(tx, settings, channel, door, role, origin="config")
                await noted("appoint", channel, door, role)
        if owners:
            await administrators.void_codes(tx, FIRST)


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


async def claim(visit: Visit, role: str) -> None:
    """Have whoever is here be an administrator from now on. An owner stays one: no code takes
    anything away.
    """
    universe = visit.house.universe
    door = visit.incoming.channel, visit.incoming.address
    known = await administrators.at_address(visit.tx, *door)
    if known is not None and known.role == "owner":
        return
    values: dict[str, str | int] = {
        "channel": visit.incoming.channel,
        "address": visit.incoming.address,
        "role": role,
        "language": visit.person.language,
        "every": "week",
        "hour": 8,
        "on_day": 1,
        "zone": str(zone_of(visit.person.zone, visit.house.manners.zone)),
        "origin": "code",
    }
    await administrators.appoint(visit.tx, values, anew=True)
    if role == "owner":
        await administrators.void_codes(visit.tx, FIRST)
    actor = f"{visit.incoming.channel}:{visit.incoming.address}"
    await audit.note(visit.tx, Act(universe.seconds(), actor, "claim", role))


async def first_code(database: Database, universe: Universe) -> str | None:
    """A code with which somebody becomes the first owner; None where there is one.

    Only its hash is kept, so no other start can say it again: each start, of each instance, gives
    out one of its own. All are good for a day, and void as soon as there is an owner.
    """
    async with database.writing() as tx:
        await lock_person(tx, FIRST)
        if any(each.role == "owner" for each in await administrators.every(tx)):
            return None
        return await new_code(tx, universe, "owner", FIRST_CODE_SECONDS, issuer=FIRST)


async def new_code(tx: Tx, universe: Universe, role: str, seconds: int, *, issuer: str) -> str:
    """A code that makes whoever brings it first an administrator; only its hash is kept."""
    code = tokens.code(universe)
    expires = universe.seconds() + seconds
    await administrators.put_code(tx, tokens.digest(code), role, expires, issuer=issuer)
    return code
