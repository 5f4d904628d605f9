"""Permissions that people carry: links that are opened once, codes between two doors."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, func, insert, or_, select, update

from storage.database import upsert
from storage.tables import attempt as attempts
from storage.tables import code as codes
from storage.tables import contact as contacts
from storage.tables import invitation as table

if TYPE_CHECKING:
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a link is for: the columns of CONTACTS.csv."""

    name: str
    company: str
    email: str
    language: str
    certification: str
    certified_on: str


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation to be written: the hash of its token, what it opens, until when."""

    token_hash: bytes
    instrument: str
    round: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What an opened link is good for."""

    instrument: str
    round: str
    language: str


async def issue(tx: Tx, link: Link, contact: Contact, *, new_id: str) -> None:
    """Keep an invitation and its contact, both under a random id."""
    await tx.execute(insert(contacts).values(id=new_id, **asdict(contact)))
    await tx.execute(
        insert(table).values(id=new_id, contact_id=new_id, participant_id=None, **asdict(link))
    )


async def redeem(tx: Tx, token_hash: bytes, participant_id: str, now: int) -> Redeemed | None:
    """Bind an invitation to whoever opens it first; None for everybody after, and for a link that
    is wrong or past its time. Who opened it may do so again.
    """
    free = and_(table.c.participant_id.is_(None), table.c.expires_at > now)
    opens = and_(
        table.c.token_hash == token_hash, or_(free, table.c.participant_id == participant_id)
    )
    bound = await tx.execute(update(table).where(opens).values(participant_id=participant_id))
    if bound.rowcount != 1:
        return None
    found = await tx.execute(
        select(table.c.instrument, table.c.round, contacts.c.language)
        .join(contacts)
        .where(table.c.token_hash == token_hash)
    )
    return Redeemed(*found.one())


async def unopened(tx: Tx, instrument: str, round_name: str) -> int:
    """How many people have a link in this round and have opened none; one person may have several
    links, each address counts once.
    """
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    person = func.lower(contacts.c.email)
    opened = select(person).join(table).where(this, table.c.participant_id.is_not(None))
    waiting = (
        select(func.count(person.distinct()))
        .select_from(contacts.join(table))
        .where(this, table.c.participant_id.is_(None), person.not_in(opened))
    )
    return int((await tx.execute(waiting)).scalar_one())


async def put_code(tx: Tx, code_hash: bytes, participant_id: str, expires_at: int) -> None:
    """Give a person a code; the one before is void."""
    values = {"code_hash": code_hash, "expires_at": expires_at}
    given = upsert(tx, codes).values(participant_id=participant_id, **values)
    key = [codes.c.participant_id]
    await tx.execute(given.on_conflict_do_update(index_elements=key, set_=values))


async def take_code(tx: Tx, code_hash: bytes, now: int) -> str | None:
    """Whose code this is; it is void afterwards. None for one that is wrong or past its time."""
    good = and_(codes.c.code_hash == code_hash, codes.c.expires_at > now)
    taken = await tx.execute(delete(codes).where(good).returning(codes.c.participant_id))
    return taken.scalar_one_or_none()


async def purge(tx: Tx, now: int, window: int) -> None:
    """Delete codes that are past their time, and attempts that no longer count."""
    await tx.execute(delete(codes).where(codes.c.expires_at <= now))
    await tx.execute(delete(attempts).where(attempts.c.since <= now - window))


async def forgive(tx: Tx, key: str) -> None:
    """It was right: what was tried before no longer counts."""
    await tx.execute(delete(attempts).where(attempts.c.key == _hashed(key)))


async def may_try(tx: Tx, key: str, now: int, *, window: int, limit: int) -> bool:
    """Count an attempt; False once there were ``limit`` of them within ``window`` seconds.

    The key is stored as a hash: it names an address.
    """
    first = upsert(tx, attempts).values(key=_hashed(key), since=now, count=1)
    over = attempts.c.since <= now - window
    counted = first.on_conflict_do_update(
        index_elements=[attempts.c.key],
        set_={
            "since": case((over, now), else_=attempts.c.since),
            "count": case((over, 1), else_=attempts.c.count + 1),
        },
    )
    tries: int = (await tx.execute(counted.returning(attempts.c.count))).scalar_one()
    return tries <= limit


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
