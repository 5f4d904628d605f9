"""The schema's revision: what a database has, what this version needs, and the way there."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from storage.location import SettingError, StorageError, WrongUseError, file_of, located

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.pool import ConnectionPoolEntry

UPGRADE = "assay db upgrade"
_OURS = 0x41535359
"""SQLite's application_id of our files: "ASSY"."""


def needed() -> str:
    """The revision that this version needs."""
    return max(_revisions())


def current(url: str) -> tuple[str | None, str]:
    """The database's revision (None where there is no schema yet), and the one that is needed.

    Raises StorageError where the database cannot be reached.
    """
    return _present(located(url)), needed()


async def revision(tx: AsyncConnection) -> str:
    """The revision of an open database, "" where there is no schema."""
    return await tx.run_sync(_of) or ""


def _of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version"))
    return version.scalar_one_or_none()


def misfit(present: str) -> str | None:
    """Why a database at this revision is not for this version; None where it is."""
    if present == needed():
        return None
    if not present:
        return f"no schema; run: {UPGRADE}"
    if present in _revisions():
        return f"older schema {present}; run: {UPGRADE}"
    return f"newer schema {present}; use the newer Assay"


def must_be_known(url: str) -> None:
    """Raises StorageError unless there is a schema of this version or of one before it."""
    where = located(url)
    try:
        present = _present(where)
    except StorageError as error:
        raise WrongUseError(error.what, "name a file that assay backup wrote") from None
    if present is None:
        what = f"{_named(where)} holds no Assay database"
        raise WrongUseError(what, "name a file that assay backup wrote")
    _known(present, where)


def upgrade(url: str, to: str = "head") -> str:
    """Bring the database to the schema of this version, making it where there is none.

    Everything in one transaction; returns the revision that is needed. ``to`` stops at an earlier
    revision. Raises StorageError.
    """
    from alembic import command  # noqa: PLC0415 - a tenth of a second and 10 MB at each start
    from alembic.config import Config  # noqa: PLC0415 - as above

    where = located(url)
    _known(_present(where), where)
    path = file_of(where)
    if path is not None and not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    engine = _engine(where)
    try:
        with engine.begin() as connection:
            _alone(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except SQLAlchemyError as error:
        raise _unreachable(where, error) from None
    finally:
        engine.dispose()
    return needed()


def _alone(connection: Connection) -> None:
    """Have instances that start together on one new database make its tables one after the other;
    the later ones find them made. SQLite has begun with its only lock, and its file gets our mark.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:ours)"), {"ours": _OURS})
    else:
        connection.exec_driver_sql(f"PRAGMA application_id = {_OURS}")


def must_fit(where: URL) -> None:
    """Raises StorageError unless the database has the schema that is needed."""
    present, wanted = _present(where), needed()
    if present == wanted:
        return
    _known(present, where)
    state = "has no schema yet" if present is None else f"has the older schema {present}"
    raise StorageError(f"the database {_named(where)} {state}", f"run: {UPGRADE}")


def _known(present: str | None, where: URL) -> None:
    if present is not None and present not in _revisions():
        what = f"the database {_named(where)} has the newer schema {present}"
        raise StorageError(what, "use the newer Assay that made it, or restore a backup")


@cache
def _revisions() -> frozenset[str]:
    """Every revision there is a step to: the file of a step begins with it."""
    steps = (resources.files("storage") / "migrations" / "versions").iterdir()
    found = (re.match(r"(\d{4})_\w+\.py$", each.name) for each in steps)
    return frozenset(each[1] for each in found if each is not None)


def _present(where: URL) -> str | None:
    path = file_of(where)
    if path is not None and not path.exists():
        if not path.parent.is_dir():
            cure = "make it, or change database.url"
            raise SettingError("database.url", f"{path.parent} is no folder", cure)
        return None
    engine = _engine(where)
    try:
        with engine.connect() as connection:
            _not_foreign(connection, where)
            return _of(connection)
    except SQLAlchemyError as error:
        raise _unreachable(where, error) from None
    finally:
        engine.dispose()


def _not_foreign(connection: Connection, where: URL) -> None:
    """Raises StorageError for the SQLite file of another program: no tables are put in there."""
    if connection.dialect.name != "sqlite":
        return
    mark = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    tables_of_others = names and "alembic_version" not in names
    if mark not in {0, _OURS} or tables_of_others:  # 0: new, or made before files were marked
        raise StorageError(f"{_named(where)} belongs to another program", "change database.url")


def _engine(where: URL) -> Engine:
    """A plain engine for the moment of looking and migrating."""
    if file_of(where) is None:
        return create_engine(where, hide_parameters=True)
    engine = create_engine(where.set(drivername="sqlite+pysqlite"), hide_parameters=True)

    # pysqlite would commit before each CREATE TABLE; begun by hand, a migration is all or nothing.
    @event.listens_for(engine, "connect")
    def by_hand(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _named(where: URL) -> str:
    return str(file_of(where) or f"{where.host or 'local'}/{where.database}")


def _unreachable(where: URL, error: SQLAlchemyError) -> StorageError:
    """The driver's own words, first line only: the rest repeats statements and parameters."""
    said = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
    return StorageError(f"the database {_named(where)} cannot be used: {said}", "see database.url")
