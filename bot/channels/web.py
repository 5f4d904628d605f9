"""The same conversation as pages: works without JavaScript, loads nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot import presses
from bot.channels import Asked, Incoming, Outcome, Pressed, Shown, Typed, web_pages
from bot.channels.web_guard import (
    LANGUAGE,
    LONGEST_FORM,
    VISIT,
    Guard,
    TooLargeError,
    address_of,
    keep_cookie,
    new_visit,
    read_body,
)
from bot.texts import LANGUAGES, language_for, template
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from bot.channels import Said

__all__ = ["NAME", "app", "read_body"]

NAME = "web"
PAGES = frozenset({"help", "privacy", "mydata", "status", "code", "forget", "language"})
"""Pages that have an address of their own."""
TELEGRAM_PATH = "/telegram/webhook"
A_YEAR = "public, max-age=31536000, immutable"
REFUSED = 422


class Talk(Protocol):
    """What pages need of the conversation."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done."""

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card to be shown now; the front page for a stranger (address "")."""

    async def page(
        self, channel: str, address: str, name: str, language: str | None = None
    ) -> Shown:
        """A page around the interview."""


@dataclass(frozen=True, slots=True)
class _Pages:
    """The routes, over one conversation."""

    talk: Talk
    secure: bool

    async def front(self, request: Request) -> Response:
        """The card somebody is at; what it is called is the same for all."""
        shown = await self.talk.current(NAME, address_of(request), _language(request))
        response = HTMLResponse(web_pages.card(shown))
        chosen = request.query_params.get("language")
        if chosen in LANGUAGES:
            keep_cookie(response, LANGUAGE, chosen, secure=self.secure)
        return response

    async def press(self, request: Request) -> Response:
        """A button was pressed, or a text sent."""
        form = await _form(request)
        at = presses.place_of_code(form.get("at", ""))
        stamp = form.get("card", "")
        said: Said
        if "press" in form:
            said = Pressed(form["press"], stamp, at)
            asked = presses.read(form["press"])
            if isinstance(asked, Command) and asked.name in PAGES and not asked.argument:
                return _elsewhere(request, f"/page/{asked.name}")
            if asked == Command("continue"):
                return _elsewhere(request, "/continue")
        else:
            said = Typed(form.get("text", ""), whole=True, at=at, stamp=stamp)
        return await self._answer(request, said)

    async def page(self, request: Request) -> Response:
        """One of the pages around the interview."""
        name = request.path_params["name"]
        if name not in PAGES:
            raise HTTPException(404)
        shown = await self.talk.page(NAME, address_of(request), name, _language(request))
        return HTMLResponse(web_pages.card(shown, back=True))

    async def link(self, request: Request) -> Response:
        """An invitation: a button, because programs that preview links open them too."""
        language = _language(request)
        press = template(language, "web_link_press")
        return HTMLResponse(
            web_pages.message(language, "link", action=request.url.path, press=press)
        )

    async def open_link(self, request: Request) -> Response:
        """The button on an invitation was pressed."""
        return await self._answer(request, Asked(Command("start", request.path_params["token"])))

    async def continue_(self, request: Request) -> Response:
        """A place for a code from another door."""
        language = _language(request)
        return HTMLResponse(
            web_pages.message(
                language,
                "continue",
                action="/continue",
                field=template(language, "web_continue_field"),
                press=template(language, "web_continue_press"),
            )
        )

    async def take_over(self, request: Request) -> Response:
        """A code was typed."""
        form = await _form(request)
        return await self._answer(request, Asked(Command("continue", form.get("text", "") or "-")))

    async def language(self, request: Request) -> Response:
        """Another language was asked for."""
        chosen = language_for((await _form(request)).get("language"))
        address = address_of(request)
        if address:
            asked = Asked(Command("language", chosen))
            await self.talk.take([Incoming(NAME, address, asked, language=chosen)])
        response = RedirectResponse("/", 303)
        keep_cookie(response, LANGUAGE, chosen, secure=self.secure)
        return response

    async def _answer(self, request: Request, said: Said) -> Response:
        """Take what was said; then the card as it is after the commit, or why nothing changed."""
        cookie = None if address_of(request) else new_visit()
        if cookie is not None:
            request.cookies[VISIT] = cookie
        address, language = address_of(request), _language(request)
        (outcome,) = await self.talk.take([Incoming(NAME, address, said, language=language)])
        swap = "hx-request" in request.headers
        response: Response
        if not (swap or outcome.notices or outcome.pages):
            response = RedirectResponse("/", 303)
        else:
            shown = outcome.pages[0] if outcome.pages else None
            body = web_pages.card(
                shown or await self.talk.current(NAME, address, language),
                notices=outcome.notices,
                refused=outcome.refused,
                whole=not swap,
                back=shown is not None,
            )
            response = HTMLResponse(body, REFUSED if outcome.refused else 200)
        if cookie is not None:
            keep_cookie(response, VISIT, cookie, secure=self.secure)
        return response


def app(talk: Talk, *, public_url: str, extra_routes: Sequence[Route] = ()) -> Starlette:
    """The pages over a conversation; ``extra_routes`` are served beside them, unguarded."""
    pages = _Pages(talk, secure=public_url.startswith("https:"))
    open_paths = frozenset(route.path for route in extra_routes)
    return Starlette(
        routes=[
            Route("/", pages.front),
            Route("/press", pages.press, methods=["POST"]),
            Route("/page/{name}", pages.page),
            Route("/i/{token}", pages.link),
            Route("/i/{token}", pages.open_link, methods=["POST"]),
            Route("/continue", pages.continue_),
            Route("/continue", pages.take_over, methods=["POST"]),
            Route("/language", pages.language, methods=["POST"]),
            Route("/static/{name}", _static),
            Route("/healthz", _health),
            *extra_routes,
        ],
        middleware=[Middleware(Guard, own_origin=public_url, open_paths=open_paths)],
        exception_handlers={
            404: _not_found,
            405: _not_found,
            TooLargeError: _too_large,
            Exception: _broken,
        },
    )


def _language(request: Request) -> str:
    """What a stranger is spoken to in: what they chose, or what their browser prefers."""
    chosen = request.query_params.get("language") or request.cookies.get(LANGUAGE)
    wanted = request.headers.get("accept-language", "").split(",")[0].split(";")[0]
    return language_for(chosen or wanted)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once. Raises TooLargeError."""
    body = await read_body(request, LONGEST_FORM)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}


def _elsewhere(request: Request, path: str) -> Response:
    """Go to another page; a swap is told so, because it would put the page into the card."""
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in web_pages.STATIC:
        raise HTTPException(404)
    body, media_type = web_pages.STATIC[name]
    return Response(body, media_type=media_type, headers={"Cache-Control": A_YEAR})


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _not_found(request: Request, _: Exception) -> Response:
    return HTMLResponse(web_pages.message(_language(request), "lost"), 404)


async def _too_large(request: Request, _: Exception) -> Response:
    return HTMLResponse(web_pages.message(_language(request), "too_large"), 413)


async def _broken(request: Request, _: Exception) -> Response:
    return HTMLResponse(web_pages.message(_language(request), "broken"), 500)
