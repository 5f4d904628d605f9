"""Cards as HTML: templates, what they may ask for, and the files beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot import presses
from bot.texts import LANGUAGES, NAMES, template
from flows.actions import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.channels import Shown
    from flows.card import Button, Line

_FOLDER = resources.files("bot.channels") / "web_static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
STATIC: Final = {
    each.name: (each.read_bytes(), _TYPES[f".{each.name.rsplit('.', 1)[-1]}"])
    for each in _FOLDER.iterdir()
    if f".{each.name.rsplit('.', 1)[-1]}" in _TYPES
}
"""File name -> contents and media type."""
_TAGS: Final = {name: hashlib.sha256(body).hexdigest()[:12] for name, (body, _) in STATIC.items()}

_environment = Environment(
    loader=PackageLoader("bot.channels", "web_templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(slots=True)
class _Group:
    """Lines of an overview below one heading."""

    heading: Line[str] | None
    lines: list[Line[str]] = field(default_factory=list)


def static(name: str) -> str:
    """The address of a file, which changes with its contents."""
    return f"/static/{name}?{_TAGS[name]}"


def card(
    shown: Shown,
    *,
    notices: Sequence[str] = (),
    refused: bool = False,
    whole: bool = True,
    back: bool = False,
) -> str:
    """A card as a page, or as the fragment that takes the old card's place."""
    found = shown.card
    at = presses.code_of_place(found.place) if found.place is not None else ""
    page = _environment.get_template("page.html" if whole else "card.html")
    return page.render(
        **_common(shown.language, found.title),
        card=found,
        at=at,
        alarms=tuple(notices) if refused else (),
        notices=(*(() if refused else notices), *found.notices),
        line_groups=_grouped(found.lines),
        code=presses.code_of,
        tongue=_tongue,
        carried=lambda: _carried(shown.stamp, at),
        swaps=True,
        back=back,
    )


def message(language: str, key: str, **form: str) -> str:
    """A page that is no card: a title and a sentence, perhaps with one form."""
    title = template(language, f"web_{key}_title")
    return _environment.get_template("message.html").render(
        **_common(language, title),
        text=template(language, f"web_{key}_text"),
        action=form.get("action", ""),
        field=form.get("field", ""),
        press=form.get("press", ""),
    )


def _common(language: str, title: str) -> dict[str, object]:
    def say(key: str, **args: object) -> str:
        return template(language, key).format(**args)

    return {
        "lang": language,
        "title": title,
        "say": say,
        "static": static,
        "languages": [(tag, NAMES[tag]) for tag in LANGUAGES],
    }


def _grouped(lines: Sequence[Line[str]]) -> list[_Group]:
    groups: list[_Group] = []
    for line in lines:
        if line.state == "heading":
            groups.append(_Group(line))
            continue
        if not groups:
            groups.append(_Group(None))
        groups[-1].lines.append(line)
    return groups


def _carried(stamp: str, at: str) -> Markup:
    """The hidden fields of a form: whose card it is, and of which place."""
    field_ = Markup('<input type="hidden" name="{}" value="{}">')
    return field_.format("card", stamp) + field_.format("at", at)


def _tongue(button: Button[str]) -> Markup:
    """The language of a button that names a language in its own words."""
    match button.action:
        case Command("language", tag):
            return Markup(' lang="{}"').format(tag)
    return Markup("")
