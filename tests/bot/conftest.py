"""A house with everything in it: a real database, both instruments, a clock that stands still."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bot import shelf
from bot.conversation import Conversation
from bot.house import House
from bot.universe import Universe
from storage import schema
from storage.database import Database
from tests.bot.prompted import sit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.keys import Keys
    from tests.bot.prompted import Prompt
    from tests.postgres import PostgresServer


@dataclass
class Clock:
    """The time in a test."""

    at: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def universe(self) -> Universe:
        return Universe(now=lambda: self.at, random=self.chance.randbytes)

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def universe(clock: Clock) -> Universe:
    return clock.universe()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A database with the schema in it, to be copied for each test."""
    name = f"with_schema_{uuid4().hex}"  # folders that borrow this fixture make one each
    schema.upgrade(postgres_server.create(name))
    return name


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    schema.upgrade(database_url)
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def house(universe: Universe, database: Database, keys: Keys) -> House:
    stock = shelf.read()
    await stock.keep(database)
    return House(stock, universe, keys, open_to_all=True, web_url="http://assay.test")


@pytest.fixture
def talk(house: House, database: Database) -> Conversation:
    return Conversation(house, database)


@pytest.fixture
def prompt(
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Prompt:
    """A command line in an empty folder, at the test's own clock."""
    return sit(tmp_path, clock, monkeypatch, capsys)
