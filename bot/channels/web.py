"""The web door: the same cards as pages, that work without JavaScript and load nothing from afar.

A visit begins with the first form that is sent: looking around leaves nothing behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels import Asked, Incoming, Outcome, Pressed, Shown, Typed, web_fieldwork
from bot.channels import web_visit as visits
from bot.channels.web_pages import Page, Pages, continue_card, plain, with_words
from bot.channels.web_visit import (
    SafeHeaders,
    Visitor,
    by_htmx,
    form_of,
    go,
    read_body,
    visitor,
)
from bot.outages import AWAY
from bot.texts import language_for, template
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from bot.channels import Attachment

__all__ = ["NAME", "Talk", "app", "cut_off", "read_body"]

NAME: Final = "web"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OWN_PAGES: Final = {"continue", "ask"}
"""Pages that ask for words, and so have an address of their own."""
_OWN_PATH: Final = re.compile(
    r"/|/continue|/ask|/scorecard|/page/[a-z0-9.]+|/i/[A-Za-z0-9_-]{1,64}"
)
_SCORECARDS: Final = {"pdf": "pdf", "xlsx": "xlsx", "png": "chart"}
"""What a scorecard's address ends in, and the form that it is."""
_ERRORS: Final = {
    403: "foreign", 404: "lost", 405: "lost", 413: "too_large", 500: "broken", 503: "broken",
}  # fmt: skip
RETRY_AFTER: Final = "5"
"""Seconds."""


class Talk(Protocol):
    """What the pages need of the conversation. Nobody stands at the address ""."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done."""

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card to be shown now; its stamp is empty for a stranger."""

    async def page(
        self, channel: str, address: str, name: str, language: str | None = None
    ) -> Shown:
        """A page around the interview. Raises KeyError for one that there is not."""

    async def file(
        self, channel: str, address: str, kind: str, benchmark: str | None = None
    ) -> tuple[Attachment, str] | None:
        """One form of somebody's scorecard, or an administrator's file, and the language it speaks;
        None where there is none. Raises KeyError for a form that there is not.
        """

    async def heed(self, token: str, wish: str, origin: str = "") -> bool:
        """Do what a letter's reader wishes: no reminders ("off"), or no part ("decline")."""


