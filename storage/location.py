"""Where a database is, and what is said when it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

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


class KeysAwayError(OperationalError):
    """The key server does not answer, or not as one does.

    It is an error of the database's kind because the same must follow as where the database is
    away: nothing is committed, nobody is to blame, and it is tried again.
    """

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(None, None, ConnectionError(what))
        self.what = what
        self.status = status
        """What it answered, where it did."""

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class KeyServerAt:
    """Where a key server answers, and what it is told there."""

    url: str
    secret: str = field(repr=False)
    ca: str = ""
    """A file with the certificates that vouch for the server's; empty: those of this machine."""


KeysAt: TypeAlias = str | KeyServerAt
"""Where keys lie: in the file of this URL, or with a key server."""

_KEYS_ACCEPTED: Final = "write sqlite:///PATH, a file that no backup holds, or https://HOST:PORT"


def located(url: str, setting: str = "database.url") -> URL:
    """The URL with the driver that is used here. Raises StorageError, naming the ``setting``, for
    any other database.
    """
    accepted = "write sqlite:///PATH or postgresql://USER@HOST/NAME"
    if setting == "database.keys":
        accepted = _KEYS_ACCEPTED
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
        cure = _KEYS_ACCEPTED
        raise StorageError("database.keys is empty, and PostgreSQL has no file beside it", cure)
    return f"sqlite:///{path}.keys"


def keys_file(url: str) -> Path:
    """The key file. Raises StorageError for PostgreSQL, which destroys nothing at once."""
    path = file_of(located(url, "database.keys"))
    if path is None:
        what = "database.keys names PostgreSQL, whose files and log keep what is deleted there"
        raise SettingError("database.keys", what, _KEYS_ACCEPTED)
    return path


def named(at: KeysAt) -> str:
    """What a place of keys is called in messages."""
    return f"what {at.url} serves" if isinstance(at, KeyServerAt) else str(keys_file(at))


def names_server(keys: str) -> bool:
    """Whether ``database.keys`` names a key server, and no file."""
    return urlsplit(keys).scheme.lower() in {"http", "https"}


def must_be_private(keys: str) -> None:
    """Raises SettingError for an address of a key server at which others could listen, and for what
    is no address.
    """
    accepted = (
        "write https://HOST:PORT, or http://127.0.0.1:PORT for a tunnel or proxy on this machine"
    )
    try:
        found = urlsplit(keys)
        whole = bool(found.hostname) and found.port != 0
    except ValueError:
        raise SettingError("database.keys", "database.keys is no address", accepted) from None
    if not whole or found.path not in {"", "/"} or found.query or found.fragment or "@" in keys:
        what = "database.keys is not the address of a key server alone"
        raise SettingError("database.keys", what, accepted)
    if found.scheme.lower() == "http" and not is_here(found.hostname or ""):
        what = "database.keys would send keys in the clear to another machine"
        raise SettingError("database.keys", what, accepted)


def is_here(host: str) -> bool:
    """Whether what is said to this host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


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
