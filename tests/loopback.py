"""A small HTTP/1.1 server on loopback that knows when its client has gone away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import h11


@dataclass
class Request:
    """What a client asked for; ``gone`` is set when it waits no longer."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    content_type: str = "application/json"


Answer = Callable[[Request], Awaitable[Response | None]]
"""What to answer; None hangs up without an answer."""


class Loopback:
    """Serves on a free port of 127.0.0.1 between ``start`` and ``stop``."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError):
                await self._talk(h11.Connection(h11.SERVER), reader, writer)
        except asyncio.CancelledError:
            pass  # the server stops; asyncio's streams would log a cancelled connection
        finally:
            self._connections.discard(task)
            writer.close()

    async def _talk(
        self,
        line: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        while (request := await _next_request(line, reader)) is not None:
            response = await self._answered(request, line, reader)
            if response is None or request.gone.is_set():
                return
            writer.write(_bytes_of(line, response))
            await writer.drain()
            if line.our_state is not h11.DONE or line.their_state is not h11.DONE:
                return
            line.start_next_cycle()

    async def _answered(
        self, request: Request, line: h11.Connection, reader: asyncio.StreamReader
    ) -> Response | None:
        answering = asyncio.ensure_future(self._answer(request))
        listening = asyncio.ensure_future(reader.read(65_536))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                with suppress(ConnectionError):
                    line.receive_data(listening.result())
                if reader.at_eof() or listening.exception() is not None:
                    request.gone.set()
            return await answering
        finally:
            listening.cancel()
            answering.cancel()
            # A cancelled read lets go of the stream only when it is waited for.
            await asyncio.gather(listening, answering, return_exceptions=True)


async def _next_request(line: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = b""
    while True:
        event = line.next_event()
        match event:
            case h11.NEED_DATA:
                if line.they_are_waiting_for_100_continue:
                    return None  # no client of ours asks first
                line.receive_data(await reader.read(65_536))
            case h11.Request():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage():
                assert head is not None
                headers = {name.decode().lower(): value.decode() for name, value in head.headers}
                return Request(head.method.decode(), head.target.decode(), headers, body)
            case _:
                return None


def _bytes_of(line: h11.Connection, response: Response) -> bytes:
    headers = [
        ("content-type", response.content_type),
        ("content-length", str(len(response.body))),
    ]
    return b"".join(
        line.send(event) or b""
        for event in (
            h11.Response(status_code=response.status, headers=headers),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        )
    )
