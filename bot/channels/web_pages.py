"""Cards as pages: templates, the files beside them, and the pages that only the web has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from bot import presses
from bot.channels import Shown
from bot.channels.web_visit import digest
from bot.texts import LANGUAGES, NAMES, template
from flows.actions import Command
from flows.card import Button, Card, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCT: Final = "Assay"
ALERT: Final = "alert"
"""The id of the one place where a card says what went wrong."""
_AROUND: Final = frozenset({"language", "help", "privacy"})
"""Commands that stand around the card on every page, and so not in it."""
_KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_COMPLETE: Final = {"name": "name", "company": "organization", "email": "email"}
"""What browsers may fill in, by the name of a contact line."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to be rendered: a card and what stands around it."""

    shown: Shown
    stranger: bool
    path: str
    """Where this page can be had again by a GET."""
    chosen: bool = False
    """Whether the address names the language, so that links have to carry it on."""
    alert: str = ""
    notices: tuple[str, ...] = ()
    back: bool = False
    action: str = "/press"
    submit: str = ""
    """Label of a button that sends the form and presses nothing else."""
    status: int = 200


def _sendable(html: str) -> bytes:
    """The page in UTF-8, which has no halves of characters."""
    return html.encode(errors="replace")


class Pages:
    """Renders pages; holds the templates and the static files, read once."""

    def __init__(self) -> None:
        self.files, self._urls = _static_files()
        self._templates = Environment(
            loader=PackageLoader("bot.channels", "web_templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.filters["code"] = presses.code_of
        self._templates.filters["place"] = presses.code_of_place
        self._templates.filters["digest"] = digest

    def render(self, page: Page, *, fragment: bool = False) -> HTMLResponse:
        """The page, or for htmx the card alone."""
        name = "card.html" if fragment else "page.html"
        context = self._context(page)
        html = self._templates.get_template(name).render(context, fragment=fragment)
        return HTMLResponse(_sendable(html), status_code=200 if fragment else page.status)

    def scorecard(self, page: Page, report: str) -> HTMLResponse:
        """The page around a scorecard, which is HTML already."""
        context = {**self._context(page), "report": Markup(report), "fragment": False}  # noqa: S704 - escaped where it was made
        html = self._templates.get_template("scorecard.html").render(context)
        return HTMLResponse(_sendable(html))

    def alert(self, language: str, key: str, status: int) -> HTMLResponse:
        """One line for htmx to put where the card says what went wrong, leaving the rest."""
        html = self._templates.get_template("alert.html").render(alert=template(language, key))
        headers = {"HX-Retarget": f"#{ALERT}", "HX-Reswap": "innerHTML"}
        return HTMLResponse(html, status, headers)

    def file(self, name: str) -> Response | None:
        """A static file by the name that holds its hash."""
        found = self.files.get(name)
        if found is None:
            return None
        return Response(
            found,
            media_type=_KINDS[name.rsplit(".", 1)[-1]],
            headers={"Cache-Control": _FOR_EVER},
        )

    def _context(self, page: Page) -> dict[str, Any]:
        language = page.shown.language
        card = page.shown.card

        def say(key: str, **args: object) -> str:
            return template(language, key).format(**args)

        groups, menu = arranged(card)
        return {
            "page": page,
            "card": card,
            "language": language,
            "languages": {tag: NAMES[tag] for tag in LANGUAGES},
            "levels": levels(card),
            "groups": groups,
            "menu": menu,
            "complete": _COMPLETE.get(card.place.field if card.place else ""),
            "product": PRODUCT,
            "say": say,
            "static": self._urls,
            "suffix": f"?language={language}" if page.stranger and page.chosen else "",
        }


def arranged(
    card: Card[str],
) -> tuple[tuple[tuple[Button[str], ...], ...], tuple[Button[str], ...]]:
    """The groups of buttons less what stands around every page, and the menu of an interview."""
    groups = [
        tuple(
            button
            for button in group
            if not (isinstance(button.action, Command) and button.action.name in _AROUND)
        )
        for group in card.buttons
    ]
    if card.name == "language":
        groups = [group for group in card.buttons if group]
    menu = groups.pop() if card.place is not None and groups else ()
    return tuple(filter(None, groups)), menu


def levels(card: Card[str]) -> dict[int, int]:
    """The heading level of each heading line: one that leads straight to another stands above."""
    over: dict[int, int] = {}
    for at in reversed(range(len(card.lines))):
        if card.lines[at].state == "heading":
            over[at] = over.get(at + 1, -1) + 1
    found: dict[int, int] = {}
    above: list[int] = []
    for at in sorted(over):
        while above and above[-1] <= over[at]:
            above.pop()
        found[at] = 2 + len(above)
        above.append(over[at])
    return found


def plain(language: str, key: str) -> Shown:
    """A card that is only a title and a sentence, from the keys ``web_KEY_title`` and ``_text``."""
    title, text = (template(language, f"web_{key}_{part}") for part in ("title", "text"))
    return Shown(Card(name=key, title=title, paragraphs=(text,)), "", language)


def continue_card(language: str) -> Shown:
    """The page that asks for a code from another device."""
    shown = plain(language, "continue")
    entry = Entry(template(language, "web_continue_field"), "", 0, "line")
    return replace(shown, card=replace(shown.card, entry=entry))


def asking_card(language: str) -> Shown:
    """The page on which somebody asks to take part."""
    shown = plain(language, "ask")
    entry = Entry(template(language, "web_ask_field"), "", 0, "line")
    return replace(shown, card=replace(shown.card, entry=entry))


def with_words(page: Page, text: str) -> Page:
    """The page with the words that were refused, so that they can be put right."""
    card = page.shown.card
    if card.entry is None:
        return page
    entered = replace(card, entry=replace(card.entry, value=text))
    return replace(page, shown=replace(page.shown, card=entered))


def _static_files() -> tuple[Mapping[str, bytes], Mapping[str, str]]:
    """The files by the name that they are served under, and their addresses by plain name."""
    files: dict[str, bytes] = {}
    urls: dict[str, str] = {}
    own = (resources.files("bot.channels") / "web_static").iterdir()
    for each in sorted((*own, resources.files("bot.reports") / "report.css"), key=str):
        content = each.read_bytes()
        stem, _, kind = each.name.rpartition(".")
        served = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
        files[served] = content
        urls[each.name] = f"/static/{served}"
    return files, urls
