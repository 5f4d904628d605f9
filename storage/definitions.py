"""Every edition that was ever installed: a session goes on with the wording it began with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from storage.database import upsert
from storage.location import StorageError
from storage.tables import definition as table

if TYPE_CHECKING:
    from storage.database import Tx


async def keep(tx: Tx, instrument: str, edition: str, digest: str, body: str) -> None:
    """Keep an edition. Raises StorageError where it is kept already with other contents."""
    key = {"instrument": instrument, "edition": edition}
    new = upsert(tx, table).values(**key, digest=digest, body=body)
    await tx.execute(new.on_conflict_do_nothing())  # instances that start together keep the same
    here = and_(table.c.instrument == instrument, table.c.edition == edition)
    if (await tx.execute(select(table.c.digest).where(here))).scalar_one() != digest:
        what = f"{instrument}, edition {edition}, is not what this database has under that edition"
        raise StorageError(what, "give what was changed a new edition in instrument.toml")


async def body(tx: Tx, instrument: str, edition: str) -> str | None:
    """The definition of an edition in its lossless form, or None."""
    here = and_(table.c.instrument == instrument, table.c.edition == edition)
    return (await tx.execute(select(table.c.body).where(here))).scalar_one_or_none()
