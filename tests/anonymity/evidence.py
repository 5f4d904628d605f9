"""What an operator of a survey could be forced to hand over, and what else is known outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import create_engine, text

from storage.location import file_of, located

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL, Engine

Said: TypeAlias = tuple[str, tuple[str, ...]]
"""A response by what it says: its marks and its texts."""
Links: TypeAlias = dict[Said, str]
"""Whose each response is."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What could be read at one moment: who had finished, and which responses there were."""

    finished: frozenset[str]
    responses: frozenset[Said]


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
    heap: bytes = b""
    """On PostgreSQL: the raw pages of the texts."""

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

    def take_the_heap(self) -> None:
        """Read the pages as they lie: whoever has the disk has them."""
        if not self.on_postgresql:
            return
        engine = create_engine(self.where, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
            asked = text("SELECT pg_read_binary_file(pg_relation_filepath('comment'))")
            self.heap = bytes(connection.execute(asked).scalar_one())
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
        """Every file that was copied at any time."""
        return [file for folder in self.copies for file in sorted(folder.iterdir())]
