"""A browser at the pages: a line that stays open, a cookie, forms that are sent as they stand."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from html import unescape
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from tests.benchmarks.speed.lines import Line, Message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_BUTTON = re.compile(r"<button([^>]*)>(.*?)</button>", re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_VALUE = re.compile(r'\bvalue="([^"]*)"')
_FIELD = re.compile(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', re.DOTALL)
_LINE = re.compile(r'<input id="text"[^>]* value="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_LOADED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


class Page(NamedTuple):
    """What is to be seen and sent of a page."""

    rows: list[tuple[str, bool]]
    """What each option sends, and whether it is chosen."""
    lines: list[str]
    """What the lines of a list send that lead somewhere."""
    buttons: dict[str, str]
    """What the other buttons send, by what they say."""
    hidden: dict[str, str]
    words: str | None
    """What the field for words holds; None where there is no field."""


def read(html: str) -> Page:
    """The form of a page that holds its card."""
    form = html[html.index('<form class="card') :].partition("</form>")[0]
    rows, lines, buttons = [], [], {}
    for attributes, inside in _BUTTON.findall(form):
        found = _VALUE.search(attributes)
        sends = unescape(found[1]) if found else ""
        if 'class="row"' in attributes:
            rows.append((sends, 'aria-pressed="true"' in attributes))
        elif 'class="line' in attributes:
            lines.append(sends)
        else:
            buttons[unescape(_TAG.sub("", inside)).strip()] = sends
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
    field = _FIELD.search(form) or _LINE.search(form)
    return Page(rows, lines, buttons, hidden, unescape(field[1]) if field else None)


def loaded(html: str) -> list[str]:
    """The addresses of what a page loads besides itself."""
    return sorted(set(_LOADED.findall(html)))


class Browser:
    """One person's. With ``htmx`` it asks as the page's script does, else as if it had none."""

    def __init__(
        self,
        port: int,
        *,
        htmx: bool,
        turn: Callable[[], Awaitable[None]] | None = None,
        waits: list[float] | None = None,
    ) -> None:
        self._port = port
        self._htmx = htmx
        self._turn = turn
        self.waits = waits if waits is not None else []
        """Seconds that each answer took."""
        self._cookie = b""
        self._line: Line | None = None
        self._asked: deque[asyncio.Future[Message]] = deque()
        self._failures = 0

    def close(self) -> None:
        """Hang up."""
        if self._line is not None and self._line.transport is not None:
            self._line.transport.close()
        self._line = None

    async def get(self, path: str) -> Message:
        """Look at a page, or load what it needs."""
        return await self._ask(b"GET %b HTTP/1.1\r\n" % path.encode(), b"")

    async def press(self, page: Page, sends: str, words: str | None = None) -> str:
        """Send the form by one of its buttons; the card that comes of it."""
        fields = {**page.hidden, "press": sends}
        if page.words is not None:
            fields["text"] = page.words if words is None else words
        kind = b"Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"
        script = b"HX-Request: true\r\nHX-Target: card\r\n" if self._htmx else b""
        head = b"POST /press HTTP/1.1\r\n%b%b" % (kind, script)
        answer = await self._ask(head, urlencode(fields).encode())
        to = answer.header(b"hx-redirect") or answer.header(b"location")
        if to:
            answer = await self.get(to.decode())
        return answer.body.decode()

    async def _ask(self, head: bytes, body: bytes) -> Message:
        if self._turn is not None:
            await self._turn()
        began = perf_counter()
        line = await self._open()
        answered = asyncio.get_running_loop().create_future()
        self._asked.append(answered)
        line.say(
            b"%bHost: 127.0.0.1:%d\r\nAccept-Encoding: gzip\r\n%bContent-Length: %d\r\n\r\n%b"
            % (head, self._port, self._cookie, len(body), body)
        )
        answer: Message = await answered
        self.waits.append(perf_counter() - began)
        if answer.status >= 400:
            raise AssertionError(f"{head!r} is answered by {answer.head!r}")
        cookie = answer.header(b"set-cookie").partition(b";")[0]
        if cookie:
            self._cookie = b"Cookie: %b\r\n" % cookie
        return answer

    async def _open(self) -> Line:
        if self._line is None or self._line.transport is None:
            loop = asyncio.get_running_loop()
            _, self._line = await loop.create_connection(
                lambda: Line(lambda _, message: self._asked.popleft().set_result(message)),
                "127.0.0.1",
                self._port,
            )
        return self._line
