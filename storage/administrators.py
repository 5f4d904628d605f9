"""Who runs the fieldwork: their doors, roles and digests, and what they uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import and_, delete, insert, select, update

from storage.database import upsert
from storage.tables import administrator as table
from storage.tables import claim_code, digest, upload

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.database import Tx

Origin: TypeAlias = Literal["config", "code"]


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who runs the fieldwork: where they are reached, what they may, when they want a
    digest (``hour`` and ``on_day`` by the clock of ``zone``).
    """

    id: int
    channel: str
    address: str
    role: str
    language: str
    every: str
    hour: int
    on_day: int
    zone: str
    origin: str


async def at_address(tx: Tx, channel: str, door: str) -> Administrator | None:
    """The administrator at a door, or None."""
    here = and_(table.c.channel == channel, table.c.address == door)
    row = (await tx.execute(select(table).where(here))).one_or_none()
    return None if row is None else Administrator(*row)


async def numbered(tx: Tx, number: int) -> Administrator | None:
    """The administrator of this number, or None."""
    row = (await tx.execute(select(table).where(table.c.id == number))).one_or_none()
    return None if row is None else Administrator(*row)


async def every(tx: Tx) -> list[Administrator]:
    """All of them."""
    return [Administrator(*row) for row in await tx.execute(select(table).order_by(table.c.id))]


async def appoint(tx: Tx, values: dict[str, str | int], *, anew: bool) -> None:
    """Have somebody be an administrator. Who is one keeps their schedule; ``anew`` gives them the
    role and origin said here.
    """
    new = upsert(tx, table).values(**values)
    key = [table.c.channel, table.c.address]
    role = {name: values[name] for name in ("role", "origin")}
    await tx.execute(
        new.on_conflict_do_update(index_elements=key, set_=role)
        if anew
        else new.on_conflict_do_nothing()
    )


async def dismiss_at(tx: Tx, channel: str, door: str) -> bool:
    """Have whoever is at this door be no administrator any more, and their codes void; whether
    they were one.
    """
    here = and_(table.c.channel == channel, table.c.address == door)
    gone = list((await tx.execute(select(table.c.id).where(here))).scalars())
    for each in (digest, upload):
        await tx.execute(delete(each).where(each.c.administrator_id.in_(gone)))
    await void_codes(tx, f"{channel}:{door}")
    return (await tx.execute(delete(table).where(here))).rowcount == 1


async def dismiss_others(tx: Tx, doors: Collection[tuple[str, str]]) -> list[Administrator]:
    """Dismiss those whom the configuration once named and names no longer; whom."""
    theirs = select(table).where(table.c.origin == "config")
    named = [Administrator(*row) for row in await tx.execute(theirs)]
    gone = [each for each in named if (each.channel, each.address) not in doors]
    for each in gone:
        await dismiss_at(tx, each.channel, each.address)
    return gone


async def renew_address(tx: Tx, channel: str, door: str, renewed: str) -> None:
    """Have the administrator at a door be one at another, with the codes they gave out."""
    here = and_(table.c.channel == channel, table.c.address == door)
    await tx.execute(update(table).where(here).values(address=renewed))
    theirs = claim_code.c.issuer == f"{channel}:{door}"
    await tx.execute(update(claim_code).where(theirs).values(issuer=f"{channel}:{renewed}"))


async def schedule(tx: Tx, number: int, *, every: str, hour: int, on_day: int) -> None:
    """When this administrator wants a digest."""
    values = {"every": every, "hour": hour, "on_day": on_day}
    await tx.execute(update(table).where(table.c.id == number).values(**values))


async def speak(tx: Tx, channel: str, door: str, language: str, zone: str | None = None) -> None:
    """In which language, and by which clock, if there is an administrator at this door."""
    here = and_(table.c.channel == channel, table.c.address == door)
    values = {"language": language} if zone is None else {"language": language, "zone": zone}
    await tx.execute(update(table).where(here).values(**values))


async def put_code(
    tx: Tx, code_hash: bytes, role: str, expires_at: int, *, issuer: str = ""
) -> None:
    """Let whoever has this code have a role; ``issuer`` is who gave it out."""
    values = {"code_hash": code_hash, "role": role, "expires_at": expires_at, "issuer": issuer}
    await tx.execute(insert(claim_code).values(**values))


async def void_codes(tx: Tx, issuer: str) -> None:
    """What somebody gave out and nobody has used is good for nothing any more."""
    await tx.execute(delete(claim_code).where(claim_code.c.issuer == issuer))


async def take_code(tx: Tx, code_hash: bytes, now: int) -> str | None:
    """The role that a code gives; it is void afterwards."""
    good = and_(claim_code.c.code_hash == code_hash, claim_code.c.expires_at > now)
    taken = await tx.execute(delete(claim_code).where(good).returning(claim_code.c.role))
    return taken.scalar_one_or_none()


async def put_upload(tx: Tx, number: int, content: str, now: int) -> int:
    """Keep a list of contacts until its administrator says what to do; one at a time."""
    await tx.execute(delete(upload).where(upload.c.administrator_id == number))
    made = insert(upload).values(administrator_id=number, content=content, made_at=now)
    return int((await tx.execute(made.returning(upload.c.id))).scalar_one())


async def uploaded(tx: Tx, number: int) -> tuple[int, str] | None:
    """The list that waits for this administrator: its number and what it says."""
    mine = upload.c.administrator_id == number
    row = (await tx.execute(select(upload.c.id, upload.c.content).where(mine))).one_or_none()
    return None if row is None else (row.id, row.content)


async def drop_upload(tx: Tx, number: int) -> None:
    """Delete the list that waits for this administrator."""
    await tx.execute(delete(upload).where(upload.c.administrator_id == number))


async def purge(tx: Tx, now: int, keep_uploads: int) -> None:
    """Delete codes that are past their time, and lists that nobody decided on."""
    await tx.execute(delete(claim_code).where(claim_code.c.expires_at <= now))
    await tx.execute(delete(upload).where(upload.c.made_at <= now - keep_uploads))
