"""How days, changes and names are written in a digest."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from babel.dates import format_date

from bot.reports.document import legible
from bot.texts import LANGUAGES, template
from flows.card import Phrase, Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.reports.digest.figures import RoundFigures
    from flows.instrument import Text

TITLE: Final = 48
"""Characters of an instrument's title that are shown."""
NAME: Final = 32
"""Characters of a round's, a company's or a channel's name."""


def day_in_words(day: date, beside: date) -> Text:
    """A day as it is said beside another: its year is left out where it is the same one."""
    if day.year == beside.year:
        return {each: _written(day, template(each, "digest_day"), each) for each in LANGUAGES}
    return whole_day(day)


def whole_day(day: date) -> Text:
    """A day with its year."""
    return {each: _written(day, template(each, "digest_whole_day"), each) for each in LANGUAGES}


def _written(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=language)


def signed(by: int) -> str:
    """A change with its sign."""
    return f"{'+' if by > 0 else '−'}{abs(by)}" if by else "0"


def brief(words: str, most: int = NAME) -> str:
    """As much of a name as there is room for, on one line."""
    plain = " ".join(str(legible(words)).split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def title_of(title: Text) -> Text:
    """An instrument's title, as much as there is room for."""
    return {language: brief(words, TITLE) for language, words in title.items()}


def label(of: RoundFigures, *, by_name: bool) -> Words:
    """A round by its instrument and its name, or by its name alone, if it has one."""
    if not brief(of.name):
        return title_of(of.title)
    if by_name:
        return Phrase("digest_round_alone", {"name": brief(of.name)})
    return Phrase("digest_round", {"title": title_of(of.title), "name": brief(of.name)})


def listed(parts: Sequence[Words]) -> Words:
    """Parts of one sentence, one after the other."""
    return reduce(lambda left, right: Phrase("digest_list", {"left": left, "right": right}), parts)


def cut(parts: Sequence[Words], most: int) -> Words:
    """At most so many parts, and how many more there are."""
    shown, rest = list(parts[:most]), len(parts) - most
    if rest <= 0:
        return listed(shown)
    more = Phrase("digest_more", {"n": rest})
    return Phrase("digest_and_more", {"list": listed(shown), "more": more}) if shown else more
