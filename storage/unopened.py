"""What a key file does not open, looked at without making or changing anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.location import StorageError, file_of, located
from storage.tables import keyring, pool, session

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Tx

_SEALED = ("session", "pool")
"""The tables that hold drafts, and responses that wait."""


def lost(copy: Path, keys_url: str) -> tuple[int, int]:
    """How many drafts and how many waiting responses of a copy of a database the key file does not
    open. Raises StorageError where that cannot be read.
    """
    there = _keys(keys_url)
    counts = []
    with closing(_read(copy)) as opened:
        for table in _SEALED:
            try:
                rows = opened.execute(f"SELECT key_id FROM {table} WHERE key_id IS NOT NULL")  # noqa: S608 - names of ours
            except sqlite3.OperationalError:  # a schema from before anything was sealed
                counts.append(0)
            else:
                counts.append(sum(key not in there for (key,) in rows))
    return counts[0], counts[1]


async def wanted(tx: Tx) -> str | None:
    """The mark of the key file that a database cannot do without: something is sealed there."""
    for table in (session, pool):
        needs = select(table.c.key_id).where(table.c.key_id.is_not(None)).limit(1)
        if (await tx.execute(needs)).first() is not None:
            mark: str | None = (await tx.execute(select(keyring.c.id))).scalar_one_or_none()
            return mark
    return None


def misfit(keys_url: str, mark: str | None) -> StorageError | None:
    """Why what is named cannot be the key file of a database that cannot do without the one of this
    mark; None where it can. Only files are looked at.
    """
    path = file_of(located(keys_url, "database.keys"))
    if path is None:
        return None
    if not path.parent.is_dir():
        return StorageError(f"{path.parent} is no folder", "make it, or change database.keys")
    own = None
    if path.exists():
        try:
            with closing(_read(path)) as opened:
                names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
                own = opened.execute("SELECT id FROM mark").fetchone() if "mark" in names else None
        except sqlite3.Error as error:
            what = f"the key file {path} cannot be used: {error}"
            return StorageError(what, "change database.keys")
        if names and "mark" not in names:
            return StorageError(f"{path} is no key file", "change database.keys")
    if mark is None or own == (mark,):
        return None
    cure = "put it in its place, or give up what it opens: assay db rekey"
    if own is None:
        return StorageError(f"the key file {path} is not there, and the database needs it", cure)
    return StorageError(f"{path} is not the key file that the database needs", cure)


def _keys(url: str) -> set[str]:
    path = file_of(located(url, "database.keys"))
    if path is None or not path.exists():
        return set()
    try:
        with closing(_read(path)) as opened:
            return {key for (key,) in opened.execute("SELECT id FROM key")}
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return set()
        what = f"the key file {path} cannot be used: {error}"
        raise StorageError(what, "change database.keys") from None


def _read(path: Path) -> sqlite3.Connection:
    # Without a log beside it nobody writes it now, and then no other file need be made to read it.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
