"""The other half of the bent updates of ``test_updates.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.storms import PARTS, Storm, taken_in_part

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.database import Database


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def storm(talk: Conversation, database: Database) -> Storm:
    talk.told = frozenset({"telegram"})
    return Storm(talk, database)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(1, PARTS, 2))
async def test_bent_updates_are_taken_or_set_aside_and_leave_nobody_stuck(
    storm: Storm, part: int
) -> None:
    await taken_in_part(storm, part)
