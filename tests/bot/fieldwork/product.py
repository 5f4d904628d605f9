"""The product as it runs in the simulation: its own code over a file, doubles where it ends."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiosqlite
import pytest
from sqlalchemy import event, text

from bot.conversation import Conversation
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.house import House
from bot.pace import Pace
from bot.sender import Sender
from storage.database import Database
from storage.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.channels import Shown
    from bot.channels.mail import Letter
    from storage.outbox import Due
    from tests.bot.fieldwork.simulated import World


@contextmanager
def without_threads() -> Iterator[None]:
    """Statements run where they are asked for, and not in a thread: half the time goes there. The
    connection has to be told (``check_same_thread=false``).
    """

    async def at_once(self, work, *args, **kwargs):
        await asyncio.sleep(0)  # others get their turn, as they would
        return work(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "_execute", at_once)
        yield


class Killed(BaseException):
    """Everything stops here."""


class Outside:
    """Where messages arrive: the double of both channels."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name

    async def say(self, address: str, _: Shown, _on: int | None = None) -> None:
        await self.world.told(int(address), "")

    async def post(self, address: str, letter: Letter) -> None:
        (link,) = [each.url for each in letter.links if "t.me" in each.url]
        number = int(address.removeprefix("p").partition("@")[0])
        await self.world.told(number, link.partition("start=")[2])


@dataclass(slots=True)
class Watched(Post):
    """The product's post; which slot a message is of is noted when it leaves."""

    world: World = None  # type: ignore[assignment] - given by name

    async def prepare(self, due: Due) -> Callable[[], Awaitable[None]] | float | None:
        slot = self.world.slot(due.reference)
        prepared = await Post.prepare(self, due)
        if not callable(prepared):
            return prepared

        async def leave() -> None:
            self.world.leaving.append(slot)
            await prepared()

        return leave


@dataclass
class Product:
    """The product as it is after a start: real code over the file, doubles where it ends."""

    database: Database
    house: House
    keys: Keys
    talk: Conversation
    sender: Sender
    alarm: Alarm

    @classmethod
    async def start(cls, world: World) -> Product:
        database = await Database.open(world.url, exclusive=True)
        event.listen(database._writer.sync_engine, "before_cursor_execute", world.may_die)
        async with database._writer.connect() as connection:
            # The machine does not lose power here, and a thousand people are many commits.
            await connection.execute(text("PRAGMA synchronous = OFF"))
        keys = await Keys.open(f"sqlite:///{world.file}.keys")
        async with keys._store._database._writer.connect() as connection:
            await connection.execute(text("PRAGMA synchronous = OFF"))
        house = House(
            world.stock,
            world.universe,
            keys,
            web_url="http://assay.test",
            bot_name="assay_test_bot",
            mails=True,
        )
        talk = Conversation(house, database)
        channels = {"telegram": Outside(world, "telegram")}
        post = Watched(house, database, channels, Outside(world, "mail"), world=world)
        pace = Pace(clock=lambda: world.now.timestamp())  # noqa: PLW0108 - the clock moves on
        sender = Sender(database, talk, channels, world.universe, post, pace)
        stop = asyncio.Event()
        stop.set()
        await sender.run(stop)  # accounts for what the one before left in the air
        return cls(database, house, keys, talk, sender, Alarm(house, database, sender))

    async def kill(self) -> None:
        """As a process dies: nothing that was under way is brought to an end."""
        for task in self.sender._in_the_air:
            task.cancel()
        await asyncio.gather(*self.sender._in_the_air, return_exceptions=True)
        await self.keys.close()
        await self.database.close()
