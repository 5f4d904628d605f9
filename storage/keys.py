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
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from storage import shredding
from storage.database import lock_person, portions
from storage.key_store import is_there, open_store
from storage.location import StorageError, named
from storage.tables import keyring, pool, session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.database import Database, Tx
    from storage.key_store import KeyStore
    from storage.location import KeysAt

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
    secret: bytes = field(repr=False)


@dataclass(slots=True)
class Keys:
    """The keys of one database, wherever they lie; those in use are kept in memory."""

    _store: KeyStore
    _known: OrderedDict[str, bytes] = field(default_factory=OrderedDict, repr=False)
    over: bool = False
    """Set by who lists keys that should be destroyed right after the commit, not a little later."""

    @classmethod
    async def open(cls, at: KeysAt) -> Keys:
        """Open the key file, making it where there is none, or the line to a key server. Raises
        StorageError, and KeysAwayError where the server does not answer.
        """
        return cls(await open_store(at))

    @classmethod
    async def of(cls, at: KeysAt, database: Database) -> Keys:
        """The keys of a database. Raises StorageError, and makes no file, where one is missing
        that opens what is sealed there.
        """
        if not is_there(at):
            async with database.reading() as tx:
                drafts, waiting = [len(each) for each in await sealed(tx)]
            if drafts or waiting:
                raise is_missing(at, drafts, waiting)
        return await cls.open(at)

    async def belong(self, database: Database) -> None:
        """Have the database and this key file belong together from the first time on.

        Raises StorageError where either belongs to another: everything under way in a database
        would be unreadable, or what this one does not know would be destroyed in the file.
        """
        async with database.writing() as tx:
            own = await self._marked(tx)
        # First the one is committed, then the other: a crash in between is made up for next time.
        if await self._store.claim(own) != own:
            raise is_of_another(self._store.name)

    async def _marked(self, tx: Tx) -> str:
        """Have the database know this key file; by which mark the file knows the database."""
        mine = await self._store.mark()
        await lock_person(tx, "keyring")
        known = (await tx.execute(select(keyring.c.id, keyring.c.own))).first()
        own = (known and known.own) or secrets.token_hex(16)
        if known is not None and known.id != mine and any(await sealed(tx)):
            raise is_not_theirs(self._store.name)
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
            await tx.execute(insert(keyring).values(id=await self._store.mark(), own=own))
            await tx.execute(update(pool).values(unreadable=0))
        await self._store.give(own)
        return len(gone[0]), len(gone[1])

    async def hand_over(self, database: Database) -> None:
        """Have this key file belong to a copy of its database; the one it was copied from is
        refused from now on. A database that was never opened with it has nothing of it.
        """
        own = secrets.token_hex(16)
        async with database.writing() as tx:
            known = await tx.execute(update(keyring).values(own=own))
        if known.rowcount:
            await self._store.give(own)

    async def is_anothers(self, database: Database) -> bool:
        """Whether another database would be refused if this file were this one's."""
        owner = await self._store.owner()
        async with database.reading() as tx:
            own = (await tx.execute(select(keyring.c.own))).scalar_one_or_none()
        return owner not in {None, own}

    async def new(self, day: int) -> Key:
        """A key that is on disk before anything is sealed with it; ``day`` is today, since 1970."""
        key = Key(secrets.token_hex(16), secrets.token_bytes(BITS // 8))
        await self._store.put(key.id, key.secret, day)
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

    async def have(self, ids: Iterable[str]) -> None:
        """Have these keys at hand, those that there are, by one question for all of them."""
        unknown = [each for each in ids if each not in self._known]
        for key_id, secret in (await self.read(unknown)).items():
            self._remember(Key(key_id, secret))

    async def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Those of these keys that there are, by id; none is kept in memory."""
        wanted = list(ids)
        return await self._store.read(wanted) if wanted else {}

    def forget(self, key: Key) -> None:
        """Have a key in the file alone: it is not needed soon."""
        self._known.pop(key.id, None)

    async def forget_gone(self) -> int:
        """Keep no key in memory that another process destroyed in the file; how many there were."""
        known = list(self._known)  # each was in the file before it was in here
        there = await self._store.there(known) if known else set()
        gone = [each for each in known if each not in there]
        for each in gone:
            self._known.pop(each, None)
        return len(gone)

    async def shred(self, database: Database) -> int:
        """Destroy the keys that were listed for it (``storage.shredding``); how many.

        They stay listed as long as something reads the file, because until then they stand in its
        log, too; and where they could not be destroyed now.
        """
        self.over = False
        async with database.reading() as tx:
            ids = await shredding.listed(tx)
        if ids and await self._destroy(ids):
            async with database.writing() as tx:
                await shredding.done(tx, ids)
        return len(ids)

    async def sweep(self, database: Database, today: int) -> int:
        """Destroy keys that a crash left over before anything was sealed; how many. None of a file
        that belongs to another database.
        """
        if await self.is_anothers(database):
            return 0
        made = await self._store.ids(until=today - SETTLED_DAYS)
        async with database.reading() as tx:
            for table in (session, pool):
                used = select(table.c.key_id).where(table.c.key_id.is_not(None))
                made.difference_update((await tx.execute(used)).scalars())
        await self._destroy(sorted(made))
        return len(made)

    async def answer(self) -> None:
        """Look whether the keys can be had. Raises SQLAlchemyError where they cannot now."""
        await self._store.mark()

    async def close(self) -> None:
        """Close the file, or the line to the server."""
        await self._store.aclose()

    aclose = close  # as contextlib.aclosing calls it

    async def _lost(self, tx: Tx) -> tuple[list[str], list[str]]:
        """Which keys of drafts and of waiting responses are not in this file."""
        there = await self._store.ids()
        drafts, waiting = await sealed(tx)
        return [each for each in drafts if each not in there], [
            each for each in waiting if each not in there
        ]

    async def _destroy(self, ids: Iterable[str]) -> bool:
        """Delete keys; whether nothing is left of them, in the file's log neither."""
        ids = list(ids)
        for each in ids:
            self._known.pop(each, None)
        return await self._store.destroy(ids) if ids else True

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


def is_missing(at: KeysAt, drafts: int, waiting: int) -> StorageError:
    """That there is no key file for what is sealed in a database."""
    what = f"the key file {named(at)} is not there, which opens {drafts} drafts and {waiting}"
    cure = "put it back, name it in database.keys, or give them up: assay db rekey"
    return StorageError(f"{what} sent responses", cure)


def is_not_theirs(name: str) -> StorageError:
    """That a key file opens nothing of what is sealed in a database."""
    what = f"{name} is not the key file that drafts in this database are sealed with"
    return StorageError(what, "put that one in its place, or give them up: assay db rekey")


def is_of_another(name: str) -> StorageError:
    """That the keys of another database would be destroyed."""
    cure = "name another in database.keys; if that one is gone or moved: assay db rekey"
    return StorageError(f"{name} is the key file of another database", cure)
