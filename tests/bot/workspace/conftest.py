"""A house that is open to whom it invites, and people of companies who come through any door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.fieldwork.documents import Documents
from bot.settings import Reports
from flows.rounds import Cadence
from storage import rounds
from tests.bot.workspace.companies import Company, founded

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database


@pytest.fixture
async def talk(house: House, database: Database) -> Conversation:
    """A conversation through which companies work, Telegram being told what to show."""
    invited = replace(house, open_to_all=False, bot_name="assay_bot")
    async with database.writing() as tx:
        await rounds.make_sure(tx, house.shelf.instruments, "UTC", Cadence())
    talk = Conversation(invited, database, told=frozenset({"telegram"}))
    talk.documents = Documents(invited, database, Reports())
    return talk


@pytest.fixture
async def acme(talk: Conversation) -> Company:
    """A company whose first link was opened by Olga, on the page."""
    return await founded(talk, "Acme", "Olga")
