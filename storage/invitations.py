"""Permissions that people carry: links that are opened once, codes between two doors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, insert, select, update

from storage import participation, people
from storage.database import upsert
from storage.tables import attempt as attempts
from storage.tables import code as codes
from storage.tables import invitation as table
from storage.tables import participant
from storage.tables import participation as parts
from storage.tables import token as tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select

    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom a link lets answer what, until when; the batch names those who were invited together."""

    participant_id: str
    instrument: str
    round: str
    expires_at: int
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What an opened link is good for."""

    instrument: str
    round: str
    language: str


async def issue(tx: Tx, invitation: Invitation, *, new_id: str) -> bool:
    """Invite somebody; who was invited to this round before is not invited again. Whether new."""
    of = invitation
    await participation.invite(tx, of.participant_id, of.instrument, of.round)
    values = {
        "participant_id": of.participant_id,
        "instrument": of.instrument,
        "round": of.round,
        "expires_at": of.expires_at,
        "batch": of.batch,
    }
    new = upsert(tx, table).values(id=new_id, opened=0, **values).on_conflict_do_nothing()
    return (await tx.execute(new.returning(table.c.id))).first() is not None


async def issue_all(
    tx: Tx, people: Sequence[str], of: Invitation, *, new_id: Callable[[], str]
) -> set[str]:
    """Invite all of these as ``of`` says, but for those who take part in its round already; those
    who are new.
    """
    there = await participation.among(tx, people, of.instrument, of.round)
    new = [each for each in dict.fromkeys(people) if each not in there]
    if not new:
        return set()
    here = {"instrument": of.instrument, "round": of.round}
    rows = [{"participant_id": each, **here, "state": "invited"} for each in new]
    await tx.execute(upsert(tx, parts).on_conflict_do_nothing(), rows)
    more = {**here, "opened": 0, "expires_at": of.expires_at, "batch": of.batch}
    invited = [{"id": new_id(), "participant_id": each, **more} for each in new]
    await tx.execute(upsert(tx, table).on_conflict_do_nothing(), invited)
    return set(new)


async def add_tokens(tx: Tx, given: Mapping[bytes, str]) -> None:
    """Give invitations one more link each: the hash of a link -> the invitation's id."""
    rows = [{"token_hash": token, "invitation_id": id_} for token, id_ in given.items()]
    if rows:
        await tx.execute(insert(tokens), rows)


async def add_token(
    tx: Tx, participant_id: str, instrument: str, round_name: str, token_hash: bytes
) -> bool:
    """Give an invitation one more link; False where there is none to give it to."""
    here = _here(participant_id, instrument, round_name)
    found = (await tx.execute(select(table.c.id).where(here))).scalar_one_or_none()
    if found is None:
        return False
    await tx.execute(insert(tokens).values(token_hash=token_hash, invitation_id=found))
    return True


async def redeem(tx: Tx, token_hash: bytes, visitor: str, now: int) -> Redeemed | None:
    """Bind an invitation to whoever opens it first; None for everybody after, and for a link that
    is wrong or past its time. Who opened it may do so again.

    Whoever opens it is taken to be the one who was invited. Somebody who was known by mail only
    becomes the visitor altogether; from somebody with doors of their own the visitor takes this
    round and nothing else, so that a link opens no more than it says.
    """
    found = (await tx.execute(_by_token(token_hash))).one_or_none()
    if found is None:
        return None
    if found.opened:
        if found.participant_id != visitor:
            return None
    elif not await _open_first(tx, found.id, now):
        return None
    elif found.participant_id != visitor:
        await _hand_over(tx, found.id, found.participant_id, visitor)
    return Redeemed(found.instrument, found.round, found.language)


async def _open_first(tx: Tx, invitation_id: str, now: int) -> bool:
    """One conditional update: of two who open a link at the same time, one does."""
    free = and_(table.c.id == invitation_id, table.c.opened == 0, table.c.expires_at > now)
    return (await tx.execute(update(table).where(free).values(opened=1))).rowcount == 1


