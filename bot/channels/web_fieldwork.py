"""Pages of fieldwork that only the web has: the end of letters, asking to take part, an
administrator's files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from bot.channels import Asked, Incoming
from bot.channels import web_visit as visits
from bot.channels.web_pages import Page, asking_card, plain
from bot.channels.web_visit import LONGEST_BODY, form_of, go, read_body, visitor
from bot.texts import language_for, template
from flows.actions import Command
from flows.card import Button

if TYPE_CHECKING:
    from starlette.requests import Request

    from bot.channels.web import Talk
    from bot.channels.web_pages import Pages

NAME: Final = "web"
_STOP, _DECLINE = Command("reminders", "off"), Command("decline")


def routes(talk: Talk, public_url: str, pages: Pages) -> list[Route]:
    """The routes of these pages."""
    side = _Side(talk, public_url, pages)
    return [
        Route("/stop/{token}", side.letters, methods=["GET"]),
        Route("/stop/{token}", side.no_letters, methods=["POST"]),
        Route("/ask", side.ask, methods=["GET"]),
        Route("/ask", side.asked, methods=["POST"]),
        Route("/desk/{code}", side.desk, methods=["GET"]),
        Route("/desk/{code}", side.claim, methods=["POST"]),
        Route("/file/{kind}/{of}", side.file, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Side:
    talk: Talk
    public_url: str
    pages: Pages

    async def letters(self, request: Request) -> Response:
        """What may be wished of letters. Looking changes nothing: mail programs look, too."""
        who = visitor(request)
        language = language_for(who.language)
        shown = plain(language, "stop")
        stop = Button(template(language, "web_stop_press"), _STOP, primary=True)
        decline = Button(template(language, "web_decline_press"), _DECLINE)
        card = replace(shown.card, buttons=((stop,), (decline,)))
        path = f"/stop/{request.path_params['token']}"
        page = Page(replace(shown, card=card), stranger=True, path=path, action=path)
        return _without_referrer(self.pages.render(page))

    async def no_letters(self, request: Request) -> Response:
        """The wish is heeded. A mail program that offers a button of its own sends no press, and
        means reminders; the token is all that it takes.
        """
        body = await read_body(request, LONGEST_BODY)
        declined = b"press=k%3Adecline" in body or b"press=k:decline" in body
        token = request.path_params["token"]
        heeded = await self.talk.heed(
            token, "decline" if declined else "off", visitor(request).origin
        )
        if not heeded:
            raise HTTPException(404)
        language = language_for(visitor(request).language)
        shown = plain(language, "declined" if declined else "stopped")
        return _without_referrer(self.pages.render(Page(shown, stranger=True, path="/")))

    async def ask(self, request: Request) -> Response:
        """The page on which somebody says who they are, and asks to take part."""
        who = visitor(request)
        language = await self._spoken(request)
        page = Page(asking_card(language), not who.secret, "/ask", chosen=who.chosen)
        submit = template(language, "web_ask_press")
        return self.pages.render(replace(page, back=True, action="/ask", submit=submit))

    async def asked(self, request: Request) -> Response:
        """Somebody asks to take part."""
        form = await form_of(request, self.public_url)
        known = visitor(request, form)
        who = known if known.secret else visits.newcomer(known)
        said = Asked(Command("ask", form.get("text", "").strip()))
        await self.talk.take(
            [Incoming(NAME, who.address, said, language=who.language, origin=who.origin)]
        )
        response = go(request, "/")
        visits.remember(response, who, secure=self.public_url.startswith("https://"))
        return response

    async def desk(self, request: Request) -> Response:
        """The page on which somebody with a code becomes an administrator, by a press."""
        language = await self._spoken(request)
        path = f"/desk/{request.path_params['code']}"
        page = Page(plain(language, "desk"), stranger=True, path="/", action=path)
        submit = template(language, "web_desk_press")
        return _without_referrer(self.pages.render(replace(page, back=True, submit=submit)))

    async def claim(self, request: Request) -> Response:
        """The code is brought."""
        form = await form_of(request, self.public_url)
        known = visitor(request, form)
        who = known if known.secret else visits.newcomer(known)
        code = request.path_params["code"]
        new, said = visits.let_in(who, code), Asked(Command("claim", code))
        brought = Incoming(
            NAME, who.address, said, language=who.language, origin=who.origin, renewed=new.address
        )
        (outcome,) = await self.talk.take([brought])
        if outcome.refused:
            page = Page(plain(language_for(who.language), "desk"), stranger=True, path="/")
            page = replace(page, back=True, alert=outcome.notices[0], status=422)
            return _without_referrer(self.pages.render(page))
        response = go(request, "/page/admin")
        visits.remember(response, new, secure=self.public_url.startswith("https://"))
        return response

    async def file(self, request: Request) -> Response:
        """A file for the administrator who visits."""
        kind, of = request.path_params["kind"], request.path_params["of"]
        try:
            made = await self.talk.file(NAME, visitor(request).address, kind, of)
        except (KeyError, ValueError):
            made = None
        if made is None:
            raise HTTPException(404)
        file, _ = made
        offered = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.media_type, headers=offered)

    async def _spoken(self, request: Request) -> str:
        who = visitor(request)
        return (await self.talk.current(NAME, who.address, who.language)).language


def _without_referrer(response: Response) -> Response:
    """A letter's token stands in the address: no request may name it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
