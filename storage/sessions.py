"""Drafts: sessions under way, each with the revision that guards it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select, update

from flows import session as forms
from storage.database import upsert
from storage.rounds import ALWAYS
from storage.tables import session as table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from flows.session import Session
    from storage.database import Tx


class Conflict(Exception):  # noqa: N818 - says what is the case
    """Somebody else saved this session in between; nothing was overwritten."""


SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it was read, the revision it was read at, the round its answers will count in,
    and when it was begun (seconds since 1970; 0 where it was not noted yet).
    """

    session: Session
    revision: int
    round: str
    begun_at: int


async def load(tx: Tx, participant_id: str, instrument: str) -> Kept | None:
    """The session of a person with an instrument, or None."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    columns = table.c.body, table.c.revision, table.c.round, table.c.begun_at
    row = (await tx.execute(select(*columns).where(here))).one_or_none()
    if row is None:
        return None
    return Kept(forms.load(row.body), row.revision, row.round, row.begun_at)


async def save(
    tx: Tx,
    participant_id: str,
    session: Session,
    revision: int | None,
    *,
    now: int,
    day: int | None = None,
    round_name: str = ALWAYS,
) -> int:
    """Keep a session that was read at ``revision`` (None: a new one, in a round); its new revision.

    ``day`` is the day it is where the person is, counted from 1970; by Greenwich where not said.

    Raises Conflict where another has been kept since, or there is one already.
    """
    values = {
        "edition": session.edition,
        "body": forms.dump(session),
        "seen_on": now // SECONDS_A_DAY if day is None else day,
    }
    if revision is None:
        key = {"participant_id": participant_id, "instrument": session.instrument}
        first = {**key, **values, "round": round_name, "begun_at": now, "revision": 1}
        new = upsert(tx, table).values(**first).on_conflict_do_nothing()
        if (await tx.execute(new.returning(table.c.revision))).first() is None:
            raise Conflict(session.instrument)
        return 1
    here = and_(
        table.c.participant_id == participant_id,
        table.c.instrument == session.instrument,
        table.c.revision == revision,
    )
    saved = await tx.execute(update(table).where(here).values(**values, revision=revision + 1))
    if saved.rowcount != 1:
        raise Conflict(session.instrument)
    return revision + 1


async def carry_over(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a draft count in another round than the one it was begun in."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(update(table).where(here).values(round=round_name))


async def bodies(
    tx: Tx, instrument: str, round_name: str
) -> AsyncGenerator[tuple[str, Session], None]:
    """Every draft of a round with whose it is, one at a time, in no order that tells anything."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    columns = table.c.participant_id, table.c.body
    async for person, body in await tx.stream(select(*columns).where(this)):
        yield person, forms.load(body)


async def remove(tx: Tx, participant_id: str, instrument: str) -> None:
    """Delete a draft."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(delete(table).where(here))


async def open_instruments(tx: Tx, participant_id: str) -> tuple[str, ...]:
    """The instruments that a person has a session under way with."""
    mine = select(table.c.instrument).where(table.c.participant_id == participant_id)
    return tuple((await tx.execute(mine.order_by(table.c.instrument))).scalars())
