"""What holds for every page: headers, who may post, how much, and the cookie of a visit."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

VISIT = "assay_visit"
LANGUAGE = "assay_language"
MONTHS_6 = 180 * 86_400
LONGEST_FORM = 64_000
"""Bytes of a posted form; the longest text is 4,000 characters."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class TooLargeError(Exception):
    """More was sent than may be."""


class Guard:
    """Sets the headers, and refuses what another site has a browser post here."""

    def __init__(self, app: ASGIApp, own_origin: str, open_paths: frozenset[str]) -> None:
        self.app, self.own_origin, self.open_paths = app, own_origin, open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        posts = scope["method"] == "POST" and scope["path"] not in self.open_paths
        if posts and not self._from_here(Headers(scope=scope)):
            refusal = PlainTextResponse(
                "This form was sent from another site; open the page itself and send it there.\n",
                403,
            )
            await refusal(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)

    def _from_here(self, headers: Headers) -> bool:
        """Whether a page of ours sent the form: browsers say so; older ones name an origin.

        With ``Referrer-Policy: no-referrer`` a browser may name its origin "null", so what
        Sec-Fetch-Site says goes first. A program without either is no browser and has no cookies
        of anybody else.
        """
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:
            return True
        return origin == self.own_origin or urlsplit(origin).netloc == headers.get("host")


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request. Raises TooLargeError past ``limit`` bytes, reading no further."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise TooLargeError
    return bytes(body)


def address_of(request: Request) -> str:
    """The address of a visit: a hash of its cookie, or nothing for a stranger."""
    cookie = request.cookies.get(VISIT)
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest() if cookie else ""


def new_visit() -> str:
    """A cookie for a visit: 256 random bits."""
    return secrets.token_urlsafe(32)


def keep_cookie(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Have the browser keep a cookie that no script and no other site gets to see."""
    response.set_cookie(name, value, max_age=MONTHS_6, httponly=True, samesite="lax", secure=secure)
