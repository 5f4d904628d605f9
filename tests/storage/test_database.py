"""Transactions, and what is refused before one can begin."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from flows.session import Answer, Place, Session
from storage import ledger, outbox, people, schema, sessions
from storage.database import Database
from storage.keys import Keys
from storage.location import StorageError, file_of, located


def file_at(url: str) -> Path:
    path = file_of(located(url))
    assert path is not None
    return path


async def _count(database: Database) -> int:
    async with database.reading() as tx:
        return (await tx.execute(text("SELECT until FROM gate"))).scalar_one()


async def _add_one(database: Database) -> None:
    async with database.writing() as tx:
        locked = " FOR UPDATE" if tx.dialect.name == "postgresql" else ""
        seen = (await tx.execute(text(f"SELECT until FROM gate{locked}"))).scalar_one()
        await asyncio.sleep(0)
        await tx.execute(text("UPDATE gate SET until = :n"), {"n": seen + 1})


async def test_of_480_that_read_and_then_write_at_once_none_is_lost(database: Database) -> None:
    async with database.writing() as tx:
        await outbox.hold(tx, "telegram", 0, 0)

    await asyncio.gather(*(_add_one(database) for _ in range(480)))

    assert await _count(database) == 480


async def test_a_writer_that_is_cancelled_has_written_all_or_nothing(database: Database) -> None:
    async def writer(number: int) -> None:
        async with database.writing() as tx:
            await ledger.first_times(tx, [2 * number], 1)
            await ledger.first_times(tx, [2 * number + 1], 1)

    for number in range(40):
        task = asyncio.create_task(writer(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with database.writing() as tx:
        held = set((await tx.execute(text("SELECT update_id FROM processed_update"))).scalars())
        later = await ledger.first_times(tx, [1_000], 1)
    assert later
    assert all((2 * n in held) == (2 * n + 1 in held) for n in range(40))


async def test_a_commit_is_carried_to_its_end_however_often_its_writer_is_cancelled(
    database: Database,
) -> None:
    done = []

    async def commit() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        done.append(True)

    waiting = asyncio.create_task(database._shielded(commit()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == [True]


async def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as tx:
            await ledger.first_times(tx, [5], 1)
            raise RuntimeError

    async with database.writing() as tx:
        assert await ledger.first_times(tx, [5], 1)


async def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises(SQLAlchemyError, match=r"read-?only"):
        async with database.reading() as tx:
            await ledger.first_times(tx, [1], 1)


async def test_what_was_deleted_leaves_no_trace_in_any_file(sqlite_url: str, keys: Keys) -> None:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)
    said = Session("tea", "1", Place("introduction"), {"q": Answer(text="CANARY")})
    async with database.writing() as tx:
        await people.arrive(tx, "web", "1", "en", new_id="p", secret=b"s")
        await sessions.save(tx, keys, "p", said, None, now=0)
    async with database.writing() as tx:
        await people.forget(tx, "p")

    await database.tidy()

    folder = file_at(sqlite_url).parent
    found = [path.name for path in folder.iterdir() if b"CANARY" in path.read_bytes()]
    await database.close()
    assert found == []


async def test_tidying_holds_up_nobody_while_somebody_reads(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)
    async with database.reading() as reader:
        await reader.execute(text("SELECT * FROM gate"))
        async with database.writing() as tx:
            await ledger.first_times(tx, [1], 1)

        async with asyncio.timeout(5):
            await database.tidy()

    async with database.writing() as tx:
        assert (await tx.execute(text("PRAGMA busy_timeout"))).scalar_one() == 10_000
    await database.tidy()
    log = file_at(sqlite_url).with_name(file_at(sqlite_url).name + "-wal")
    assert log.stat().st_size == 0
    await database.close()


async def test_sqlite_is_opened_durable_and_for_its_owner_alone(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)

    async with database.writing() as tx:
        said = {
            name: (await tx.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    await database.close()

    full = 2
    assert said == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    assert stat.S_IMODE(file_at(sqlite_url).stat().st_mode) == 0o600


async def test_no_schema_is_refused_and_the_cure_is_named(database_url: str) -> None:
    with pytest.raises(StorageError, match="has no schema yet; run: assay db upgrade"):
        await Database.open(database_url)


async def test_an_older_schema_is_refused_and_the_cure_is_named(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "needed", lambda: "9999")

    with pytest.raises(StorageError, match="older schema 0013; run: assay db upgrade"):
        await Database.open(database_url)


async def test_a_newer_schema_is_refused_and_the_cure_is_named(
    database: Database, database_url: str
) -> None:
    async with database.writing() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StorageError, match="newer schema 9999; use the newer Assay"):
        await Database.open(database_url)
    with pytest.raises(StorageError, match="newer schema 9999"):
        schema.upgrade(database_url)


def test_looking_at_a_database_that_is_not_there_makes_none(sqlite_url: str) -> None:
    assert schema.current(sqlite_url) == (None, schema.needed())
    assert not file_at(sqlite_url).exists()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:", "sqlite:////no/dir/x.db"]
)
def test_a_database_that_cannot_be_used_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(StorageError) as refused:
        schema.upgrade(url)

    assert "\n" not in str(refused.value)
    assert refused.value.cure


def test_a_server_that_is_away_is_refused_in_one_line() -> None:
    with pytest.raises(StorageError, match="cannot be used") as refused:
        schema.current("postgresql://nobody:hush@127.0.0.1:1/assay")

    assert "\n" not in str(refused.value)
    assert "hush" not in str(refused.value)


async def test_a_second_process_does_not_get_the_file(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url, exclusive=True)
    second = (
        "import asyncio, sys\n"
        "from storage.database import Database\n"
        "asyncio.run(Database.open(sys.argv[1], exclusive=True))\n"
    )

    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", second, sqlite_url],
        capture_output=True,
        text=True,
        check=False,
    )
    await database.close()

    assert ended.returncode != 0
    assert "StorageError: another Assay uses" in ended.stderr


async def test_a_damaged_file_is_refused(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)
    path = file_at(sqlite_url)
    body = bytearray(path.read_bytes())
    body[4096 * 3 : 4096 * 6] = b"\x55" * 4096 * 3
    path.write_bytes(body)

    for _ in range(2):  # and again: a refusal lets go of the file
        with pytest.raises(StorageError, match="is damaged; restore a backup"):
            await Database.open(sqlite_url, exclusive=True)


@pytest.mark.parametrize("mark", [0, 77])
async def test_the_file_of_another_program_is_left_alone(sqlite_url: str, mark: int) -> None:
    path = file_at(sqlite_url)
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photo (name TEXT)")
        other.execute(f"PRAGMA application_id = {mark}")
    before = path.read_bytes()

    with pytest.raises(StorageError, match="belongs to another program; change database"):
        schema.upgrade(sqlite_url)
    with pytest.raises(StorageError, match="belongs to another program"):
        await Database.open(sqlite_url)

    assert path.read_bytes() == before


def test_our_file_says_whose_it_is(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)

    with contextlib.closing(sqlite3.connect(file_at(sqlite_url))) as ours:
        (mark,) = ours.execute("PRAGMA application_id").fetchone()
    assert mark.to_bytes(4) == b"ASSY"
    assert schema.upgrade(sqlite_url) == schema.needed()


def test_instances_that_start_together_make_the_tables_once(database_url: str) -> None:
    """In processes of their own, as instances are."""
    upgrade = "import sys; from storage import schema; schema.upgrade(sys.argv[1])"
    starting = [
        subprocess.Popen([sys.executable, "-c", upgrade, database_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]

    said = [each.communicate()[1].decode() for each in starting]

    assert said == [""] * 4
    assert schema.current(database_url) == (schema.needed(), schema.needed())
