"""Where a database is, and what is said when it cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


class StorageError(Exception):
    """The database cannot be used as it is: what is the matter, and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}; {cure}")
        self.what, self.cure = what, cure


class SettingError(StorageError):
    """A setting names what cannot be a database here: starting again does not help."""

    def __init__(self, setting: str, what: str, cure: str) -> None:
        super().__init__(what, cure)
        self.setting = setting


class WrongUseError(StorageError):
    """What was asked for is not done here, or not with what was named."""


def located(url: str, setting: str = "database.url") -> URL:
    """The URL with the driver that is used here. Raises StorageError, naming the ``setting``, for
    any other database.
    """
    accepted = "write sqlite:///PATH or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingError(setting, f"{setting} is not a database URL", accepted) from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite":
            raise SettingError(setting, f"{setting} names no file", accepted)
        case other:
            raise SettingError(
                setting, f"{setting} names {other}, which is not used here", accepted
            )


def keys_beside(url: str) -> str:
    """The key file of a SQLite database that names none. Raises StorageError for PostgreSQL."""
    where = located(url)
    path = file_of(where)
    if path is None:
        cure = "write sqlite:///PATH, a file that no backup holds"
        raise StorageError("database.keys is empty, and PostgreSQL has no file beside it", cure)
    return f"sqlite:///{path}.keys"


def keys_file(url: str) -> Path:
    """The key file. Raises StorageError for PostgreSQL, which destroys nothing at once."""
    path = file_of(located(url, "database.keys"))
    if path is None:
        what = "database.keys names PostgreSQL, whose files and log keep what is deleted there"
        cure = "write sqlite:///PATH, a file that no backup holds"
        raise SettingError("database.keys", what, cure)
    return path


def must_be_apart(url: str, keys: str) -> None:
    """Raises StorageError where the key file is the database itself: every backup would hold it."""
    path, database = keys_file(keys), file_of(located(url))
    if database is not None and _place(path) == _place(database):
        cure = "name a file of its own, which no backup holds"
        raise StorageError("database.keys names the database itself", cure)


def _place(path: Path) -> tuple[object, ...]:
    """Where a file is, however that is written."""
    found = path.resolve()
    there = found.stat() if found.exists() else None
    return (there.st_dev, there.st_ino) if there is not None else (found,)


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None
