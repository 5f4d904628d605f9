"""Delivering updates to a webhook: over so many lines that stay open, each again until taken."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.speed import parameters
from tests.benchmarks.speed.lines import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.speed.ledger import Ledger
    from tests.benchmarks.speed.lines import Message

AGAIN = 0.5
"""Seconds after which an update is delivered again that was not taken."""
TAKEN = range(200, 300)


class Deliveries:
    """One webhook: updates wait in order for a line that is free."""

    def __init__(
        self,
        url: str,
        secret: str,
        lines: int,
        answered_with: Callable[[str, dict[str, str]], None],
        ledger: Ledger,
    ) -> None:
        where = urlsplit(url)
        self._address = (where.hostname or "", where.port or 80)
        secrets = b"X-Telegram-Bot-Api-Secret-Token: %b\r\n" % secret.encode() if secret else b""
        self._head = (
            b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n%bContent-Length: "
            % (where.path.encode() or b"/", where.netloc.encode(), secrets)
        )
        self._answered_with = answered_with
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._free: list[Line] = []
        self._under_way: dict[Line, bytes] = {}
        self._may_open = lines
        self._ended = False
        self._opening: set[asyncio.Task[None]] = set()

    def put(self, update: bytes) -> None:
        """Deliver this as soon as a line is free."""
        self._waiting.append(update)
        self._go_on()

    def end(self) -> None:
        """Deliver nothing more."""
        self._ended = True
        self._waiting.clear()
        for line in (*self._free, *self._under_way):
            if line.transport is not None:
                line.transport.close()

    def _go_on(self) -> None:
        while self._waiting and self._free:
            self._deliver(self._free.pop(), self._waiting.popleft())
        if self._waiting and self._may_open and not self._ended:
            self._may_open -= 1
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        try:
            _, line = await self._loop.create_connection(
                lambda: Line(self._answered), *self._address
            )
        except OSError:
            self._loop.call_later(AGAIN, self._may_open_again)
            return
        line.lost = self._lost
        self._free.append(line)
        self._go_on()

    def _may_open_again(self) -> None:
        self._may_open += 1
        self._go_on()

    def _deliver(self, line: Line, update: bytes) -> None:
        self._under_way[line] = update
        line.say(b"%b%d\r\n\r\n%b" % (self._head, len(update), update))

    def _answered(self, line: Line, message: Message) -> None:
        update = self._under_way.pop(line)
        if message.status not in TAKEN:
            self._again(update)
        elif message.body.startswith(b"{") and b'"method"' in message.body:
            asked = json.loads(message.body)
            self._answered_with(asked.pop("method"), parameters.of_object(asked))
        if message.header(b"connection").lower() != b"close":
            self._free.append(line)
        self._go_on()

    def _again(self, update: bytes) -> None:
        self._ledger.undelivered += 1
        self._loop.call_later(AGAIN, self.put, update)

    def _lost(self, line: Line) -> None:
        self._may_open += 1
        if line in self._free:
            self._free.remove(line)
        update = self._under_way.pop(line, None)
        if update is not None and not self._ended:
            self._again(update)
