"""Builds the conversation over a database from the settings, before any door opens."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import shelf
from bot.channels import terminal
from bot.conversation import Conversation
from bot.fieldwork import appointments
from bot.house import House, open_house
from bot.settings import SettingsError
from bot.taking_part import part
from bot.texts import language_for
from bot.universe import Universe
from storage import chores, participation, people, pool, rounds, schema, sessions
from storage.database import Database
from storage.keys import Keys
from storage.location import SettingError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.settings import Settings

__all__ = ["HERE", "App", "Universe", "built"]

HERE = "this-machine"
"""The address of whoever sits at this machine's prompt."""


@dataclass(slots=True)
class App:
    """What is built from the settings, before any door opens."""

    settings: Settings
    database: Database
    house: House
    conversation: Conversation

    @property
    def universe(self) -> Universe:
        """Clock and chance."""
        return self.house.universe

    async def open_at_terminal(self, instrument_id: str, language: str | None) -> None:
        """Turn the person at this machine's prompt to an instrument: who may run commands here
        may answer here, so they count as invited.
        """
        new_id, secret = self.universe.token(), self.universe.random(16)
        async with self.database.writing() as tx:
            spoken = language_for(language)
            person = await people.arrive(
                tx, terminal.NAME, HERE, spoken, new_id=new_id, secret=secret
            )
            if language is not None:
                await people.set_language(tx, person.id, language)
            if await part(self.house, tx, person.id, instrument_id) is None:
                await participation.invite(tx, person.id, instrument_id, rounds.ALWAYS)
        await self.conversation.take([terminal.opening(HERE, instrument_id)])


@asynccontextmanager
async def built(settings: Settings, *, exclusive: bool = False) -> AsyncIterator[App]:
    """The conversation over an open database, which is made where there is none.

    Raises StorageError where the database cannot be used as it is, KeysAwayError where the key
    server does not answer, SettingsError where an instrument has findings.
    """
    stock = shelf.read(settings.instruments.folders)
    errors = [str(each) for each in stock.findings if each.severity == "error"]
    if errors:
        raise SettingsError(errors)
    if schema.current(settings.database.url)[0] is None:
        schema.upgrade(settings.database.url)
    database = await Database.open(settings.database.url, exclusive=exclusive)
    keys = await _keys_of(settings, database)
    try:
        with to_blame(settings, "database.keys"):
            await keys.belong(database)
        await stock.keep(database)
        house = open_house(settings, stock, Universe(), keys)
        async with database.writing() as tx:
            if await sessions.seal_open_ones(tx, keys, house.universe.day()):
                await chores.leave(tx, chores.WRITE_ANEW)  # older rows hold them unsealed
            await pool.look_again(tx)
            manners = house.manners
            await rounds.make_sure(tx, stock.instruments, str(manners.zone), manners.cadence)
        await appointments.keep_configured(settings, database, house.universe)
        conversation = Conversation(house, database)
        database.waited = conversation.vitals.waited.observe
        yield App(settings, database, house, conversation)
    finally:
        await keys.close()
        await database.close()


@contextmanager
def to_blame(settings: Settings, setting: str) -> Iterator[None]:
    """What cannot be used here is what a setting names: starting again does not help."""
    try:
        yield
    except SettingError as error:
        raise settings.wrong(error.setting, error) from None
    except StorageError as error:
        raise settings.wrong(setting, error) from None


async def _keys_of(settings: Settings, database: Database) -> Keys:
    """The key file of an open database, which is closed where the key file cannot be used."""
    try:
        with to_blame(settings, "database.keys"):
            return await Keys.of(settings.database.keys_at, database)
    except BaseException:
        await database.close()
        raise
