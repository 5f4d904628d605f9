"""Telegram before several addresses: in lines, side by side, each update until somebody took it.

Words of a chat stand in one line, presses of a person in another, as at Telegram; so the two can
overtake each other. An update that was refused, or whose answer never came, goes to the next
address, as behind a proxy that tries the next server.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import TYPE_CHECKING, Any

import httpx

from tests.bot_api import BotApi, Call
from tests.bot_api_updates import Updates

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot_api import Parameters
    from tests.loopback import Request, Response

AT_ONCE = 8
"""What the product asks for as ``max_connections``."""
PATIENCE = 60
"""Seconds after which Telegram gives an answer up."""
SHORTEST, LONGEST = 0.02, 0.5
"""Seconds between two tries; Telegram's grow to a minute."""


class Spread(Updates):
    """Delivers to every address in turn."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret
        self.addresses: list[str] = []
        self.taken = 0
        """Updates that somebody took."""
        self.repeated = 0
        """Deliveries that were not the first of their update."""
        self.when_taken: Callable[[], None] = lambda: None
        self.when_repeated: Callable[[], None] = lambda: None
        self._lines: dict[tuple[str, int], deque[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(AT_ONCE)
        self._client: httpx.AsyncClient | None = None
        self._turn = itertools.count()

    def put(self, **content: Any) -> int:
        number = self.next_id
        self.next_id += 1
        query = content.get("callback_query")
        line = (
            ("press", query["from"]["id"]) if query else ("chat", content["message"]["chat"]["id"])
        )
        update = {"update_id": number, **content}
        if line in self._lines:
            self._lines[line].append(update)
            return number
        self._lines[line] = deque([update])
        task = asyncio.ensure_future(self._empty(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return number

    def _set_webhook(self, asked: dict[str, str]) -> bool:
        self.webhook = asked
        return True

    async def _empty(self, line: tuple[str, int]) -> None:
        """Deliver a line to its end, one after the other."""
        waiting = self._lines[line]
        while waiting:
            async with self._connections:
                await self._deliver_one(waiting.popleft())
            self.taken += 1
            self.when_taken()
        del self._lines[line]

    async def _deliver_one(self, update: dict[str, Any]) -> None:
        pause = 0.0  # the first repetition comes at once
        while not 200 <= await self._post_to(update, self.addresses[self._next()]) < 300:
            self.repeated += 1
            self.when_repeated()
            await asyncio.sleep(pause)
            pause = min(LONGEST, max(SHORTEST, 2 * pause))

    def _next(self) -> int:
        return next(self._turn) % len(self.addresses)

    async def _post_to(self, update: dict[str, Any], address: str) -> int:
        if self._client is None:
            headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
            self._client = httpx.AsyncClient(timeout=PATIENCE, headers=headers, trust_env=False)
        try:
            answer = await self._client.post(address, json=update)
        except httpx.HTTPError:
            return 0
        await self.makes(answer)
        return answer.status_code

    async def emptied(self) -> None:
        """Until every update was taken by somebody."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()


class Town(BotApi):
    """One bot, many chats, and somebody in each who waits for that chat alone."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.updates: Spread = Spread(secret)
        self.updates.carried = self._carried
        self.said: dict[int, int] = {}
        """How many new messages each chat was sent."""
        self._news: dict[int, asyncio.Event] = {}

    async def shows(self, chat: int, condition: Callable[[], bool]) -> None:
        """Wait until this holds, looked at when something was said in the chat."""
        while not condition():
            event = self._news.setdefault(chat, asyncio.Event())
            event.clear()
            await event.wait()

    async def _done(self, request: Request, method: str, parameters: Parameters) -> Response:
        response = await super()._done(request, method, parameters)
        self.ledger.clear()  # thousands of calls; what is wanted of them is counted here
        chat = Call(method, parameters, 0).chat
        if chat is not None and method == "sendMessage" and response.status == 200:
            self.said[chat] = self.said.get(chat, 0) + 1
        if chat in self._news:
            self._news[chat].set()
        return response
