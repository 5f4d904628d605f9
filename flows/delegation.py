"""Who of a company answers what: an editor everything, or only the parts given to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from flows.card import Phrase

if TYPE_CHECKING:
    from collections.abc import Collection

    from flows.card import Words
    from flows.instrument import Criterion, Instrument

Role: TypeAlias = Literal["owner", "editor", "viewer"]

NOTHING: Final = "-"
"""The part of somebody from whom the last part was taken away: no part would be everything."""


def scope_of(typed: str, instrument: Instrument) -> str | None:
    """The part that somebody named by its number or letter: "7.1.1", "theme 7", "A"; where a theme
    and a criterion share a number, the theme. None for what is no part.
    """
    words = typed.lower().replace(":", " ").split()
    if not words or len(words) > 2:  # noqa: PLR2004 - what it is, and its number
        return None
    kinds = {"section": "s", "theme": "t", "criterion": "i", "s": "s", "t": "t", "i": "i"}
    kind = kinds.get(words[0], "") if len(words) > 1 else ""
    for scope in parts(instrument):
        each, _, name = scope.partition(":")
        if name.lower() == words[-1] and each == (kind or each):
            return scope
    return None


def parts(instrument: Instrument) -> tuple[str, ...]:
    """Every part that can be given to somebody: sections, themes, criteria."""
    sections = tuple(f"s:{each.id}" for each in instrument.sections)
    themes = tuple(f"t:{theme.id}" for each in instrument.sections for theme in each.themes)
    return (*sections, *themes, *(f"i:{each.id}" for each in instrument.criteria))


def covers(instrument: Instrument, scope: str, criterion: Criterion) -> bool:
    """Whether a criterion lies in a part."""
    kind, _, name = scope.partition(":")
    match kind:
        case "s":
            return instrument.section_of(criterion.id).id == name
        case "t":
            return criterion.theme == name
        case _:
            return criterion.id == name


def may_answer(
    role: Role, scopes: Collection[str], instrument: Instrument, criterion: Criterion
) -> bool:
    """Whether somebody in this role, with these parts given to them, may answer a criterion."""
    if role == "viewer":
        return False
    if role == "owner" or not scopes:
        return True
    return any(covers(instrument, each, criterion) for each in scopes)


def called(instrument: Instrument, scope: str) -> Words:
    """A part in words."""
    kind, _, name = scope.partition(":")
    if scope == NOTHING:
        return Phrase("work_nothing")
    for section in instrument.sections:
        if kind == "s" and section.id == name:
            return Phrase("section_named", {"id": section.id, "title": section.title})
        for theme in section.themes:
            if kind == "t" and theme.id == name:
                return Phrase("theme_named", {"number": theme.id, "title": theme.title})
    return Phrase("work_criterion", {"number": name})
