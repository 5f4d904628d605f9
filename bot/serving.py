"""Serving over HTTP until a signal says to stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.types import ASGIApp

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Those that ask the product to stop."""
GRACE = 5
"""Seconds that open requests have when the web server is told to stop."""


def stopping() -> asyncio.Event:
    """Set when a signal asks to stop; asked once more, by any, the process ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        loop.add_signal_handler(number, asked)
    return stop


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(
    what: ASGIApp,
    listening: socket.socket,
    stop: asyncio.Event,
    **more: Any,  # noqa: ANN401 - settings of uvicorn's
) -> None:
    """Answer at a socket until ``stop``, and then what was asked before."""
    server = _Server(
        uvicorn.Config(
            what,
            log_config=None,
            access_log=False,  # a line a request would hold the tokens of links
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            **more,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await stop.wait()
    server.should_exit = True
    await serving
