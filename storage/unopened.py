"""What a key file does not open, looked at without making or changing anything."""

from __future__ import annotations

import sqlite3
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import key_file, keys
from storage.key_store import open_store
from storage.location import KeyServerAt, StorageError, keys_file, named
from storage.tables import keyring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.database import Tx
    from storage.location import KeysAt

_SEALED = ("session", "pool")
"""The tables that hold drafts, and responses that wait."""


async def lost(copy: Path, at: KeysAt) -> tuple[int, int]:
    """How many drafts and how many waiting responses of a copy of a database the key file does not
    open. Raises StorageError where that cannot be read, KeysAwayError as a key server does.
    """
    found: list[list[str]] = []
    with closing(key_file.look_into(copy)) as opened:
        for table in _SEALED:
            try:
                rows = opened.execute(f"SELECT key_id FROM {table} WHERE key_id IS NOT NULL")  # noqa: S608 - names of ours
            except sqlite3.OperationalError:  # a schema from before anything was sealed
                found.append([])
            else:
                found.append([key for (key,) in rows])
    return await _without_keys(found, at)


async def lost_in(tx: Tx, at: KeysAt) -> tuple[int, int]:
    """The same of a database that is open."""
    return await _without_keys(await keys.sealed(tx), at)


async def _without_keys(needed: Iterable[Iterable[str]], at: KeysAt) -> tuple[int, int]:
    there = await _ids(at)
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


async def misfit(at: KeysAt, wanted: Needs | None) -> StorageError | None:
    """Why what is named cannot be the key file of a database, as ``storage.keys`` would find when
    it opens it; of a database that cannot be asked, only whether it can be a key file at all.
    Raises KeysAwayError where a key server does not answer.
    """
    try:
        mark, owner = await _marks(at)
    except StorageError as error:
        return error
    if wanted is None:
        return None
    if mark is None and (wanted.drafts or wanted.waiting):
        return keys.is_missing(at, wanted.drafts, wanted.waiting)
    if wanted.mark not in {None, mark} and (wanted.drafts or wanted.waiting):
        return keys.is_not_theirs(named(at))
    return keys.is_of_another(named(at)) if owner not in {None, wanted.own} else None


async def _marks(at: KeysAt) -> tuple[str | None, str | None]:
    """By what a key file is known, and whose it is; nothing of one that is not there."""
    if isinstance(at, KeyServerAt):
        async with aclosing(await open_store(at)) as server:
            return await server.mark(), await server.owner()
    path = keys_file(at)
    key_file.must_have_folder(path)
    return key_file.marks(path)


async def _ids(at: KeysAt) -> set[str]:
    """The keys that there are."""
    if isinstance(at, KeyServerAt):
        async with aclosing(await open_store(at)) as server:
            return await server.ids()
    return key_file.ids_in(keys_file(at))
