"""A house that is open to whom it invites, with a round of each instrument."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.fieldwork.documents import Documents
from bot.settings import Reports
from flows.rounds import Cadence
from storage import rounds

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database


@pytest.fixture
async def fieldwork(house: House, database: Database) -> Conversation:
    """A conversation with its desk; letters can leave."""
    invited = replace(house, open_to_all=False, mails=True, bot_name="assay_bot")
    async with database.writing() as tx:
        await rounds.make_sure(tx, house.shelf.instruments, "UTC", Cadence())
    talk = Conversation(invited, database, told=frozenset({"telegram"}))
    talk.documents = Documents(invited, database, Reports())
    return talk
