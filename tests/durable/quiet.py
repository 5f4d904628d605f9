"""What can be judged without anybody pressing: reminders that fall due, and responses let out."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durable.crowd import Square

FIRST = 50_000
"""The chat of the first of those who say nothing, and are reminded."""
WITHIN = 30
"""Seconds over which their reminders fall due: some are on their way at most kills."""
SMALLEST = 3
"""So many responses are let out together at least, as the trials are configured."""
SLOTS = "SELECT id, state FROM reminder WHERE length(id) < 32"
OPEN = ("waiting", "asked", "queued", "hastened")
COLLECTED = """SELECT collection.instrument, count(*) FROM response
    JOIN collection ON collection.id = response.collection_id GROUP BY collection.instrument"""
PEOPLE = (
    "INSERT INTO participant (id, language, secret) VALUES (:id, 'en', :secret)",
    "INSERT INTO address (channel, address, participant_id) VALUES ('telegram', :chat, :id)",
    """INSERT INTO participation (participant_id, instrument, round, state)
        VALUES (:id, :form, :round, 'invited')""",
    """INSERT INTO reminder (id, participant_id, instrument, round, number, due_at, state)
        VALUES (:id, :id, :form, :round, 1, :due, 'waiting')""",
)


@dataclass
class Quiet:
    """People who say nothing, and the rows in which the product keeps what it does by itself."""

    url: str
    api: Square
    many: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """Responses that could be read when somebody looked last."""

    def invited(self, form: str, round_name: str) -> None:
        """They are known, and their first reminder falls due soon."""
        now = int(time.time())
        rows = [
            {
                "id": f"s{n}", "chat": str(FIRST + n), "form": form, "round": round_name,
                "secret": b"", "due": now + n * WITHIN // self.many,
            }
            for n in range(self.many)
        ]  # fmt: skip
        for n in range(self.many):
            self.api.person(FIRST + n).chat.begun = True
        with create_engine(self.url, poolclass=NullPool).begin() as connection:
            for each in PEOPLE if rows else ():
                connection.execute(text(each), rows)

    def _rows(self, query: str) -> list[tuple[str, object]]:
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            return [(str(first), second) for first, second in connection.execute(text(query))]

    async def reminded(self) -> dict[str, str]:
        """What became of each slot, when that is known of all of them."""
        while True:
            fates = {slot: str(state) for slot, state in self._rows(SLOTS)}
            if not set(fates.values()) & set(OPEN):
                return fates
            await asyncio.sleep(0.2)

    async def judge(self) -> None:
        """Each slot is said once, or, where its call may have arrived, once at most."""
        fates = await self.reminded()
        assert len(fates) == self.many
        for slot, fate in fates.items():
            said = self.api.said[FIRST + int(slot[1:])]
            assert (fate, said) in {("sent", 1), ("unknown", 0), ("unknown", 1)}, (slot, fate, said)

    def collected(self, database: Path | None) -> dict[str, int]:
        """How many responses can be read, by instrument. A file whose product is dead is copied
        before it is opened: what is left in its log stays there.
        """
        if database is None:
            return {name: int(str(count)) for name, count in self._rows(COLLECTED)}
        copy = database.with_name("copy")
        for end in ("", "-wal"):
            if database.with_name(database.name + end).exists():
                shutil.copyfile(f"{database}{end}", f"{copy}{end}")
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            return dict(connection.execute(COLLECTED).fetchall())

    def looks(self, database: Path | None) -> None:
        """What can be read grew by no fewer responses than are let out together."""
        now = self.collected(database)
        for name, count in now.items():
            grown = count - self.seen.get(name, 0)
            assert grown == 0 or grown >= SMALLEST, f"{grown} of {name} were let out"
        self.seen = now
