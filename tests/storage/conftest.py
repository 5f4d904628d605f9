"""An open database with the schema in it, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import schema
from storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    schema.upgrade(database_url)
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