def app(
    talk: Talk,
    *,
    public_url: str,
    extra_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The pages."""
    door = _Door(talk, public_url, Pages())
    served = Starlette(
        routes=[
            Route("/", door.home, methods=["GET"]),
            Route("/press", door.press, methods=["POST"]),
            Route("/press", door.back_home, methods=["GET"]),
            Route("/language", door.language, methods=["POST"]),
            Route("/language", door.back_home, methods=["GET"]),
            Route("/page/{name}", door.page, methods=["GET"]),
            Route("/scorecard", door.scorecard, methods=["GET"]),
            Route("/scorecard.{ending}", door.scorecard_file, methods=["GET"]),
            Route("/i/{token}", door.link, methods=["GET"]),
            Route("/i/{token}", door.redeem, methods=["POST"]),
            Route("/continue", door.ask_for_code, methods=["GET"]),
            Route("/continue", door.carry_on, methods=["POST"]),
            Route("/static/{name}", door.static, methods=["GET"]),
            *web_fieldwork.routes(talk, public_url, door.pages),
            *extra_routes,
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: door.failed,
            **dict.fromkeys(AWAY, door.failed),
            ClientDisconnect: cut_off,
            Exception: door.failed,
        },
    )
    served.state.secure = public_url.startswith("https://")
    return served


async def cut_off(_: Request, __: Exception) -> Response:
    """Whoever asked hung up before all of it was said: no failure, and nobody reads the answer."""
    return Response(status_code=400)


@dataclass(frozen=True, slots=True)
class _Door:
    talk: Talk
    public_url: str
    pages: Pages

    # Pages that are looked at

    async def home(self, request: Request) -> Response:
        """The live card."""
        who = visitor(request)
        shown = await self.talk.current(NAME, who.address, who.language)
        return self.pages.render(_page(shown, who, "/"))

    async def page(self, request: Request) -> Response:
        """A page around the interview, with the way back to it."""
        name = request.path_params["name"]
        if name in _OWN_PAGES:
            return RedirectResponse(f"/{name}", 303)
        who = visitor(request)
        try:
            shown = await self.talk.page(NAME, who.address, name, who.language)
        except KeyError:
            raise HTTPException(404) from None
        return self.pages.render(replace(_page(shown, who, f"/page/{name}"), back=True))

    async def link(self, request: Request) -> Response:
        """The page of a link. Looking opens nothing: mail programs and chats look by themselves."""
        page = await self._link_page(request)
        return _without_referrer(await self._known(request, self.pages.render(page)))

    async def ask_for_code(self, request: Request) -> Response:
        """The page on which a code from another device is entered."""
        return self.pages.render(await self._code_page(request))

    async def back_home(self, _: Request) -> Response:
        """Where somebody lands who reloads the address of a form."""
        return RedirectResponse("/", 303)

    async def scorecard(self, request: Request) -> Response:
        """The scorecard of whoever stands at this visit, in the frame of the pages."""
        who = visitor(request)
        made = await self.talk.file(NAME, who.address, "page")
        if made is None:
            raise HTTPException(404)
        report, language = made
        page = _page(plain(language, "scorecard"), who, "/scorecard")
        return self.pages.scorecard(page, report.content.decode())

    async def scorecard_file(self, request: Request) -> Response:
        """The scorecard to be kept: PDF, workbook, or the picture of its chart."""
        kind = _SCORECARDS.get(request.path_params["ending"])
        made = kind and await self.talk.file(NAME, visitor(request).address, kind)
        if not made:
            raise HTTPException(404)
        file, _ = made
        offered = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.media_type, headers=offered)

    async def static(self, request: Request) -> Response:
        """A style, a script or a picture."""
        found = self.pages.file(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return found

    # Things that are done

    async def press(self, request: Request) -> Response:
        """A button of a card was pressed, or its words were sent."""
        form = await form_of(request, self.public_url)
        asked = visitor(request, form)
        who = asked if asked.secret else visits.newcomer(asked)
        said = visits.said(form)
        outcome = await self._take(who, said)
        if any(page.card.name == "forgotten" for page in outcome.pages):
            response = go(request, f"/page/forgotten?language={form.get('language', '')}")
            secure = self.public_url.startswith("https://")
            response.delete_cookie(visits.cookie_name(request), secure=secure, httponly=True)
            return response
        fresh = asked is not who
        return self._remembered(await self._answer(request, who, said, outcome, fresh=fresh), who)

    async def language(self, request: Request) -> Response:
        """Another language was chosen; the place stays."""
        form = await form_of(request, self.public_url)
        asked = visitor(request, form)
        who = asked if asked.secret else visits.newcomer(asked)
        await self._take(who, Asked(Command("language", form.get("language", ""))))
        path = form.get("path", "")
        return self._remembered(go(request, path if _OWN_PATH.fullmatch(path) else "/"), who)

    async def redeem(self, request: Request) -> Response:
        """A link is opened, by a press that only a person makes."""
        form = await form_of(request, self.public_url)
        asked = visitor(request, form)
        who = asked if asked.secret else visits.newcomer(asked)
        token = request.path_params["token"]
        new = visits.let_in(who, token)
        outcome = await self._take(who, Asked(Command("start", token)), new)
        if outcome.refused:
            page = _page(plain(await self._spoken(request), "no_link"), asked, "/")
            page = replace(page, alert=outcome.notices[0], status=422)
            response = _without_referrer(self.pages.render(page))
            # Let in, but there is nothing to be done yet.
            return self._remembered(response, new) if outcome.renewed else response
        return self._remembered(go(request, "/"), new)

    async def carry_on(self, request: Request) -> Response:
        """A code from another device was entered."""
        form = await form_of(request, self.public_url)
        asked = visitor(request, form)
        who = asked if asked.secret else visits.newcomer(asked)
        code = form.get("text", "").strip()
        new = visits.let_in(who, code)
        outcome = await self._take(who, Asked(Command("continue", code or "-")), new)
        if outcome.refused:
            page = with_words(await self._code_page(request), code)
            page = replace(page, alert=outcome.notices[0], status=422)
            response = self.pages.render(page)
            return self._remembered(response, new if outcome.renewed else who)
        return self._remembered(go(request, "/"), new)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Something that cannot be answered: a kind page that tells nothing of the inside."""
        if isinstance(error, AWAY):  # a proxy may try another instance
            error = HTTPException(503, headers={"Retry-After": RETRY_AFTER})
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        key = _ERRORS.get(status, "unreadable")
        language = language_for(visitor(request).language)
        if status < 500:  # noqa: PLR2004 - then the conversation can still be asked
            language = await self._spoken(request)
        if by_htmx(request):
            response: Response = self.pages.alert(language, f"web_{key}_text", status)
        else:
            page = _page(plain(language, key), visitor(request), "/")
            page = replace(page, back=True, status=status)
            response = self.pages.render(page)
        response.headers.update(headers or {})
        return response

    # How it is answered

    async def _take(
        self, who: Visitor, said: Pressed | Typed | Asked, new: Visitor | None = None
    ) -> Outcome:
        """Take it; ``new`` is the browser that it is once it was let in."""
        renewed = new.address if new is not None else ""
        incoming = Incoming(
            NAME, who.address, said, language=who.language, origin=who.origin, renewed=renewed
        )
        (outcome,) = await self.talk.take([incoming])
        return outcome

    async def _answer(
        self,
        request: Request,
        who: Visitor,
        said: Pressed | Typed,
        outcome: Outcome,
        *,
        fresh: bool,
    ) -> Response:
        if outcome.pages and not outcome.refused:
            name = outcome.pages[-1].card.name
            return go(request, f"/{name}" if name in _OWN_PAGES else f"/page/{name}")
        if outcome.pages and outcome.pages[-1].card.name != "help":
            shown = outcome.pages[-1]
            page = replace(_page(shown, who, f"/page/{shown.card.name}"), back=True)
            return self.pages.render(_told(page, said, outcome))
        if outcome.documents:
            return go(request, "/file/{}/{}".format(*outcome.documents[-1].split(":", 1)))
        if outcome.files:
            return go(request, "/scorecard")
        htmx = by_htmx(request)
        if not (htmx or outcome.notices):
            return go(request, "/")
        shown = outcome.shown or await self.talk.current(NAME, who.address, who.language)
        if htmx and (fresh or shown.language != who.language):
            return go(request, "/")  # what stands around the card is another one, too
        return self.pages.render(_told(_page(shown, who, "/"), said, outcome), fragment=htmx)

    async def _link_page(self, request: Request) -> Page:
        token = request.path_params["token"]
        language = await self._spoken(request)
        page = _page(plain(language, "link"), visitor(request), f"/i/{token}")
        if not _TOKEN.fullmatch(token):
            return replace(page, path="/", alert=template(language, "refused_link"), status=404)
        submit = template(language, "web_link_press")
        return replace(page, action=f"/i/{token}", submit=submit)

    async def _code_page(self, request: Request) -> Page:
        language = await self._spoken(request)
        page = _page(continue_card(language), visitor(request), "/continue")
        submit = template(language, "web_continue_press")
        return replace(page, back=True, action="/continue", submit=submit)

    async def _spoken(self, request: Request) -> str:
        who = visitor(request)
        return (await self.talk.current(NAME, who.address, who.language)).language

    async def _known(self, request: Request, response: Response) -> Response:
        """Give whoever is not known yet a secret before anything is opened: pressed twice, or with
        its answer lost on the way, the button then finds the same person. A secret that nobody
        stands behind may have been planted, and is replaced.
        """
        who = visitor(request)
        shown = await self.talk.current(NAME, who.address, who.language)
        if shown.stamp:
            return response
        return self._remembered(response, visits.newcomer(who))

    def _remembered(self, response: Response, who: Visitor) -> Response:
        visits.remember(response, who, secure=self.public_url.startswith("https://"))
        return response


def _page(shown: Shown, who: Visitor, path: str) -> Page:
    stranger = not who.secret
    return Page(shown, stranger, path, chosen=who.chosen)


def _told(page: Page, said: Pressed | Typed, outcome: Outcome) -> Page:
    """The page with what came of it; words that were refused stay to be put right."""
    if not outcome.refused:
        return replace(page, notices=outcome.notices)
    page = replace(page, alert=outcome.notices[0], notices=outcome.notices[1:], status=422)
    if isinstance(said, Typed) and said.at == page.shown.card.place:
        return with_words(page, said.text)
    return page


def _without_referrer(response: Response) -> Response:
    """A link's token stands in the address: no request may name it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
