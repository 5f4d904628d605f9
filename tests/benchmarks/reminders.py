"""How fast reminders go out, and whether somebody who answers meanwhile has to wait for them:

    python -m tests.benchmarks.reminders [REMINDERS [ANSWERS BEFORE]]

The product's own sender, alarm and database speak to a stand-in for the Bot API on this machine
that has Telegram's limits. It takes as long as it takes: at 25 a second, 10,000 take 400 s.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from bot import shelf
from bot.channels import Asked, Incoming, Pressed
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_layout import read_data
from bot.channels.telegram_reading import NAME
from bot.channels.telegram_wire import open_bot
from bot.conversation import Conversation
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.heartbeat import EVERY, Heartbeat
from bot.house import House, Manners
from bot.sender import Sender
from bot.universe import Universe
from flows.actions import Command
from flows.reminding import Window
from storage import rounds, schema
from storage.database import Database
from storage.keys import Keys
from storage.tables import address, participant, participation, reminder
from tests import bot_api
from tests.bot_api_rules import Limits
from tests.flows.playing import ASI_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot_api import BotApi

ANSWERING = 1
"""The chat of the one who answers all the time."""
FIRST = 1000
"""The chat of the first one who is reminded."""
A_PAUSE = 1.1
"""Seconds between two answers: Telegram lets a bot say one thing a second in one chat."""


@dataclass
class Running:
    """The product at work, and what is measured of it."""

    api: BotApi
    database: Database
    talk: Conversation
    sender: Sender
    heart: Heartbeat
    waits: list[float] = field(default_factory=list)

    async def answers(self) -> None:
        """Press a button and wait for the card."""
        keys = [
            key["callback_data"]
            for row in self.api.world.chats[ANSWERING].card["reply_markup"]["inline_keyboard"]
            for key in row
        ]
        pressed = [read_data(each) for each in keys]
        ticks = [each for each in pressed if each is not None and each.code.startswith("t:")]
        press = (ticks or [each for each in pressed if each is not None])[0]
        assert isinstance(press, Pressed)
        began = time.perf_counter()
        await self._does(press)
        self.waits.append(time.perf_counter() - began)
        await asyncio.sleep(A_PAUSE)

    async def begins(self) -> None:
        """Come in, and go to a question that has boxes to tick."""
        await self._does(Asked(Command("take", ASI_ID)))
        await asyncio.sleep(A_PAUSE)

    async def _does(self, said: Asked | Pressed) -> None:
        before = len(self.api.calls(chat=ANSWERING))
        await self.talk.take([Incoming(NAME, str(ANSWERING), said)])
        await self.api.until(lambda: len(self.api.calls(chat=ANSWERING)) > before)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """The product over a new database; reminders may go out at any hour."""
    url = f"sqlite+aiosqlite:///{folder / 'bench.sqlite3'}"
    schema.upgrade(url)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(bot_api.running())
        database = await Database.open(url, exclusive=True)
        stack.push_async_callback(database.close)
        keys = await Keys.open(f"sqlite:///{folder / 'bench.keys'}")
        stack.push_async_callback(keys.close)
        stock, universe = shelf.read(), Universe()
        await stock.keep(database)
        manners = Manners(window=Window(clock_time.min, clock_time.max))
        house = House(stock, universe, keys, open_to_all=True, manners=manners)
        bot = await stack.enter_async_context(
            open_bot(bot_api.TOKEN, api.base_url, api.base_file_url)
        )
        channel = TelegramChannel(bot)
        talk = Conversation(house, database, frozenset({channel.name}))
        channels = {channel.name: channel}
        post = Post(house, database, channels)
        sender = Sender(database, talk, channels, universe, post)
        talk.wake = sender.wake
        stop = asyncio.Event()
        speaking = asyncio.create_task(sender.run(stop))
        alarm = Alarm(house, database, sender)
        try:
            yield Running(
                api, database, talk, sender, Heartbeat(database, universe, sender.wake, alarm.ring)
            )
        finally:
            stop.set()
            sender.wake()
            await speaking


async def _people(at: Running, number: int) -> None:
    """So many who were invited and are due for their first reminder."""
    now = at.talk.house.universe.seconds()
    round_ = rounds.always(ASI_ID)
    here = {"instrument": ASI_ID, "round": round_.name}
    told = {"language": "en", "secret": b"s" * 16, "no_reminders": 0}
    slot = {"number": 1, "due_at": now, "state": "waiting"}
    async with at.database.writing() as tx:
        await rounds.keep(tx, round_)
        for each in range(FIRST, FIRST + number):
            who = {"participant_id": f"{each:032x}"}
            await tx.execute(insert(participant), {"id": who["participant_id"], **told})
            await tx.execute(insert(address), {"channel": NAME, "address": str(each), **who})
            await tx.execute(insert(participation), {**who, **here, "state": "invited"})
            await tx.execute(insert(reminder), {"id": who["participant_id"], **who, **here, **slot})
            at.api.person(each).chat.begun = True


async def measured(number: int, before: int) -> list[str]:
    """The lines of the report."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as at:
            at.api.limits = Limits()
            at.api.person(ANSWERING).chat.begun = True
            await at.begins()
            for _ in range(before + 3):
                await at.answers()
            alone, at.waits = at.waits[3:], []
            await _people(at, number)
            at.api.ledger.clear()
            began = time.perf_counter()
            beating = asyncio.create_task(_beats(at.heart))
            while len(_reminded(at.api)) < number:
                await at.answers()
            beating.cancel()
            took = time.perf_counter() - began
            return _report(at, number, alone, took)


async def _beats(heart: Heartbeat) -> None:
    while True:
        await heart.beat()
        await asyncio.sleep(EVERY)


def _reminded(api: BotApi) -> list[bot_api.Call]:
    return [each for each in api.calls("sendMessage") if each.chat != ANSWERING]


def _report(at: Running, number: int, alone: list[float], took: float) -> list[str]:
    statuses = Counter(each.status for each in at.api.calls())
    arrived = Counter(each.chat for each in _reminded(at.api))
    failed = statuses.total() - statuses[200] - statuses[429]
    twice = sum(count > 1 for count in arrived.values())
    return [
        f"{number:,} reminders in {took:.0f} s: {number / took:.1f} a second",
        f"refused (429): {statuses[429]}; other failures: {failed}; sent twice: {twice}",
        f"somebody who answers, alone: {_waited(alone)}",
        f"somebody who answers, meanwhile: {_waited(at.waits)}",
    ]


def _waited(waits: list[float]) -> str:
    cut = statistics.quantiles(waits, n=20, method="inclusive")
    p50, p95, longest = (1000 * each for each in (cut[9], cut[18], max(waits)))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, longest {longest:.0f} ms, of {len(waits)}"


if __name__ == "__main__":
    words = [int(each) for each in sys.argv[1:]]
    for each in asyncio.run(measured(*words, *(10_000, 60)[len(words) :])):
        sys.stdout.write(f"{each}\n")
