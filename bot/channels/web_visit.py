"""Who visits, what their form said, and what every answer carries to keep them safe."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot import presses
from bot.channels import Pressed, Typed
from bot.guessing import origin
from bot.texts import LANGUAGES
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "assay_visit"
BOUND: Final = f"__Host-{COOKIE}"
"""Its name behind https: by it a browser takes the cookie from this very host alone, so that nobody
can plant one from a neighbouring name or an unprotected page.
"""
COOKIE_SECONDS: Final = 180 * 24 * 60 * 60
LONGEST_BODY: Final = 64 * 1024
"""Bytes of a form; the longest text with every character as nine of them takes 36,000."""
_DRAINED: Final = 16
"""How many times the limit is read and thrown away: who still sends does not see the answer."""
_MOST_FIELDS: Final = 50
_COOKIE_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer carries, unless its own headers say otherwise."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: the secret in its cookie (empty for a stranger) and the language it asks for."""

    secret: str
    language: str | None
    chosen: bool = False
    """Whether the address of the page names the language."""
    origin: str = ""
    """The network it comes from, for counting what is guessed."""

    @property
    def address(self) -> str:
        """What the conversation knows of this browser: never the secret itself."""
        return hashlib.sha256(self.secret.encode()).hexdigest() if self.secret else ""


def visitor(request: Request, form: Mapping[str, str] | None = None) -> Visitor:
    """Whose browser asks, and in which language; a cookie that is not of our making is ignored."""
    secret = request.cookies.get(cookie_name(request), "")
    if not _COOKIE_FORM.fullmatch(secret):
        secret = ""
    asked = (form or request.query_params).get("language", "")
    came_from = origin(request.client.host if request.client else None)
    if asked in LANGUAGES:
        return Visitor(secret, asked, chosen=form is None, origin=came_from)
    accepted = accepted_language(request.headers.get("accept-language", ""))
    return Visitor(secret, accepted, origin=came_from)


def cookie_name(request: Request) -> str:
    """What the cookie is called where this request came in (``web.app`` says so)."""
    return BOUND if getattr(request.app.state, "secure", False) else COOKIE


def newcomer(asked: Visitor) -> Visitor:
    """The same browser with a new secret of 256 random bits."""
    return replace(asked, secret=secrets.token_urlsafe(32))


def let_in(who: Visitor, by: str) -> Visitor:
    """The same browser with the secret that it has once this link or code has let it in: one that
    nobody can have planted. It is derived, so that a button that is pressed twice, before the first
    answer came, leads to the same one.
    """
    said = hmac.new(who.secret.encode(), by.encode(errors="replace"), hashlib.sha256).digest()
    return replace(who, secret=urlsafe_b64encode(said).decode().rstrip("="))


def accepted_language(header: str) -> str | None:
    """The best of our languages for an Accept-Language header, or None."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.partition(";q=")
        primary = tag.strip().split("-")[0].lower()
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if primary in LANGUAGES and quality > 0:
            wanted.append((quality, primary))
    return max(wanted, key=lambda each: each[0])[1] if wanted else None


def remember(response: Response, who: Visitor, *, secure: bool) -> None:
    """Have the browser keep its secret, for another 180 days from now."""
    response.set_cookie(
        BOUND if secure else COOKIE,
        who.secret,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=secure,
    )


async def read_body(request: Request, longest: int) -> bytes:
    """The body of a request. Raises HTTPException 413 for one that is longer than allowed."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= longest:
            body += chunk
        elif size > _DRAINED * longest:
            break
    if size > longest:
        raise HTTPException(413)
    return bytes(body)


async def form_of(request: Request, public_url: str) -> dict[str, str]:
    """The fields of a form that one of our own pages sent.

    Raises HTTPException: 403 for a form from elsewhere, 413 for one too long, 400 for nonsense.
    """
    if not _from_here(request, public_url):
        raise HTTPException(403)
    body = await read_body(request, LONGEST_BODY)
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    return dict(fields)


def _from_here(request: Request, public_url: str) -> bool:
    """Whether a page of this site sent the form: browsers say so, older ones by Origin alone."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    page = request.headers.get("origin")
    if page is None:
        return True
    if page == "null":
        # Older browsers hide the origin on the page of a link, which sends no referrer.
        return request.url.path.startswith("/i/")
    try:
        where = urlsplit(page).netloc
    except ValueError:  # no address at all, as "http://["
        return False
    return where in {urlsplit(public_url).netloc, request.headers.get("host")}


def said(form: Mapping[str, str]) -> Pressed | Typed:
    """What a form says. Words that were changed are kept, whatever was pressed beside them."""
    code, stamp, text = form.get("press", ""), form.get("card", ""), form.get("text")
    at = presses.place_of_code(form.get("at", ""))
    if text is None:
        return Pressed(code, stamp, at)
    asked = presses.read(form.get("for", ""))
    if isinstance(asked, Command):
        return Pressed(code, stamp) if code else Typed(text, whole=True, stamp=stamp, to=asked)
    changed = digest(text) != form.get("was") and not code.startswith("e:")
    return (
        Typed(text, whole=True, at=at, stamp=stamp)
        if changed or not code
        else Pressed(code, stamp, at)
    )


def digest(text: str) -> str:
    """A short mark of a text, by which a form tells whether its words were changed."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode(errors="replace")).hexdigest()[:12]


def by_htmx(request: Request) -> bool:
    """Whether htmx asks, for the card alone."""
    return request.headers.get("hx-request") == "true"


def go(request: Request, path: str) -> Response:
    """Go to another page; htmx is told so, because it would put the page into the card."""
    if by_htmx(request):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


class SafeHeaders:
    """Puts ``HEADERS`` on every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
