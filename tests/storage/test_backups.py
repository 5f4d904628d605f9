"""A backup made under load can be restored, and is then all that was committed before it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import backups, ledger, schema
from storage.database import Database
from storage.keys import Keys
from storage.location import StorageError, file_of, located


@pytest.fixture
def url(sqlite_url: str) -> str:
    schema.upgrade(sqlite_url)
    return sqlite_url


def file_at(url: str) -> Path:
    found = file_of(located(url))
    assert found is not None
    return found


async def take(url: str, *numbers: int) -> None:
    database = await Database.open(url)
    async with database.writing() as tx:
        for each in numbers:
            await ledger.first_times(tx, [each], 1)
    await database.close()


def taken(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as opened:
        asked = "SELECT update_id FROM processed_update ORDER BY update_id"
        return [number for (number,) in opened.execute(asked)]


async def test_a_backup_is_a_whole_copy_for_its_owner_alone_and_writes_over_nothing(url, tmp_path):
    await take(url, 7)
    target = tmp_path / "backup"

    await asyncio.to_thread(backups.backup, url, target)

    assert taken(target) == [7]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(StorageError, match="is there already; name a file that is not"):
        backups.backup(url, target)


async def test_a_backup_holds_no_key(url, tmp_path):
    source = file_at(url)
    keys = await Keys.open(f"sqlite:///{source}.keys")
    key = await keys.new(20_000)
    await keys.close()

    await asyncio.to_thread(backups.backup, url, tmp_path / "backup")

    assert key.secret not in (tmp_path / "backup").read_bytes()
    assert key.secret in b"".join(each.read_bytes() for each in source.parent.glob("*.keys*"))


async def test_backups_made_under_load_restore_to_what_was_committed_before_them(url, tmp_path):
    """Pairs are committed together; no backup ever holds one of a pair."""
    database = await Database.open(url)
    done = asyncio.Event()
    committed = 0

    async def writes() -> None:
        nonlocal committed
        while not done.is_set():
            async with database.writing() as tx:
                for each in (2 * committed, 2 * committed + 1):
                    await ledger.first_times(tx, [each], 1)
            committed += 1

    writing = asyncio.create_task(writes())
    before = []
    for number in range(10):
        while committed < 20 * (number + 1):  # noqa: ASYNC110 - of work, not of time
            await asyncio.sleep(0)
        before.append(committed)
        await asyncio.to_thread(backups.backup, url, tmp_path / f"{number}")
    done.set()
    await writing
    await database.close()

    for number in range(10):
        backups.restore(url, tmp_path / f"{number}")
        found = taken(file_at(url))
        assert found == list(range(len(found)))
        assert len(found) % 2 == 0
        assert len(found) >= 2 * before[number]
        opened = await Database.open(url, exclusive=True)
        async with opened.reading() as tx:
            assert (await tx.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"
        await opened.close()


async def test_restoring_puts_what_was_there_aside_with_its_log(url, tmp_path):
    await take(url, 1)
    backups.backup(url, tmp_path / "backup")
    await take(url, 2)

    first = backups.restore(url, tmp_path / "backup")
    assert taken(file_at(url)) == [1]
    assert taken(first) == [1, 2]

    second = backups.restore(url, tmp_path / "backup")
    assert [first.name, second.name] == ["assay.sqlite3.before-1", "assay.sqlite3.before-2"]


class Died(Exception):  # noqa: N818 - says what is the case
    """Power was lost."""


@pytest.mark.parametrize("step", range(1, 12))
async def test_a_crash_while_restoring_leaves_the_old_one_or_the_new(
    url, tmp_path, monkeypatch, step
):
    """Whichever step it comes before; what the log held is not lost either."""
    await take(url, 1)
    backups.backup(url, tmp_path / "backup")
    with closing(sqlite3.connect(file_at(url))) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO processed_update (update_id, day) VALUES (2, 1)")
        writer.commit()
        # As after a kill: what was committed last stands in the log alone.
        shutil.copytree(tmp_path, tmp_path / "killed", dirs_exist_ok=True)
    killed = tmp_path / "killed"
    there = killed / file_at(url).name
    steps = 0

    def before(does):
        def done(*args, **more):
            nonlocal steps
            steps += 1
            if steps == step:
                raise Died
            return does(*args, **more)

        return done

    with monkeypatch.context() as patch:
        patch.setattr(backups.os, "link", before(backups.os.link))
        for name in ("unlink", "replace"):
            patch.setattr(Path, name, before(getattr(Path, name)))
        patch.setattr(backups, "_sync", before(backups._sync))
        died = False
        try:
            backups.restore(f"sqlite:///{there}", tmp_path / "backup")
        except Died:
            died = True

    assert died == (step <= steps)
    found = taken(there)
    assert found == [1, 2] or (found == [1] and taken(Path(f"{there}.before-1")) == [1, 2])
    if died:
        backups.restore(f"sqlite:///{there}", tmp_path / "backup")
    assert taken(there) == [1]


async def test_a_damaged_database_is_put_aside_as_it_is(url, tmp_path):
    await take(url, 1)
    backups.backup(url, tmp_path / "backup")
    spoiled = b"SQLite format 3\0" + b"\xff" * 40_000
    file_at(url).write_bytes(spoiled)

    aside = backups.restore(url, tmp_path / "backup")

    assert aside.read_bytes() == spoiled
    assert taken(file_at(url)) == [1]


async def test_where_nothing_was_there_nothing_is_put_aside(url, tmp_path):
    backups.backup(url, tmp_path / "backup")
    file_at(url).unlink()

    assert backups.restore(url, tmp_path / "backup") is None
    assert taken(file_at(url)) == []


async def test_a_database_in_use_is_not_replaced(url, tmp_path):
    backups.backup(url, tmp_path / "backup")
    running = await Database.open(url, exclusive=True)

    with pytest.raises(StorageError, match="another Assay uses"):
        backups.restore(url, tmp_path / "backup")

    await running.close()


@pytest.mark.parametrize("wrong", ["missing", "cut", "foreign", "newer", "text"])
async def test_what_is_no_whole_backup_of_ours_is_refused_and_nothing_is_touched(
    url, tmp_path, wrong
):
    await take(url, 1)
    copy = tmp_path / "backup"
    if wrong != "missing":
        backups.backup(url, copy)
    match wrong:
        case "cut":
            copy.write_bytes(copy.read_bytes()[: 4096 * 5 + 100])
        case "text":
            copy.write_text("no database at all, but long enough" * 99)
        case "foreign":
            copy.unlink()
            with closing(sqlite3.connect(copy)) as other, other:
                other.execute("CREATE TABLE theirs (id)")
        case "newer":
            with closing(sqlite3.connect(copy)) as ours, ours:
                ours.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StorageError, match=r"backup|belongs to another program|holds no Assay"):
        backups.restore(url, copy)

    assert taken(file_at(url)) == [1]
    assert not list(tmp_path.glob("*.before-*"))


def test_postgresql_is_backed_up_by_its_own_tools(postgresql_url, tmp_path):
    with pytest.raises(StorageError, match="use pg_dump"):
        backups.backup(postgresql_url, tmp_path / "backup")
    with pytest.raises(StorageError, match="use pg_restore"):
        backups.restore(postgresql_url, tmp_path / "backup")


def test_what_is_made_as_root_is_of_whom_the_database_is(url, tmp_path, monkeypatch):
    """A service that runs as somebody else could not open it."""
    given: list[tuple[str, int, int]] = []
    monkeypatch.setattr(backups.os, "chown", lambda path, *whose: given.append((path.name, *whose)))
    backups.backup(url, tmp_path / "backup")
    monkeypatch.setattr(backups, "owner", lambda _: (12345, 54321))

    backups.restore(url, tmp_path / "backup")

    assert given == [("assay.sqlite3.restored", 12345, 54321)]


def test_all_that_lies_beside_a_database_is_its_owners(url, tmp_path, monkeypatch):
    given: list[str] = []
    monkeypatch.setattr(backups.os, "chown", lambda path, *_: given.append(path.name))
    for ending in (".keys", "-wal", ".lock", ".before-1"):
        (tmp_path / f"assay.sqlite3{ending}").touch()
    files = list(backups.files_of(url, f"{url}.keys"))

    backups.keep_owner(files, backups.owner(url))
    assert given == []

    backups.keep_owner(files, (12345, 54321))
    ours = {"assay.sqlite3", "assay.sqlite3-wal", "assay.sqlite3.lock", "assay.sqlite3.keys"}
    assert set(given) == ours
