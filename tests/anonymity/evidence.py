"""What an operator of a survey could be forced to hand over, and what else is known outside."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import create_engine, text

from storage.location import file_of, located

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import URL, Connection, Engine

Said: TypeAlias = tuple[str, tuple[str, ...]]
"""A response by what it says: its marks and its texts."""
Links: TypeAlias = dict[Said, str]
"""Whose each response is."""
_NOW = "SELECT pg_walfile_name(pg_current_wal_lsn())"
_RELATIONS = """
    SELECT relname, pg_relation_filepath(pg_class.oid) FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 't', 'i') AND nspname IN ('public', 'pg_toast') AND relfilenode <> 0
    AND pg_relation_size(pg_class.oid) > 0 AND pg_class.oid >= 16384
"""
_SEGMENTS = """
    SELECT name FROM pg_ls_waldir() WHERE name >= :first
    AND name <= pg_walfile_name(pg_current_wal_lsn()) AND length(name) = 24 ORDER BY name
"""
_READ = "SELECT pg_read_binary_file(:path, 0, 2147483647 / 4, true)"


@dataclass(frozen=True, slots=True)
class Moment:
    """What could be read at one moment: who had finished, and which responses there were."""

    finished: frozenset[str]
    responses: frozenset[Said]
    editions: dict[Said, str]


@dataclass(frozen=True, slots=True)
class Report:
    """A report of everything that was let out: marks with how often they are, and contact details.
    ``sent`` people had sent theirs by then.
    """

    sent: int
    marks: Counter[tuple[str, str]]
    said: frozenset[Said]
    details: frozenset[str]


@dataclass(slots=True)
class Evidence:
    """One survey, after it is over; the key file is not among it."""

    url: str
    people: list[str]
    """Outside knowledge: in which order people answered, as somebody knows who asked them."""
    names: dict[str, str] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    """The state after everything that happened: a thief of continuous snapshots."""
    desk: list[tuple[int, frozenset[Said]]] = field(default_factory=list)
    """What administrators could see over time: how many finished, and what was said."""
    copies: list[Path] = field(default_factory=list)
    """Folders with copies of the files as they lay on the disk, and backups."""
    log: str = ""
    reports: list[Report] = field(default_factory=list)
    """What an operator got who closed, looked, and extended between the sendings."""
    editions: dict[str, str] = field(default_factory=dict)
    """Who was asked in which edition: it stands beside their draft."""
    marks: frozenset[bytes] = frozenset()
    """What only people of this survey wrote."""
    wal_from: str = ""
    """On PostgreSQL: where its write-ahead log stood when the survey began."""

    @property
    def where(self) -> URL:
        """The database, for a plain driver."""
        where = located(self.url)
        return where if self.on_postgresql else where.set(drivername="sqlite+pysqlite")

    @property
    def on_postgresql(self) -> bool:
        """Which of the two databases it is."""
        return file_of(located(self.url)) is None

    def engine(self) -> Engine:
        """Whoever has the database can ask it anything."""
        return create_engine(self.where)

    def ask(self, query: str) -> list[tuple]:
        """The rows of a query; none where the database does not know what is asked for."""
        engine = self.engine()
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        except Exception as error:
            if "no such column" in str(error) or "does not exist" in str(error):
                return []
            raise
        finally:
            engine.dispose()

    def begin_log(self) -> None:
        """Note where PostgreSQL's write-ahead log stands; in a segment of its own from here on."""
        if self.on_postgresql:
            with self._superuser() as connection:
                connection.execute(text("SELECT pg_switch_wal()"))
                self.wal_from = connection.execute(text(_NOW)).scalar_one()

    def copy_pages(self, folder: Path) -> None:
        """Copy PostgreSQL's files as they lie: every table and index, and the write-ahead log since
        the survey began. Whoever has the disk has them.
        """
        into = folder / f"copy-{len(self.copies):03}"
        into.mkdir()
        with self._superuser() as connection:
            connection.execute(text("CHECKPOINT"))
            for name, path in connection.execute(text(_RELATIONS)).all():
                content = connection.execute(text(_READ), {"path": path}).scalar_one()
                (into / f"{name}.pages").write_bytes(bytes(content or b""))
            for name in connection.execute(text(_SEGMENTS), {"first": self.wal_from}).scalars():
                path = f"pg_wal/{name}"
                content = connection.execute(text(_READ), {"path": path}).scalar_one()
                (into / f"{name}-wal").write_bytes(bytes(content or b""))
        self.copies.append(into)

    @contextmanager
    def _superuser(self) -> Iterator[Connection]:
        engine = create_engine(self.where, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    def said(self) -> dict[str, Said]:
        """Every response by its id."""
        words: dict[str, list[str]] = {}
        for number, each in self.ask("SELECT response_id, words FROM comment"):
            words.setdefault(number, []).append(each)
        return {
            number: (marks, tuple(sorted(words.get(number, ()))))
            for number, marks in self.ask("SELECT id, marks FROM response")
        }

    def files(self) -> list[Path]:
        """Every file that was copied at any time, in the order of copying."""
        return [file for folder in self.copies for file in sorted(folder.iterdir())]

    def last_files(self) -> list[Path]:
        """The files as they lay in the end."""
        return sorted(self.copies[-1].iterdir()) if self.copies else []
