"""The key file: what opens drafts and waiting responses, kept apart from them and in no backup.

Each draft, and each response that waits, is sealed under a key of its own. Destroying the key
destroys what it sealed, wherever copies of that lie: in backups, in free pages, on a disk that was
thrown away. So a key is made before anything is sealed with it, and destroyed when what it sealed
has gone on.

The key file is SQLite's, which overwrites what is deleted. PostgreSQL would keep it, in older
versions of rows and in its log, for as long as it likes.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Column, LargeBinary, MetaData, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from storage import shredding
from storage.database import Database, lock_person, portions
from storage.location import StorageError, keys_file, located
from storage.tables import keyring, pool, session
from storage.tables.columns import NUMBER, UNORDERED, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from storage.database import Tx

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

BITS = 256
REMEMBERED = 4096
"""Keys that are held in memory; of more, those that were used last."""
SETTLED_DAYS = 2
"""After how many days a key that nothing refers to is left over from a crash."""


class KeyGone(Exception):  # noqa: N818 - says what is the case
    """The key of something sealed is not there: what it sealed cannot be read by anybody."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Key:
    """One key, under the random id by which what it sealed refers to it."""

    id: str
    secret: bytes


@dataclass(slots=True)
class Keys:
    """The open key file."""

    _database: Database
    _where: str
    _known: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    over: bool = False
    """Set by who lists keys that should be destroyed right after the commit, not a little later."""

    @classmethod
    async def open(cls, url: str) -> Keys:
        """Open the key file, making it where there is none. Raises StorageError."""
        path = keys_file(url)
        if not path.parent.is_dir():
            raise StorageError(f"{path.parent} is no folder", "make it, or change database.keys")
        database = Database.bare(located(url, "database.keys"))
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

    @classmethod
    async def of(cls, url: str, database: Database) -> Keys:
        """The key file of a database. Raises StorageError, and makes none, where one is missing
        that opens what is sealed there.
        """
        if not is_there(url):
            async with database.reading() as tx:
                drafts, waiting = [len(each) for each in await sealed(tx)]
            if drafts or waiting:
                raise is_missing(keys_file(url), drafts, waiting)
        return await cls.open(url)

    async def belong(self, database: Database) -> None:
        """Have the database and this key file belong together from the first time on.

        Raises StorageError where either belongs to another: everything under way in a database
        would be unreadable, or what this one does not know would be destroyed in the file.
        """
        async with database.writing() as tx:
            own = await self._marked(tx)
        # First the one is committed, then the other: a crash in between is made up for next time.
        async with self._database.writing() as tx:
            owner = (await tx.execute(select(_owner.c.id))).scalar_one_or_none()
            if owner is None:
                await tx.execute(insert(_owner).values(id=own))
        if owner not in {None, own}:
            raise is_of_another(self._where)

    async def _marked(self, tx: Tx) -> str:
        """Have the database know this key file; by which mark the file knows the database."""
        mine = await self._id()
        await lock_person(tx, "keyring")
        known = (await tx.execute(select(keyring.c.id, keyring.c.own))).first()
        own = (known and known.own) or secrets.token_hex(16)
        if known is not None and known.id != mine and any(await sealed(tx)):
            raise is_not_theirs(self._where)
        if known is None:
            await tx.execute(insert(keyring).values(id=mine, own=own))
        else:
            await tx.execute(update(keyring).values(id=mine, own=own))
        return str(own)

    async def adopt(self, database: Database) -> tuple[int, int]:
        """Have a database belong to this key file, whose own is lost, or which was another's, as
        after restoring a backup; what cannot be opened any more is deleted: how many drafts, how
        many waiting responses. Another database that this file belonged to is refused from now on.
        """
        own = secrets.token_hex(16)
        async with database.writing() as tx:
            await lock_person(tx, "keyring")
            gone = await self._lost(tx)
            for table, lost in zip((session, pool), gone, strict=True):
                for some in portions(lost):
                    await tx.execute(delete(table).where(table.c.key_id.in_(some)))
            await tx.execute(delete(keyring))
            await tx.execute(insert(keyring).values(id=await self._id(), own=own))
            await tx.execute(update(pool).values(unreadable=0))
        await self._own(own)
        return len(gone[0]), len(gone[1])

    async def hand_over(self, database: Database) -> None:
        """Have this key file belong to a copy of its database; the one it was copied from is
        refused from now on. A database that was never opened with it has nothing of it.
        """
        own = secrets.token_hex(16)
        async with database.writing() as tx:
            known = await tx.execute(update(keyring).values(own=own))
        if known.rowcount:
            await self._own(own)

    async def is_anothers(self, database: Database) -> bool:
        """Whether another database would be refused if this file were this one's."""
        async with self._database.reading() as tx:
            owner = (await tx.execute(select(_owner.c.id))).scalar_one_or_none()
        async with database.reading() as tx:
            own = (await tx.execute(select(keyring.c.own))).scalar_one_or_none()
        return owner not in {None, own}

    async def new(self, day: int) -> Key:
        """A key that is on disk before anything is sealed with it; ``day`` is today, since 1970."""
        key = Key(secrets.token_hex(16), secrets.token_bytes(BITS // 8))
        async with self._database.writing() as tx:
            await tx.execute(insert(_key).values(id=key.id, made_on=day, key=key.secret))
        self._remember(key)
        return key

    async def get(self, key_id: str) -> Key:
        """The key of this id, kept in memory for a while. Raises KeyGone."""
        secret = self._known.get(key_id)
        if secret is None:
            secret = (await self.read([key_id])).get(key_id)
        if secret is None:
            raise KeyGone(key_id)
        key = Key(key_id, secret)
        self._remember(key)
        return key

    async def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Those of these keys that there are, by id; none is kept in memory."""
        found: dict[str, bytes] = {}
        async with self._database.reading() as tx:
            for some in portions(list(ids)):
                wanted = select(_key.c.id, _key.c.key).where(_key.c.id.in_(some))
                found |= {each.id: each.key for each in await tx.execute(wanted)}
        return found

    def forget(self, key: Key) -> None:
        """Have a key in the file alone: it is not needed soon."""
        self._known.pop(key.id, None)

    async def forget_gone(self) -> int:
        """Keep no key in memory that another process destroyed in the file; how many there were."""
        known = list(self._known)  # each was in the file before it was in here
        there = await self.read(known)
        gone = [each for each in known if each not in there]
        for each in gone:
            self._known.pop(each, None)
        return len(gone)

    async def shred(self, database: Database) -> int:
        """Destroy the keys that were listed for it (``storage.shredding``); how many.

        They stay listed as long as something reads the file, because until then they stand in its
        log, too.
        """
        async with database.reading() as tx:
            ids = await shredding.listed(tx)
        if ids and await self._destroy(ids):
            async with database.writing() as tx:
                await shredding.done(tx, ids)
        self.over = False
        return len(ids)

    async def sweep(self, database: Database, today: int) -> int:
        """Destroy keys that a crash left over before anything was sealed; how many. None of a file
        that belongs to another database.
        """
        if await self.is_anothers(database):
            return 0
        async with self._database.reading() as tx:
            old = select(_key.c.id).where(_key.c.made_on <= today - SETTLED_DAYS)
            made = set((await tx.execute(old)).scalars())
        async with database.reading() as tx:
            for table in (session, pool):
                used = select(table.c.key_id).where(table.c.key_id.is_not(None))
                made.difference_update((await tx.execute(used)).scalars())
        await self._destroy(sorted(made))
        return len(made)

    async def close(self) -> None:
        """Close the file."""
        await self._database.close()

    aclose = close  # as contextlib.aclosing calls it

    async def _id(self) -> str:
        async with self._database.reading() as tx:
            return str((await tx.execute(select(_mark.c.id))).scalar_one())

    async def _ids(self) -> set[str]:
        async with self._database.reading() as tx:
            return set((await tx.execute(select(_key.c.id))).scalars())

    async def _lost(self, tx: Tx) -> tuple[list[str], list[str]]:
        """Which keys of drafts and of waiting responses are not in this file."""
        there = await self._ids()
        drafts, waiting = await sealed(tx)
        return [each for each in drafts if each not in there], [
            each for each in waiting if each not in there
        ]

    async def _own(self, own: str) -> None:
        async with self._database.writing() as tx:
            await tx.execute(delete(_owner))
            await tx.execute(insert(_owner).values(id=own))

    async def _destroy(self, ids: Iterable[str]) -> bool:
        """Delete keys; whether nothing is left of them, in the file's log neither."""
        ids = list(ids)
        for each in ids:
            self._known.pop(each, None)
        if not ids:
            return True
        async with self._database.writing() as tx:
            for some in portions(ids):
                await tx.execute(delete(_key).where(_key.c.id.in_(some)))
        return await self._database.tidy()

    def _remember(self, key: Key) -> None:
        self._known[key.id] = key.secret
        self._known.move_to_end(key.id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


async def sealed(tx: Tx) -> tuple[list[str], list[str]]:
    """The keys that drafts need, and those that waiting responses need."""
    found = []
    for table in (session, pool):
        needs = select(table.c.key_id).where(table.c.key_id.is_not(None))
        found.append(list((await tx.execute(needs)).scalars()))
    return found[0], found[1]


def is_there(url: str) -> bool:
    """Whether there is a key file; looked at without making one. Raises StorageError."""
    path = keys_file(url)
    if not path.exists():
        return False
    try:
        with closing(look_into(path)) as there:
            return there.execute("SELECT id FROM mark").fetchone() is not None
    except sqlite3.Error as error:
        return "no such table" not in str(error)  # of what cannot be read, opening it tells more


def look_into(path: Path) -> sqlite3.Connection:
    """A SQLite file to be read, with nothing made beside it where nobody writes it now."""
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


def is_missing(path: Path, drafts: int, waiting: int) -> StorageError:
    """That there is no key file for what is sealed in a database."""
    what = f"the key file {path} is not there, which opens {drafts} drafts and {waiting}"
    cure = "put it back, name it in database.keys, or give them up: assay db rekey"
    return StorageError(f"{what} sent responses", cure)


def is_not_theirs(path: Path | str) -> StorageError:
    """That a key file opens nothing of what is sealed in a database."""
    what = f"{path} is not the key file that drafts in this database are sealed with"
    return StorageError(what, "put that one in its place, or give them up: assay db rekey")


def is_of_another(path: Path | str) -> StorageError:
    """That the keys of another database would be destroyed."""
    cure = "name another in database.keys; if that one is gone or moved: assay db rekey"
    return StorageError(f"{path} is the key file of another database", cure)
