"""One script through any door: each knows how to tick a row, press a button and write words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Protocol

from bot.channels import Incoming, terminal
from bot.channels.terminal import _said
from bot.texts import template

if TYPE_CHECKING:
    import httpx

    from bot.conversation import Conversation
    from tests.bot_api import BotApi
    from tests.people import Person


@dataclass(frozen=True)
class Ticks:
    """A row is ticked, by its id."""

    row: str


@dataclass(frozen=True)
class Presses:
    """A button is pressed, by the key of its label."""

    key: str


@dataclass(frozen=True)
class Writes:
    """Words are written where the card asks for them."""

    words: str


Step = Ticks | Presses | Writes


class Door(Protocol):
    """A person at a door."""

    async def opens(self, instrument: str) -> None: ...

    async def does(self, step: Step) -> None: ...

    async def sees(self) -> str: ...


@dataclass
class AtTerminal:
    """Somebody who types everything."""

    talk: Conversation
    shown: str = ""

    async def opens(self, instrument: str) -> None:
        await self.talk.take([terminal.opening("here", instrument)])

    async def does(self, step: Step) -> None:
        match step:
            case Ticks(row):
                line = row
            case Presses(key):
                line = template("en", key)
            case Writes(words):
                line = words
        (outcome,) = await self.talk.take([Incoming(terminal.NAME, "here", _said(line))])
        assert not outcome.refused, (step, outcome.notices)

    async def sees(self) -> str:
        return terminal.render((await self.talk.current(terminal.NAME, "here")).card)


@dataclass
class InTelegram:
    """Somebody who presses what the newest card shows."""

    api: BotApi
    person: Person

    async def opens(self, instrument: str) -> None:
        await self.person.says("/start")
        await self.api.settled(lambda: bool(self.person.chat.from_bot))
        before = self._seen()
        self._presses_code(f"k:take:{instrument}")
        await self.api.settled(lambda: self._seen() != before)

    async def does(self, step: Step) -> None:
        before = self._seen()
        await self.starts(step)
        await self.api.settled(lambda: self._seen() != before)

    async def starts(self, step: Step) -> None:
        """Do something without waiting for what comes of it."""
        match step:
            case Ticks(row):
                self._presses_code(f":{row}")
            case Presses(key):
                await self.person.presses(template("en", key))
            case Writes(words):
                await self.person.says(words)

    def _seen(self) -> tuple[str, list[str]]:
        return self.person.screen, self.person.buttons

    def _presses_code(self, part: str) -> None:
        keys = [
            key["callback_data"]
            for row in self.person.chat.card["reply_markup"]["inline_keyboard"]
            for key in row
        ]
        (data,) = [key for key in keys if f"{key}:".find(f"{part}:") >= 0]
        self.person.presses_data(data, self.person.chat.card)

    async def sees(self) -> str:
        return self.person.screen


@dataclass
class OnThePage:
    """Somebody whose browser runs no script."""

    client: httpx.AsyncClient
    page: str = ""

    async def opens(self, instrument: str) -> None:
        self.page = (await self.client.get("/")).text
        await self._posts(press=f"k:take:{instrument}")

    async def does(self, step: Step) -> None:
        match step:
            case Ticks(row):
                (code,) = re.findall(rf'value="([ct]:[^"]*:{re.escape(row)}(?::[01])?)"', self.page)
                await self._posts(press=code)
            case Presses(key):
                label = template("en", key)
                found = re.findall(
                    r'<button[^>]*?name="press"[^>]*?value="([^"]*)"[^>]*>\s*(.*?)\s*</button>',
                    self.page,
                    re.DOTALL,
                )
                code = next(code for code, shown in found if unescape(shown) == label)
                await self._posts(press=unescape(code))
            case Writes(words):
                await self._posts(text=words)

    async def _posts(self, **fields: str) -> None:
        hidden = {
            name: (re.search(rf'name="{name}" value="([^"]*)"', self.page) or ["", ""])[1]
            for name in ("card", "at")
        }
        answer = await self.client.post("/press", data={**hidden, **fields}, follow_redirects=True)
        assert answer.status_code == 200, (fields, answer.status_code)
        self.page = answer.text

    async def sees(self) -> str:
        return self.page
