"""Copies of a SQLite database: made while it is in use, looked through before they are trusted."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from storage import schema
from storage.database import hold
from storage.location import SettingError, StorageError, WrongUseError, file_of, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def backup(url: str, target: Path) -> None:
    """Write a verified copy of a SQLite database that may be in use; the key file is not in it.

    Raises StorageError: not SQLite, the target is there already, the copy is not whole.
    """
    source = _sqlite(url, "a backup of PostgreSQL is not made here", "use pg_dump")
    if not source.is_file():
        raise WrongUseError(f"{source} is not there", "name the database in database.url")
    if target.is_dir():
        raise WrongUseError(f"{target} is a folder", "name a file in it that is not there yet")
    if target.exists():
        raise WrongUseError(f"{target} is there already", "name a file that is not")
    if not target.parent.is_dir():
        raise WrongUseError(f"{target.parent} is no folder", "make it, or name a file elsewhere")
    _copy(source, target)
    problem = _damage(target)
    if problem is not None:
        target.unlink()
        raise StorageError(f"{source} is damaged: {problem}", "restore an older backup")


def restore(url: str, copy: Path) -> Path | None:
    """Put a backup in the place of the database; where that one went, if there was one.

    At every moment there is a whole database under its name, the old one or the new: a crash in
    between leaves one of both, and the other beside it.

    Raises StorageError, with everything left as it was: not SQLite, in use, the copy is missing,
    damaged, no database of ours, or newer than this version.
    """
    examine(url, copy)
    target = _sqlite(url, "PostgreSQL is not restored here", "use pg_restore")
    with hold(target):
        fresh = target.with_name(f"{target.name}.restored")
        fresh.unlink(missing_ok=True)
        _copy(copy, fresh)
        keep_owner([fresh], owner(url))
        aside = _kept_aside(target)
        fresh.replace(target)
        _sync(target.parent)
        return aside


def examine(url: str, copy: Path) -> Path | None:
    """Where the database that is there would be put aside, if there is one.

    Raises StorageError where this backup cannot be restored; nothing is touched.
    """
    target = _sqlite(url, "PostgreSQL is not restored here", "use pg_restore")
    cure = "name a file that assay backup wrote"
    if copy.is_dir():
        raise WrongUseError(f"{copy} is a folder", cure)
    if not copy.is_file():
        raise WrongUseError(f"{copy} is not there", cure)
    problem = _damage(copy)
    if problem is not None:
        raise StorageError(f"{copy} is damaged: {problem}", "restore an older backup")
    schema.must_be_known(f"sqlite:///{copy.absolute()}")
    if not target.parent.is_dir():
        cure = "make it, or change database.url"
        raise SettingError("database.url", f"{target.parent} is no folder", cure)
    with hold(target):
        return _aside(target) if target.exists() else None


def owner(url: str) -> tuple[int, int]:
    """Whose the database is, user and group; where there is none, whose the folder is."""
    path = _sqlite(url, "PostgreSQL has no file", "name one in database.url")
    there = (path if path.exists() else path.parent).stat()
    return there.st_uid, there.st_gid


def files_of(*urls: str) -> Iterator[Path]:
    """The files of these databases, with what lies beside them while they are used."""
    for each in urls:
        path = file_of(located(each))
        for ending in ("", "-wal", "-shm", ".lock"):
            if path is not None and (file := path.with_name(path.name + ending)).exists():
                yield file


def keep_owner(files: Iterable[Path], whose: tuple[int, int]) -> None:
    """Have files that root made here be of whoever runs the product, or it could not open them."""
    for each in files:
        there = each.stat()
        if (there.st_uid, there.st_gid) != whose:
            with suppress(PermissionError):  # whoever is not root made them for themselves
                os.chown(each, *whose)


def _sqlite(url: str, what: str, cure: str) -> Path:
    path = file_of(located(url))
    if path is None:
        raise StorageError(what, cure)
    return path


def _kept_aside(target: Path) -> Path | None:
    """Have a database under another name as well, so that its own can be given to another at once:
    whole, with what its log held. The log itself goes, because it belongs to this database alone.
    """
    if not target.exists():
        return None
    aside = _aside(target)
    log = target.with_name(f"{target.name}-wal")
    folded = _folded(target)
    if not folded and log.exists():
        _twice(log, aside.with_name(f"{aside.name}-wal"))
    _twice(target, aside)
    _sync(target.parent)
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    _sync(target.parent)
    return aside


def _aside(target: Path) -> Path:
    number = 1
    while (aside := target.with_name(f"{target.name}.before-{number}")).exists():
        number += 1
    return aside


def _folded(target: Path) -> bool:
    """Bring what a database's log holds into its file; whether that was possible: not where it is
    damaged, which may be why it is replaced.
    """
    try:
        with closing(sqlite3.connect(target)) as old:
            return bool(old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    except sqlite3.Error:
        return False


def _twice(file: Path, other: Path) -> None:
    """Have a file under another name as well; a copy of it where a folder knows one name only."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copy(file, other)
        there = file.stat()
        keep_owner([other], (there.st_uid, there.st_gid))
        with other.open("rb") as written:
            os.fsync(written.fileno())


def _copy(source: Path, target: Path) -> None:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        what = f"{target} cannot be written: {error.strerror}"
        raise StorageError(what, "name a file that is not there yet") from None
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except sqlite3.Error as error:
        target.unlink()
        cure = "make room, or restore an older backup"
        raise StorageError(f"{source} cannot be copied to {target}: {error}", cure) from None
    with target.open("rb") as written:
        os.fsync(written.fileno())
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Have names in a folder be as durable as what they name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _damage(path: Path) -> str | None:
    """What is wrong with a database file, or None."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            (said,) = copy.execute("PRAGMA integrity_check").fetchone()
            if said == "ok" and copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
                said = "a row refers to one that is not there"
    except sqlite3.DatabaseError as error:
        said = str(error)
    return None if said == "ok" else str(said)
