"""The numbers of a scorecard in words: what stands below its picture in a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.scorecard.front import ENDS, end_lines, headline
from bot.reports.scorecard.words import of_maximum, section_label
from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.scorecard.company import CompanyScore
    from flows.card import Words

LIMIT: Final = 1024
"""Characters below a picture, as Telegram counts them: in UTF-16 code units."""


def caption(company: CompanyScore, language: str) -> str:
    """Final score, every section, strongest and weakest themes, as many as fit."""
    said = ""
    for most in range(ENDS, -1, -1):
        said = "\n".join(_lines(company, language, most))
        if _length(said) <= LIMIT:
            return said
    return said[: LIMIT // 2]


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _lines(company: CompanyScore, language: str, most: int) -> Iterator[str]:
    named = say(Phrase("scorecard_title", {"title": company.instrument.title}), language)
    yield named if not company.name else f"{company.name} · {named}"
    yield say(company.banner, language)
    yield ""
    yield headline(company, language)
    for section in company.instrument.sections:
        found = company.now.sections[section.id]
        scores: dict[str, Words | int] = {
            "section": section_label(section, language),
            "score": printed(found.floor_weighted),
            "weight": found.weight,
            "points": of_maximum(found, language),
        }
        yield say(Phrase("scorecard_section_line", scores), language)
    yield from end_lines(company, language, most)
