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


def located(url: str, setting: str = "database.url") -> URL:
    """The URL with the driver that is used here. Raises StorageError, naming the ``setting``, for
    any other database.
    """
    accepted = "write sqlite:///PATH or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(f"{setting} is not a database URL", accepted) from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite":
            raise StorageError(f"{setting} names no file", accepted)
        case other:
            raise StorageError(f"{setting} names {other}, which is not used here", accepted)


def keys_beside(url: str) -> str:
    """The key file of a SQLite database that names none. Raises StorageError for PostgreSQL."""
    where = located(url)
    path = file_of(where)
    if path is None:
        cure = "write sqlite:///PATH, a file that no backup holds"
        raise StorageError("database.keys is empty, and PostgreSQL has no file beside it", cure)
    return f"sqlite:///{path}.keys"


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None
