"""The key file: what opens drafts and waiting responses, kept apart from them and in no backup.

Each draft, and each response that waits, is sealed under a key of its own. Destroying the key
destroys what it sealed, wherever copies of that lie: in backups, in free pages, on a disk that was
thrown away. So a key is made before anything is sealed with it, and destroyed when what it sealed
has gone on.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Column, LargeBinary, MetaData, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from storage import shredding
from storage.database import Database, lock_person, portions
from storage.location import StorageError, file_of, located
from storage.tables import keyring, pool, session
from storage.tables.columns import NUMBER, UNORDERED, short

if TYPE_CHECKING:
    from collections.abc import Iterable

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

BITS = 256
REMEMBERED = 4096
"""Keys that are held in memory; of more, those that were used last."""
SETTLED_DAYS = 2
"""After how many days a key that nothing refers to is left over from a crash."""


class KeyGone(Exception):  # noqa: N818 - says what is the case
    """The key of something sealed is not there: what it sealed cannot be read by anybody."""


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
        where = located(url, "database.keys")
        path = file_of(where)
        if path is not None and not path.parent.is_dir():
            raise StorageError(f"{path.parent} is no folder", "make it, or change database.keys")
        named = str(path or where.render_as_string(hide_password=True))
        database = Database.bare(where)
        try:
            async with database.writing() as tx:
                await lock_person(tx, "key file")  # of instances that start together, one makes it
                await tx.run_sync(_metadata.create_all)
                if (await tx.execute(select(_mark.c.id))).first() is None:
                    await tx.execute(insert(_mark).values(id=secrets.token_hex(16)))
        except (SQLAlchemyError, OSError) as error:
            await database.close()
            what = f"the key file {named} cannot be used: {type(error).__name__}"
            raise StorageError(what, "change database.keys") from None
        return cls(database, named)

    async def belong(self, tx: Tx) -> None:
        """Have the database and this key file belong together from the first time on.

        Raises StorageError where the database belongs to another one: everything under way there
        would be unreadable.
        """
        mine = await self._id()
        await lock_person(tx, "keyring")
        known = (await tx.execute(select(keyring.c.id))).scalar_one_or_none()
        if known is None:
            await tx.execute(insert(keyring).values(id=mine))
        elif known != mine and not await _sealed_anything(tx):
            await self.adopt(tx)
        elif known != mine:
            what = f"{self._where} is not the key file that drafts in this database are sealed with"
            raise StorageError(what, "put that one in its place, or give them up: assay db rekey")

    async def adopt(self, tx: Tx) -> tuple[int, int]:
        """Have a database belong to this key file whose own is lost, as after restoring a backup;
        what cannot be opened any more is deleted: how many drafts, how many waiting responses.
        """
        await tx.execute(delete(keyring))
        await tx.execute(insert(keyring).values(id=await self._id()))
        there = await self._ids()
        gone: list[int] = []
        for table in (session, pool):
            sealed = select(table.c.key_id).where(table.c.key_id.is_not(None))
            lost = [each for each in (await tx.execute(sealed)).scalars() if each not in there]
            for some in portions(lost):
                await tx.execute(delete(table).where(table.c.key_id.in_(some)))
            gone.append(len(lost))
        return gone[0], gone[1]

    async def new(self, day: int) -> Key:
        """A key that is on disk before anything is sealed with it; ``day`` is today, since 1970."""
        key = Key(secrets.token_hex(16), secrets.token_bytes(BITS // 8))
        async with self._database.writing() as tx:
            await tx.execute(insert(_key).values(id=key.id, made_on=day, key=key.secret))
        self._remember(key)
        return key

    async def get(self, key_id: str) -> Key:
        """The key of this id. Raises KeyGone."""
        secret = self._known.get(key_id)
        if secret is None:
            async with self._database.reading() as tx:
                wanted = select(_key.c.key).where(_key.c.id == key_id)
                secret = (await tx.execute(wanted)).scalar_one_or_none()
        if secret is None:
            raise KeyGone(key_id)
        key = Key(key_id, secret)
        self._remember(key)
        return key

    async def shred(self, database: Database) -> int:
        """Destroy the keys that were listed for it (``storage.shredding``); how many."""
        async with database.reading() as tx:
            ids = await shredding.listed(tx)
        if ids:
            await self._destroy(ids)
            async with database.writing() as tx:
                await shredding.done(tx, ids)
        self.over = False
        return len(ids)

    async def sweep(self, database: Database, today: int) -> int:
        """Destroy keys that a crash left over before anything was sealed; how many."""
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

    async def _id(self) -> str:
        async with self._database.reading() as tx:
            return str((await tx.execute(select(_mark.c.id))).scalar_one())

    async def _ids(self) -> set[str]:
        async with self._database.reading() as tx:
            return set((await tx.execute(select(_key.c.id))).scalars())

    async def _destroy(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        for each in ids:
            self._known.pop(each, None)
        if not ids:
            return
        async with self._database.writing() as tx:
            for some in portions(ids):
                await tx.execute(delete(_key).where(_key.c.id.in_(some)))
        await self._database.tidy()

    def _remember(self, key: Key) -> None:
        self._known[key.id] = key.secret
        self._known.move_to_end(key.id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


async def _sealed_anything(tx: Tx) -> bool:
    """Whether anything in a database needs a key."""
    for table in (session, pool):
        needs = select(table.c.key_id).where(table.c.key_id.is_not(None)).limit(1)
        if (await tx.execute(needs)).first() is not None:
            return True
    return False
