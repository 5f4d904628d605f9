"""People who press fast, and know themselves what they pressed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.texts import template
from tests.people import _keys

if TYPE_CHECKING:
    from tests.people import Person
    from tests.several.spread import Town

SURVEY = "asi-certification-survey-2021"
ITEM = "q1"
ROWS = tuple(f"q1{letter}" for letter in "abcdf")
"""Those that ask for no words."""
A_BURST = 4
"""Presses that somebody makes without waiting for what comes of them."""


@dataclass
class Presser:
    """Somebody at one question, who ticks its rows and takes the ticks away again."""

    town: Town
    person: Person
    chance: random.Random
    ticked: set[str] = field(default_factory=set)
    """What they pressed, in the order in which they did: what must be there at the end."""
    did: int = 0
    """Updates that came of it."""
    saved: int = 0
    """Of these, those that changed their draft."""

    async def comes(self) -> None:
        """Come in and go to the question."""
        await self.person.says("/start")
        await self._shown(f"k:take:{SURVEY}")
        self._press(self._key(f"k:take:{SURVEY}"))
        start = template("en", "button_start")
        await self.town.shows(self.person.id, lambda: start in self.person.buttons)
        await self.person.presses(start)
        await self._shown(f":{ROWS[0]}:")
        self.did += 3
        self.saved += 2

    async def ticks(self, times: int) -> None:
        """Press so often; look at the card between two bursts."""
        while times:
            many = min(A_BURST, times)
            for _ in range(many):
                row = self.chance.choice(ROWS)
                self.ticked ^= {row}
                key = self._key(f":{row}:")[:-1]
                self._press(f"{key}{int(row in self.ticked)}")
            self.did += many
            self.saved += many
            times -= many
            await self.town.shows(self.person.id, lambda: self.seen() == self.ticked)

    def seen(self) -> set[str]:
        """The rows that the card shows as ticked: those whose buttons would take the tick away."""
        return {row for row in ROWS if self._key(f":{row}:").endswith(":0")}

    def _press(self, data: str) -> None:
        self.person.presses_data(data, self.person.chat.card)

    async def _shown(self, part: str) -> None:
        chat = self.person.chat
        await self.town.shows(
            chat.id, lambda: bool(chat.from_bot) and part in f"{_data(chat.card)}:"
        )

    def _key(self, part: str) -> str:
        return next(each for each in _data(self.person.chat.card).split() if part in f"{each}:")


def _data(card: dict[str, object]) -> str:
    return " ".join(key["callback_data"] for key in _keys(card))


async def press_all(pressers: list[Presser], each_ticks: int) -> None:
    """Everybody at the same time, until all of it was taken: presses that undo each other show
    nothing to wait for.
    """

    async def one(presser: Presser) -> None:
        await presser.comes()
        await presser.ticks(each_ticks)

    async with asyncio.TaskGroup() as crowd:
        for each in pressers:
            crowd.create_task(one(each))
    for town in {id(each.town): each.town for each in pressers}.values():
        await town.updates.emptied()
