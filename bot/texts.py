"""Phrases become words: the interface catalogues (gettext), and cards in one language."""

from __future__ import annotations

from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.messages.pofile import read_po

from flows.actions import Command
from flows.card import Button, Card, Entry, Line, Phrase, Row, Several, Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from babel.messages.catalog import Catalog

LANGUAGES = ("en", "zh")
"""Languages of the interface; the first is used where nothing better is known."""

NAMES = {"en": "English", "zh": "中文"}
"""Each language in its own words."""


def language_for(tag: str | None) -> str:
    """Our language for a client's tag: "zh-hans", "zh_CN", "ZH" → "zh"; unknown → English.

    Traditional Chinese readers are given the simplified text: it is the one there is.
    """
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return primary if primary in LANGUAGES else LANGUAGES[0]


@cache
def catalogue(language: str) -> Catalog:
    """The interface texts of one language."""
    path = resources.files("bot") / "locale" / f"{language}.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def template(language: str, key: str, count: int | None = None) -> str:
    """The text behind a key, in the plural form for ``count``. Raises KeyError if there is none."""
    forms = _forms(language, key)
    return forms[0] if count == 1 else forms[-1]


@cache
def _forms(language: str, key: str) -> tuple[str, ...]:
    """The text behind a key: of one, and of any other number; or the same for all."""
    message = catalogue(language).get(key)
    if message is None or not message.string:
        raise KeyError(f"{language}: {key}")
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(map(str, message.string[:2]))


def say(words: Words, language: str) -> str:
    """Words in one language. What a participant typed comes out as it is."""
    match words:
        case str():
            return words
        case Several(parts):
            return template(language, "list_separator").join(say(part, language) for part in parts)
        case Phrase("language_itself", args):
            return NAMES.get(str(args["tag"]), str(args["tag"]))
        case Phrase(key, args):
            count = args.get("n")
            text = template(language, key, count if isinstance(count, int) else None)
            return text.format(**_filled(args, language))
        case _:
            return words[language] if language in words else next(iter(words.values()), "")


def in_words(day: date) -> dict[str, str]:
    """A day in every language: "6 December 2021"."""
    return {each: format_date(day, "long", locale=each) for each in LANGUAGES}


def _filled(args: Mapping[str, Words | int], language: str) -> dict[str, str]:
    return {
        name: str(value) if isinstance(value, int) else say(value, language)
        for name, value in args.items()
    }


def worded(card: Card[Words], language: str) -> Card[str]:
    """The card in one language; empty paragraphs and the button of this language are left out."""

    def maybe(words: Words | None) -> str | None:
        return None if words is None else say(words, language)

    return Card(
        name=card.name,
        place=card.place,
        title=say(card.title, language),
        progress=maybe(card.progress),
        notices=tuple(say(notice, language) for notice in card.notices),
        paragraphs=tuple(filter(None, (say(each, language) for each in card.paragraphs))),
        rows=tuple(
            Row(row.number, say(row.label, language), maybe(row.detail), row.marked, row.action)
            for row in card.rows
        ),
        one=card.one,
        entry=None if card.entry is None else _worded_entry(card.entry, language),
        words=card.words,
        link=card.link,
        lines=tuple(
            Line(
                line.number, say(line.label, language), maybe(line.detail), line.state, line.action
            )
            for line in card.lines
        ),
        buttons=tuple(filter(None, (_worded_row(row, language) for row in card.buttons))),
    )


def _worded_row(row: tuple[Button[Words], ...], language: str) -> tuple[Button[str], ...]:
    return tuple(
        Button(say(button.label, language), button.action, button.primary)
        for button in row
        if button.action != Command("language", language)
    )


def _worded_entry(entry: Entry[Words], language: str) -> Entry[str]:
    return Entry(say(entry.label, language), entry.value, entry.limit, entry.format)
