"""Drafts: sessions under way, each with the revision that guards it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select, update

from flows import session as forms
from storage.database import upsert
from storage.tables import session as table

if TYPE_CHECKING:
    from flows.session import Session
    from storage.database import Tx


class Conflict(Exception):  # noqa: N818 - says what is the case
    """Somebody else saved this session in between; nothing was overwritten."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it was read, and the revision it was read at."""

    session: Session
    revision: int


async def load(tx: Tx, participant_id: str, instrument: str) -> Kept | None:
    """The session of a person with an instrument, or None."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    row = (await tx.execute(select(table.c.body, table.c.revision).where(here))).one_or_none()
    return None if row is None else Kept(forms.load(row.body), row.revision)


async def save(tx: Tx, participant_id: str, session: Session, revision: int | None) -> int:
    """Keep a session that was read at ``revision`` (None: a new one); its new revision.

    Raises Conflict where another has been kept since, or there is one already.
    """
    values = {"edition": session.edition, "body": forms.dump(session)}
    if revision is None:
        key = {"participant_id": participant_id, "instrument": session.instrument}
        new = upsert(tx, table).values(**key, **values, revision=1).on_conflict_do_nothing()
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


async def remove(tx: Tx, participant_id: str, instrument: str) -> None:
    """Delete a draft."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(delete(table).where(here))


async def open_instruments(tx: Tx, participant_id: str) -> tuple[str, ...]:
    """The instruments that a person has a session under way with."""
    mine = select(table.c.instrument).where(table.c.participant_id == participant_id)
    return tuple((await tx.execute(mine.order_by(table.c.instrument))).scalars())
