"""Delivering updates to a webhook, or to several addresses in turn as a proxy before them would:
over lines that stay open, so many updates at a time, each again until taken.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.speed import parameters
from tests.benchmarks.speed.lines import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.speed.ledger import Ledger
    from tests.benchmarks.speed.lines import Message

AGAIN = 0.5
"""Seconds after which an update is delivered again that was not taken."""
TAKEN = range(200, 300)


class _Address:
    """Where updates go, and the lines to it that nothing is under way on."""

    def __init__(self, url: str, secret: str) -> None:
        where = urlsplit(url)
        self.host_and_port = (where.hostname or "", where.port or 80)
        secrets = b"X-Telegram-Bot-Api-Secret-Token: %b\r\n" % secret.encode() if secret else b""
        self.head = (
            b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n%bContent-Length: "
            % (where.path.encode() or b"/", where.netloc.encode(), secrets)
        )
        self.free: list[Line] = []


class Deliveries:
    """One webhook: updates wait in order until fewer than ``at_once`` are under way."""

    def __init__(
        self,
        urls: Sequence[str],
        secret: str,
        at_once: int,
        answered_with: Callable[[str, dict[str, str]], None],
        ledger: Ledger,
    ) -> None:
        self._addresses = [_Address(url, secret) for url in urls]
        self._turn = cycle(self._addresses)
        self._answered_with = answered_with
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._under_way: dict[Line, bytes] = {}
        self._room = at_once
        self._ended = False
        self._opening: set[asyncio.Task[None]] = set()

    def put(self, update: bytes) -> None:
        """Deliver this as soon as there is room."""
        self._waiting.append(update)
        self._go_on()

    def end(self) -> None:
        """Deliver nothing more."""
        self._ended = True
        self._waiting.clear()
        free = (line for address in self._addresses for line in address.free)
        for line in (*free, *self._under_way):
            if line.transport is not None:
                line.transport.close()

    def _go_on(self) -> None:
        while self._waiting and self._room and not self._ended:
            self._room -= 1
            address, update = next(self._turn), self._waiting.popleft()
            if address.free:
                self._deliver(address, address.free.pop(), update)
                continue
            task = self._loop.create_task(self._open(address, update))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self, address: _Address, update: bytes) -> None:
        try:
            _, line = await self._loop.create_connection(
                lambda: Line(partial(self._answered, address)), *address.host_and_port
            )
        except OSError:
            self._again(update)
            return
        line.lost = partial(self._lost, address)
        self._deliver(address, line, update)

    def _deliver(self, address: _Address, line: Line, update: bytes) -> None:
        self._under_way[line] = update
        line.say(b"%b%d\r\n\r\n%b" % (address.head, len(update), update))

    def _answered(self, address: _Address, line: Line, message: Message) -> None:
        update = self._under_way.pop(line)
        if message.header(b"connection").lower() != b"close":
            address.free.append(line)
        if message.status not in TAKEN:
            self._again(update)
            return
        if message.body.startswith(b"{") and b'"method"' in message.body:
            asked = json.loads(message.body)
            self._answered_with(asked.pop("method"), parameters.of_object(asked))
        self._room += 1
        self._go_on()

    def _again(self, update: bytes) -> None:
        """Somebody did not take it: others go first."""
        self._ledger.undelivered += 1
        self._loop.call_later(AGAIN, self.put, update)
        self._room += 1
        self._go_on()

    def _lost(self, address: _Address, line: Line) -> None:
        if line in address.free:
            address.free.remove(line)
        update = self._under_way.pop(line, None)
        if update is not None and not self._ended:
            self._again(update)
