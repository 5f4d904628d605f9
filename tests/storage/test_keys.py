"""A key that is destroyed is nowhere any more, and one database alone destroys keys."""

from __future__ import annotations

import sqlite3
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, insert, text

from storage import key_store, schema
from storage.database import Database
from storage.keys import Keys
from storage.location import StorageError, located
from storage.tables import pool, shred
from tests import key_servers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from storage.location import KeysAt

TODAY = 20_000


async def listed(database: Database, *ids: str) -> None:
    """Keys whose drafts have gone."""
    async with database.writing() as tx:
        await tx.execute(insert(shred), [{"key_id": each} for each in ids])


async def waits(database: Database, key_id: str) -> None:
    row = {"id": key_id, "instrument": "tea", "round": "one", "kind": 1, "sealed": b"noise"}
    async with database.writing() as tx:
        await tx.execute(insert(pool).values(**row, key_id=key_id))


def bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.glob("keys*")))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'keys'}"


@pytest.fixture(params=["file", "server"])
async def at(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> AsyncIterator[KeysAt]:
    """Where keys lie: in this folder, or with a server that has them there."""
    if request.param == "file":
        yield url
        return
    async with key_servers.serving(tmp_path / "keys") as server:
        yield server


async def test_a_destroyed_key_is_in_no_byte_of_the_key_files(database, at, tmp_path) -> None:
    async with aclosing(await Keys.open(at)) as keys:
        made = [await keys.new(TODAY) for _ in range(200)]
        assert all(each.secret in bytes_of(tmp_path) for each in made)
        await listed(database, *(each.id for each in made[:150]))

        await keys.shred(database)

        left = bytes_of(tmp_path)
        assert [each for each in made[:150] if each.secret in left] == []
        assert all(each.secret in left for each in made[150:])


async def test_a_key_stays_listed_while_a_reader_keeps_it_in_the_log(
    database, at, tmp_path
) -> None:
    async with aclosing(await Keys.open(at)) as keys:
        made = await keys.new(TODAY)
        await listed(database, made.id)
        with closing(sqlite3.connect(tmp_path / "keys", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM key").fetchone()
            await keys.shred(database)
            assert made.secret in bytes_of(tmp_path)

        assert await keys.shred(database) == 1

        assert made.secret not in bytes_of(tmp_path)
        assert await keys.shred(database) == 0


async def test_a_key_file_on_postgresql_is_refused(postgresql_url, database) -> None:
    for opens in (Keys.open(postgresql_url), Keys.of(postgresql_url, database)):
        with pytest.raises(StorageError, match=r"names PostgreSQL, whose files and log keep"):
            await opens


def test_postgresql_keeps_what_is_deleted(postgresql_url) -> None:
    """Why it is refused: a row that was deleted stands in the table's file and in the log."""
    secret = b"a secret of thirty-two bytes ..."
    engine = create_engine(located(postgresql_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for each in (
            "CREATE TABLE secret (key bytea)",
            f"INSERT INTO secret VALUES ('{secret.decode()}')",
            "DELETE FROM secret",
            "VACUUM secret",
            "CHECKPOINT",
        ):
            connection.execute(text(each))
        log = text(
            "SELECT pg_read_binary_file('pg_wal/' || name) FROM pg_ls_waldir()"
            " WHERE name ~ '^[0-9A-F]{24}$'"
        )
        assert any(secret in bytes(each) for each in connection.execute(log).scalars())
    engine.dispose()


async def test_one_key_file_is_one_databases(database, at, tmp_path) -> None:
    other = await _another(tmp_path)
    async with aclosing(await Keys.open(at)) as keys:
        await keys.belong(database)
        await keys.belong(database)
        old = await keys.new(TODAY)
        await waits(database, old.id)

        with pytest.raises(StorageError, match=r"is the key file of another database; name ano"):
            await keys.belong(other)
        assert await keys.sweep(other, TODAY + 10) == 0, "it destroys none of these either"
        assert await keys.sweep(database, TODAY + 10) == 0

        await keys.adopt(other)
        with pytest.raises(StorageError, match="is the key file of another database"):
            await keys.belong(database)
    await other.close()


async def test_a_crash_between_the_two_marks_is_made_up_for(database, at) -> None:
    async with aclosing(await Keys.open(at)) as keys:
        async with database.writing() as tx:
            await keys._marked(tx)  # and here it dies

        await keys.belong(database)
        await keys.belong(database)


async def test_no_key_file_is_made_for_what_is_sealed_already(database, url, tmp_path) -> None:
    async with aclosing(await Keys.of(url, database)) as keys:  # nothing is: it is made
        await keys.belong(database)
        await waits(database, (await keys.new(TODAY)).id)
    for each in tmp_path.glob("keys*"):
        each.unlink()

    said = r"keys is not there, which opens 0 drafts and 1 sent responses; put it back, .* rekey"
    with pytest.raises(StorageError, match=said):
        await Keys.of(url, database)

    assert list(tmp_path.glob("keys*")) == []
    (tmp_path / "keys").touch()  # an empty file is none either
    with pytest.raises(StorageError, match=said):
        await Keys.of(url, database)


async def test_a_key_that_another_process_destroyed_leaves_the_memory(database, at) -> None:
    async with aclosing(await Keys.open(at)) as mine, aclosing(await Keys.open(at)) as theirs:
        gone, kept = await mine.new(TODAY), await mine.new(TODAY)
        await listed(database, gone.id)
        await theirs.shred(database)
        assert set(mine._known) == {gone.id, kept.id}

        assert await mine.forget_gone() == 1

        assert set(mine._known) == {kept.id}


async def test_many_keys_are_had_by_one_question(at, monkeypatch) -> None:
    async with aclosing(await Keys.open(at)) as mine, aclosing(await Keys.open(at)) as keys:
        ids = [(await mine.new(TODAY)).id for _ in range(3)]
        asked: list[object] = []
        read = type(keys._store).read

        async def counted(self, wanted: Sequence[str]) -> Mapping[str, bytes]:
            asked.append(wanted)
            return await read(self, wanted)

        monkeypatch.setattr(type(keys._store), "read", counted)

        await keys.have([*ids, "none"])

        assert [(await keys.get(each)).id for each in ids] == ids
        assert len(asked) == 1


async def test_what_is_read_in_passing_is_not_remembered(at) -> None:
    async with aclosing(await Keys.open(at)) as keys:
        key = await keys.new(TODAY)
        keys.forget(key)

        assert await keys.read([key.id, "none"]) == {key.id: key.secret}

        assert keys._known == {}


def test_looking_for_a_key_file_makes_none(url, tmp_path) -> None:
    assert not key_store.is_there(url)
    assert list(tmp_path.iterdir()) == []


async def _another(folder: Path) -> Database:
    url = f"sqlite:///{folder / 'another'}"
    schema.upgrade(url)
    return await Database.open(url)
