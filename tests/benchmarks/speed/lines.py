"""HTTP/1.1 as cheaply as Python lets it be: whole messages out of a stream, and back into bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable

END = b"\r\n\r\n"


class Message(NamedTuple):
    """A request or an answer: its lines up to the empty one, and its body."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        """Of a request: what is asked for."""
        return self.head.split(b" ", 2)[1].decode()

    @property
    def status(self) -> int:
        """Of an answer: its number."""
        return int(self.head[9:12])

    def header(self, name: bytes) -> bytes:
        """The value of a header, named in lower case; empty where there is none."""
        return _header(self.head.lower(), self.head, name)


def _header(lowered: bytes, head: bytes, name: bytes) -> bytes:
    start = lowered.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = lowered.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip()


def first(stream: bytes) -> tuple[Message, bytes] | None:
    """The first whole message and what follows it, or None where it is not whole yet."""
    head_ends = stream.find(END)
    if head_ends < 0:
        return None
    head, start = stream[:head_ends], head_ends + len(END)
    lowered = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lowered:
        return _chunked(head, stream, start)
    end = start + int(_header(lowered, head, b"content-length") or 0)
    if len(stream) < end:
        return None
    return Message(head, stream[start:end]), stream[end:]


def _chunked(head: bytes, stream: bytes, at: int) -> tuple[Message, bytes] | None:
    body = b""
    while True:
        line_ends = stream.find(b"\r\n", at)
        if line_ends < 0:
            return None
        size = int(stream[at:line_ends].partition(b";")[0], 16)
        at = line_ends + 2 + size + 2
        if len(stream) < at:
            return None
        if not size:
            return Message(head, body), stream[at:]
        body += stream[line_ends + 2 : at - 2]


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer that carries JSON and keeps the line open."""
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


class Line(asyncio.Protocol):
    """One connection: hands over each whole message that arrives on it."""

    def __init__(self, arrived: Callable[[Line, Message], None]) -> None:
        self.arrived = arrived
        self.lost: Callable[[Line], None] | None = None
        self.transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses

    def connection_lost(self, _: Exception | None) -> None:
        """Nothing can be said any more."""
        self.transport = None
        if self.lost is not None:
            self.lost(self)

    def data_received(self, data: bytes) -> None:
        """Hand over what is whole, keep the beginning of what is not."""
        stream = self._rest + data if self._rest else data
        while (found := first(stream)) is not None:
            message, stream = found
            self.arrived(self, message)
        self._rest = stream

    def say(self, data: bytes) -> None:
        """Send, unless the other side is gone."""
        if self.transport is not None:
            self.transport.write(data)
