"""A real Chromium for tests, and the pages of the web door on a loopback port."""

from __future__ import annotations

import asyncio
import shutil
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, BrowserContext, Page, Request
    from starlette.types import ASGIApp

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""What keeps Chromium on this machine, and running as root."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(pages: ASGIApp) -> AsyncIterator[str]:
    """The address at which the pages can be had until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            pages, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser with an empty profile. Playwright drives the installed one and fetches none."""
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    if installed is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed, args=QUIET)
        try:
            yield browser
        finally:
            await browser.close()


async def window(browser: Browser, origin: str, **settings: Any) -> BrowserContext:
    """A window without history and cookies; what does not come within ten seconds never does."""
    context = await browser.new_context(base_url=origin, **settings)
    context.set_default_timeout(10_000)
    return context


@dataclass
class Watch:
    """What a browser did that it should not: requests elsewhere, and complaints."""

    origin: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Watch every page of this context."""
        context.on("request", self._note)
        context.on("console", lambda message: self._complain(message.type, message.text))
        context.on("weberror", lambda error: self._complain("error", str(error.error)))

    @property
    def elsewhere(self) -> list[str]:
        """Requests that left the origin."""
        return [url for url in self.asked if not url.startswith(f"{self.origin}/")]

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def _complain(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)


async def wider_than_screen(page: Page) -> int:
    """By how many pixels the page can be moved sideways."""
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(script))