async def _hand_over(tx: Tx, invitation_id: str, invited: str, visitor: str) -> None:
    if await people.only_by_mail(tx, invited):
        await people.merge(tx, invited, visitor)
        return
    query = select(table.c.instrument, table.c.round).where(table.c.id == invitation_id)
    instrument, round_name = (await tx.execute(query)).one()
    own = _here(visitor, instrument, round_name)
    await tx.execute(
        delete(tokens).where(tokens.c.invitation_id.in_(select(table.c.id).where(own)))
    )
    await tx.execute(delete(table).where(own))
    this = table.c.id == invitation_id
    await tx.execute(update(table).where(this).values(participant_id=visitor))
    await participation.merge(tx, invited, visitor, only=(instrument, round_name))


async def of_token(tx: Tx, token_hash: bytes) -> Invitation | None:
    """Whose link this is, without opening it."""
    found = (await tx.execute(_by_token(token_hash))).one_or_none()
    return None if found is None else _read(found)


def _by_token(token_hash: bytes) -> Select[Any]:
    return (
        select(*table.c, participant.c.language)
        .select_from(tokens.join(table).join(participant))
        .where(tokens.c.token_hash == token_hash)
    )


async def of_batch(tx: Tx, batch: str) -> dict[str, Invitation]:
    """Those who were invited together and have not opened their link, by the invitation's id."""
    found = await tx.execute(
        select(table).where(table.c.batch == batch, table.c.opened == 0).order_by(table.c.id)
    )
    return {row.id: _read(row) for row in found}


async def withdraw(tx: Tx, participant_id: str, instrument: str, round_name: str) -> bool:
    """Take an invitation back that nobody has opened; False where somebody has."""
    here = _here(participant_id, instrument, round_name)
    waiting = (await tx.execute(select(table.c.id).where(here, table.c.opened == 0))).scalar()
    if waiting is None or not await participation.withdraw(
        tx, participant_id, instrument, round_name
    ):
        return False
    await tx.execute(delete(tokens).where(tokens.c.invitation_id == waiting))
    await tx.execute(delete(table).where(table.c.id == waiting))
    return True


async def extend(tx: Tx, instrument: str, round_name: str, expires_at: int) -> None:
    """Have the links of a round open until later."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    sooner = table.c.expires_at < expires_at
    await tx.execute(update(table).where(this, sooner).values(expires_at=expires_at))


def _here(participant_id: str, instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(
        table.c.participant_id == participant_id,
        table.c.instrument == instrument,
        table.c.round == round_name,
    )


def _read(row: Row[Any]) -> Invitation:
    return Invitation(row.participant_id, row.instrument, row.round, row.expires_at, row.batch)


async def put_code(tx: Tx, code_hash: bytes, participant_id: str, expires_at: int) -> None:
    """Give a person a code; the one before is void."""
    values = {"code_hash": code_hash, "expires_at": expires_at}
    given = upsert(tx, codes).values(participant_id=participant_id, **values)
    key = [codes.c.participant_id]
    await tx.execute(given.on_conflict_do_update(index_elements=key, set_=values))


async def void_code(tx: Tx, participant_id: str) -> None:
    """The code that a person was given is good for nothing any more."""
    await tx.execute(delete(codes).where(codes.c.participant_id == participant_id))


async def is_free(tx: Tx, token_hash: bytes, now: int) -> bool:
    """Whether whoever comes next opens this link."""
    found = (await tx.execute(_by_token(token_hash))).one_or_none()
    return found is not None and not found.opened and found.expires_at > now


async def good_until(tx: Tx, code_hash: bytes, now: int) -> int | None:
    """Until when this code is good; None where it is not."""
    good = and_(codes.c.code_hash == code_hash, codes.c.expires_at > now)
    found = await tx.execute(select(codes.c.expires_at).where(good))
    return found.scalar_one_or_none()


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
