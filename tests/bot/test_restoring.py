"""What restoring costs is said before anything is done, and never done unasked."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from storage.database import Database
from storage.keys import Keys
from tests.bot.test_cli import SURVEY, Assay, assay, files

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["assay"]


def destroy_keys_of(table: str, folder: Path) -> None:
    """As when what waits is let out, or a draft is sent."""
    with closing(sqlite3.connect(folder / "assay.sqlite3")) as database:
        ids = [key for (key,) in database.execute(f"SELECT key_id FROM {table}")]
    assert ids
    with closing(sqlite3.connect(folder / "assay.sqlite3.keys")) as keys, keys:
        keys.executemany("DELETE FROM key WHERE id = ?", [(each,) for each in ids])


def wait_in_pool(folder: Path, count: int) -> None:
    async def put() -> None:
        database = await Database.open(f"sqlite:///{folder}/assay.sqlite3")
        keys = await Keys.open(f"sqlite:///{folder}/assay.sqlite3.keys")
        made = [await keys.new(20_000) for _ in range(count)]
        await keys.close()
        await database.close()
        with closing(sqlite3.connect(folder / "assay.sqlite3")) as there, there:
            columns = [row[1] for row in there.execute("PRAGMA table_info(pool)")]
            known = {"instrument": SURVEY, "round": "open", "sealed": b"sealed"}
            for each in made:
                values = [
                    each.id if name in {"key_id", "id"} else known.get(name, 0) for name in columns
                ]
                there.execute(f"INSERT INTO pool VALUES ({','.join('?' * len(columns))})", values)

    asyncio.run(put())


def test_what_a_backup_would_lose_is_said_before_and_not_done_unasked(assay: Assay) -> None:
    assay("chat", SURVEY, typed="Start\n1\n")
    wait_in_pool(assay.folder, 2)
    assay("backup", "copy.sqlite3")
    destroy_keys_of("pool", assay.folder)
    before = (assay.folder / "assay.sqlite3").read_bytes()
    there = files(assay)

    said = assay.refuses("restore", "copy.sqlite3", exits=2)

    assert said == (
        "restoring copy.sqlite3: 0 drafts and 2 responses of it cannot be opened, and go;"
        " what is there now stays in assay.sqlite3.before-1; say --yes to do it"
    )
    assert (assay.folder / "assay.sqlite3").read_bytes() == before
    assert set(files(assay)) <= {*there, "assay.sqlite3.lock"}
    assert assay("restore", "copy.sqlite3", "--yes").stdout.splitlines() == [
        "restored from copy.sqlite3; what was there is now assay.sqlite3.before-1",
        "unreadable without their keys, deleted: 0 drafts, 2 responses",
    ]


def test_without_its_key_file_all_drafts_of_a_backup_are_counted(assay: Assay) -> None:
    assay("chat", SURVEY, typed="Start\n1\n")
    assay("backup", "copy.sqlite3")
    for each in assay.folder.glob("assay.sqlite3*"):
        each.unlink()

    said = assay.refuses("restore", "copy.sqlite3", exits=2)

    assert said == (
        "restoring copy.sqlite3: 1 drafts and 0 responses of it cannot be opened, and go;"
        " say --yes to do it"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["restore", "none"], "none is not there; name a file that assay backup wrote"),
        (["restore", "."], ". is a folder; name a file that assay backup wrote"),
        (["restore", "other"], "other belongs to another program; name a file that assay"),
        (["backup", "."], ". is a folder; name a file in it that is not there yet"),
        (["backup", "none/copy"], "none is no folder; make it, or name a file elsewhere"),
        (["db", "move", "foo"], "TARGET_URL is not a database URL; write postgresql://USER@"),
        (["db", "move", "sqlite:///b"], "TARGET_URL names a SQLite file; write postgresql://"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_names_what_is_wrong(assay: Assay, args: list[str], said: str) -> None:
    assay("db", "upgrade")
    with closing(sqlite3.connect(assay.folder / "other")) as other, other:
        other.execute("CREATE TABLE theirs (id)")

    assert assay.refuses(*args, exits=2).removeprefix(f"{assay.folder}/").startswith(said)


def test_a_target_that_is_not_there_is_named_as_the_target(assay: Assay) -> None:
    assay("db", "upgrade")

    said = assay.refuses("db", "move", "postgresql://u@127.0.0.1:1/nodb", exits=1)

    assert said.startswith("TARGET_URL: the database 127.0.0.1/nodb cannot be used: ")
    assert "database.url" not in said
