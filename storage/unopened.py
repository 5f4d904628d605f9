"""What a key file does not open, looked at without making or changing anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import keys
from storage.location import StorageError, keys_file
from storage.tables import keyring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.database import Tx

_SEALED = ("session", "pool")
"""The tables that hold drafts, and responses that wait."""


def lost(copy: Path, keys_url: str) -> tuple[int, int]:
    """How many drafts and how many waiting responses of a copy of a database the key file does not
    open. Raises StorageError where that cannot be read.
    """
    found: list[list[str]] = []
    with closing(keys.look_into(copy)) as opened:
        for table in _SEALED:
            try:
                rows = opened.execute(f"SELECT key_id FROM {table} WHERE key_id IS NOT NULL")  # noqa: S608 - names of ours
            except sqlite3.OperationalError:  # a schema from before anything was sealed
                found.append([])
            else:
                found.append([key for (key,) in rows])
    return _without_keys(found, keys_url)


async def lost_in(tx: Tx, keys_url: str) -> tuple[int, int]:
    """The same of a database that is open."""
    return _without_keys(await keys.sealed(tx), keys_url)


def _without_keys(needed: Iterable[Iterable[str]], keys_url: str) -> tuple[int, int]:
    there = _keys(keys_url)
    drafts, waiting = (sum(each not in there for each in of) for of in needed)
    return drafts, waiting


@dataclass(frozen=True, slots=True)
class Needs:
    """What a database asks of its key file."""

    mark: str | None = None
    """Which one it is."""
    own: str | None = None
    """As which database that one knows it."""
    drafts: int = 0
    waiting: int = 0


async def needs(tx: Tx) -> Needs:
    """What a database asks of its key file."""
    drafts, waiting = await keys.sealed(tx)
    known = (await tx.execute(select(keyring.c.id, keyring.c.own))).first()
    mark, own = (known.id, known.own) if known is not None else (None, None)
    return Needs(mark, own, len(drafts), len(waiting))


def misfit(keys_url: str, wanted: Needs | None) -> StorageError | None:
    """Why what is named cannot be the key file of a database, as ``storage.keys`` would find when
    it opens it; of a database that cannot be asked, only whether it can be a key file at all.
    """
    path = keys_file(keys_url)
    if not path.parent.is_dir():
        return StorageError(f"{path.parent} is no folder", "make it, or change database.keys")
    try:
        mark, owner = _marks(path)
    except StorageError as error:
        return error
    if wanted is None:
        return None
    if mark is None and (wanted.drafts or wanted.waiting):
        return keys.is_missing(path, wanted.drafts, wanted.waiting)
    if wanted.mark not in {None, mark} and (wanted.drafts or wanted.waiting):
        return keys.is_not_theirs(path)
    return keys.is_of_another(path) if owner not in {None, wanted.own} else None


def _marks(path: Path) -> tuple[str | None, str | None]:
    """By what a key file is known, and whose it is; nothing of one that is not there. Raises
    StorageError.
    """
    if not path.exists():
        return None, None
    try:
        with closing(keys.look_into(path)) as opened:
            names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
            if names and "mark" not in names:
                raise StorageError(f"{path} is no key file", "change database.keys")
            mark, owner = (
                opened.execute(f"SELECT id FROM {each}").fetchone() if each in names else None  # noqa: S608 - as above
                for each in ("mark", "owner")
            )
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    return mark and mark[0], owner and owner[0]


def _keys(url: str) -> set[str]:
    path = keys_file(url)
    if not path.exists():
        return set()
    try:
        with closing(keys.look_into(path)) as opened:
            return {key for (key,) in opened.execute("SELECT id FROM key")}
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return set()
        raise _unusable(path, error) from None


def _unusable(path: Path, error: sqlite3.Error) -> StorageError:
    return StorageError(f"the key file {path} cannot be used: {error}", "change database.keys")
