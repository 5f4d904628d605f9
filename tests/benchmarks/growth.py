"""What grows when there are more people: the same work over 1, 10, 100 and 1,000 times the data.

    python -m tests.benchmarks --growth [PEOPLE ...]

Each of them has answered and is under way, too; the work is that of one more. It prints a table.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot import presses, shelf
from bot.channels import Asked, Incoming, Pressed, Said, Typed
from bot.conversation import Conversation
from bot.fieldwork.alarm import Alarm
from bot.house import House
from bot.reports.results.gathered import Wish, gather
from bot.settings import Reports
from bot.universe import Universe
from flows.actions import Command, Tick
from storage.database import Database
from storage.keys import Keys
from tests.benchmarks.collecting import collect
from tests.benchmarks.crowd import settle
from tests.benchmarks.population import population
from tests.flows.playing import ASI, ASI_ID

SIZES = (100, 1_000, 10_000, 100_000)
PRESSES, TIMES = 200, 5
ME = "7"
HEAD = ("people", "start, ms", "update, ms", "beat, ms", "report, ms", "report --by, ms")


@dataclass(frozen=True, slots=True)
class Cost:
    """What each kind of work took, in ms."""

    start: float
    update: float
    beat: float
    report: float
    divided: float


def measured(url: str, folder: Path, number: int) -> Cost:
    """The costs over a new database in which so many people are."""
    collect(url, ASI, number, population(ASI, number, seed=number))
    return asyncio.run(_measured(url, folder, number))


def table(costs: dict[int, Cost]) -> list[str]:
    """The lines of a Markdown table."""
    rows = [
        (
            f"{number:,}",
            *(f"{each:,.1f}" for each in (c.start, c.update, c.beat, c.report, c.divided)),
        )
        for number, c in costs.items()
    ]
    return [f"| {' | '.join(row)} |" for row in (HEAD, ("---:",) * len(HEAD), *rows)]


async def _measured(url: str, folder: Path, number: int) -> Cost:
    async with _started(url, folder) as talk:
        await settle(talk.database, number, Universe().seconds())
    starts = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with _started(url, folder):
            starts.append(1000 * (time.perf_counter() - began))
    async with _started(url, folder) as talk:
        alarm = Alarm(talk.house, talk.database, cleared_on=talk.house.universe.day())
        return Cost(
            median(starts),
            await _updates(talk),
            await _often(alarm.ring),
            await _often(lambda: _report(talk, None)),
            await _often(lambda: _report(talk, "q6")),
        )


@asynccontextmanager
async def _started(url: str, folder: Path) -> AsyncIterator[Conversation]:
    """What is done before the first update can be taken."""
    async with AsyncExitStack() as stack:
        database = await Database.open(url, exclusive=True)
        stack.push_async_callback(database.close)
        keys = await Keys.open(f"sqlite:///{folder / 'growth.keys'}")
        stack.push_async_callback(keys.close)
        stock = shelf.read()
        await stock.keep(database)
        house = House(stock, Universe(), keys, open_to_all=True)
        yield Conversation(house, database, frozenset({"telegram"}))


async def _updates(talk: Conversation) -> float:
    """One press after the other by one person, without what is said about it."""
    taken: list[float] = []

    async def does(said: Said) -> None:
        began = time.perf_counter()
        await talk.take([Incoming("telegram", ME, said, update_id=len(taken) + 1)])
        taken.append(1000 * (time.perf_counter() - began))

    await does(Asked(Command("take", ASI_ID)))
    await does(Typed("start"))
    for number in range(PRESSES):
        stamp = (await talk.current("telegram", ME)).stamp
        await does(Pressed(presses.code_of(Tick("q1", "q1b", on=number % 2 == 0)), stamp))
    return median(taken[2:])


async def _report(talk: Conversation, by: str | None) -> None:
    async with talk.database.reading() as tx:
        await gather(tx, talk.house.shelf, Wish(ASI_ID, by=by), Reports())


async def _often(work: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await work()
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)
