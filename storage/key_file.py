"""The key file: SQLite's, which overwrites what is deleted, and opened so that it does."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, LargeBinary, MetaData, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database, hold, portions, upsert
from storage.location import StorageError, keys_file, located
from storage.tables.columns import NUMBER, UNORDERED, short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

_metadata = MetaData()
_key = Table(
    "key",
    _metadata,
    Column("id", short(32), primary_key=True),
    # A key that nothing refers to is destroyed some days after it was made, not before: what it
    # sealed may be about to be committed.
    Column("made_on", NUMBER, nullable=False),
    Column("key", LargeBinary, nullable=False),
    **UNORDERED,
)
_mark = Table(
    "mark",
    _metadata,
    # Which key file this is; the database beside it knows the same.
    Column("id", short(32), primary_key=True),
    **UNORDERED,
)
_owner = Table(
    "owner",
    _metadata,
    # The one database whose keys these are: another would destroy those that it does not know.
    Column("id", short(32), primary_key=True),
    **UNORDERED,
)


@dataclass(slots=True)
class KeyFile:
    """The open key file (``storage.key_store.KeyStore``)."""

    _database: Database
    name: str

    @classmethod
    async def open(cls, url: str, held: IO[bytes] | None = None) -> KeyFile:
        """Open the key file, making it where there is none. Raises StorageError.

        ``held`` keeps others away that hold it, for as long as the file is open.
        """
        path = keys_file(url)
        must_have_folder(path)
        database = Database.bare(located(url, "database.keys"), held)
        try:
            async with database.writing() as tx:
                await tx.run_sync(_metadata.create_all)
                if (await tx.execute(select(_mark.c.id))).first() is None:
                    await tx.execute(insert(_mark).values(id=secrets.token_hex(16)))
        except (SQLAlchemyError, OSError) as error:
            await database.close()
            what = f"the key file {path} cannot be used: {type(error).__name__}"
            raise StorageError(what, "change database.keys") from None
        return cls(database, str(path))

    async def mark(self) -> str:
        """Which key file it is."""
        async with self._database.reading() as tx:
            return str((await tx.execute(select(_mark.c.id))).scalar_one())

    async def owner(self) -> str | None:
        """The database whose keys these are; None before the first."""
        async with self._database.reading() as tx:
            return (await tx.execute(select(_owner.c.id))).scalar_one_or_none()

    async def claim(self, own: str) -> str:
        """Have the keys be this database's where they are nobody's; whose they are then."""
        async with self._database.writing() as tx:
            owner = (await tx.execute(select(_owner.c.id))).scalar_one_or_none()
            if owner is None:
                await tx.execute(insert(_owner).values(id=own))
        return own if owner is None else str(owner)

    async def give(self, own: str) -> None:
        """Have the keys be this database's, whosever they were."""
        async with self._database.writing() as tx:
            await tx.execute(delete(_owner))
            await tx.execute(insert(_owner).values(id=own))

    async def put(self, key_id: str, secret: bytes, day: int) -> None:
        """Keep a key; it is on disk before this returns. Put twice, it is there once."""
        row = {"id": key_id, "made_on": day, "key": secret}
        async with self._database.writing() as tx:
            await tx.execute(upsert(tx, _key).values(**row).on_conflict_do_nothing())

    async def read(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Those of these keys that there are, by id."""
        found: dict[str, bytes] = {}
        async with self._database.reading() as tx:
            for some in portions(ids):
                wanted = select(_key.c.id, _key.c.key).where(_key.c.id.in_(some))
                found |= {each.id: each.key for each in await tx.execute(wanted)}
        return found

    async def there(self, ids: Sequence[str]) -> set[str]:
        """Which of these keys there are."""
        found: set[str] = set()
        async with self._database.reading() as tx:
            for some in portions(ids):
                there = select(_key.c.id).where(_key.c.id.in_(some))
                found.update((await tx.execute(there)).scalars())
        return found

    async def ids(self, until: int | None = None) -> set[str]:
        """The ids of all keys, or of those that were made on or before a day."""
        wanted = select(_key.c.id)
        if until is not None:
            wanted = wanted.where(_key.c.made_on <= until)
        async with self._database.reading() as tx:
            return set((await tx.execute(wanted)).scalars())

    async def destroy(self, ids: Sequence[str]) -> bool:
        """Delete keys; whether nothing is left of them, in the file's log neither."""
        async with self._database.writing() as tx:
            for some in portions(ids):
                await tx.execute(delete(_key).where(_key.c.id.in_(some)))
        return await self._database.tidy()

    async def aclose(self) -> None:
        """Close the file."""
        await self._database.close()


def must_have_folder(path: Path) -> None:
    """Raises StorageError where no file can be made."""
    if not path.parent.is_dir():
        raise StorageError(f"{path.parent} is no folder", "make it, or change database.keys")


def is_there(path: Path) -> bool:
    """Whether there is a key file; looked at without making one."""
    if not path.exists():
        return False
    try:
        with closing(look_into(path)) as there:
            return there.execute("SELECT id FROM mark").fetchone() is not None
    except sqlite3.Error as error:
        return "no such table" not in str(error)  # of what cannot be read, opening it tells more


def marks(path: Path) -> tuple[str | None, str | None]:
    """By what a key file is known, and whose it is; nothing of one that is not there. Raises
    StorageError.
    """
    if not path.exists():
        return None, None
    try:
        with closing(look_into(path)) as opened:
            names = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}
            if names and "mark" not in names:
                raise StorageError(f"{path} is no key file", "change database.keys")
            mark, owner = (
                opened.execute(f"SELECT id FROM {each}").fetchone() if each in names else None  # noqa: S608 - names of ours
                for each in ("mark", "owner")
            )
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    return mark and mark[0], owner and owner[0]


def ids_in(path: Path) -> set[str]:
    """The ids of the keys in a file; none of one that is not there. Raises StorageError."""
    if not path.exists():
        return set()
    try:
        with closing(look_into(path)) as opened:
            return {key for (key,) in opened.execute("SELECT id FROM key")}
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return set()
        raise _unusable(path, error) from None


def look_into(path: Path) -> sqlite3.Connection:
    """A SQLite file to be read, with nothing made beside it where nobody writes it now."""
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


def _unusable(path: Path, error: sqlite3.Error) -> StorageError:
    return StorageError(f"the key file {path} cannot be used: {error}", "change database.keys")


def serve_alone(path: Path) -> IO[bytes]:
    """Keep every key server away from a key file, for as long as what is returned is open. Raises
    StorageError where one serves it.
    """
    try:
        return hold(path)
    except StorageError:
        what = f"the key file {path} is served by a key server"
        raise StorageError(what, "stop that one first, or name another file") from None


def must_not_be_served(path: Path) -> None:
    """Raises StorageError where a key server serves a key file: its instances would be locked out
    by what is done to the file beside it.
    """
    if path.with_name(f"{path.name}.lock").exists():  # or nobody ever served it
        serve_alone(path).close()
