"""What the types refuse, in words: a pydantic error -> Finding with a readable place and a cure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias

from flows.instrument import (
    Choice,
    ContactDetails,
    ContactField,
    Criterion,
    FreeText,
    Instrument,
    OnlyIf,
    Option,
    ScoringItem,
    Section,
    Theme,
)
from flows.lint import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

Loc: TypeAlias = tuple[str | int, ...]

_TABLES: dict[str | int, type[BaseModel]] = {
    "sections": Section,
    "themes": Theme,
    "options": Option,
    "rows": ScoringItem,
    "fields": ContactField,
    "only_if": OnlyIf,
    "choice": Choice,
    "text": FreeText,
    "contact": ContactDetails,
    "criterion": Criterion,
}
_OF_AN_INSTRUMENT = {
    *(Instrument.model_fields.keys() - {"languages", "translation_note"}),
    "language",
    "translations",
}
_WANTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false without quotes",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def misfits(
    place: str, raw: Mapping[str, Any], errors: Iterable[ErrorDetails]
) -> Iterator[Finding]:
    """A finding for everything that pydantic refused in the file ``place``, which holds ``raw``."""
    for error in errors:
        # A list counts as empty where its entries were refused: they have findings of their own.
        if error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
            continue
        yield _misfit(place, raw, error)


def _misfit(place: str, raw: Mapping[str, Any], error: ErrorDetails) -> Finding:
    loc, kind = error["loc"], error["type"]
    plain = _untagged(loc)
    key = str(plain[-1]) if isinstance(plain[-1], str) else ""
    path = named(place, raw, plain[:-1] if key else plain)
    if kind == "missing":
        return finding("missing-key", path, f"'{key}'", f"write {key} = …")
    if kind == "extra_forbidden":
        return finding("unknown-key", path, f"'{key}'", written_instead(key, _known(loc)))
    subject = f"'{key}'" if key else "this"
    if kind in _WANTED:
        given = _shown(error["input"])
        return finding("wrong-type", path, f"{subject} is {given}", f"write {_WANTED[kind]}")
    return _wrong_value(path, subject, error)


def _wrong_value(path: str, subject: str, error: ErrorDetails) -> Finding:
    context = error.get("ctx", {})
    given = _shown(error["input"])
    match error["type"]:
        case "union_tag_not_found":
            return finding("missing-key", path, "'kind'", "write kind = …")
        case "union_tag_invalid":
            cure = f"write one of {context['expected_tags']}"
            return finding("wrong-value", path, f"'kind' is '{context['tag']}'", cure)
        case "literal_error":
            cure = f"write {context['expected']}"
        case "string_pattern_mismatch":
            cure = "use letters, digits, dot, dash and underscore, beginning with a letter or digit"
        case "string_too_short":
            cure = "write something"
        case "string_too_long":
            cure = f"write at most {context['max_length']} characters"
        case "too_short":
            given = f"a list of {context['actual_length']}"
            cure = f"give at least {context['min_length']}"
        case _:
            cure = error["msg"].replace("Input should be", "write something")
    return finding("wrong-value", path, f"{subject} is {given}", cure)


def named(place: str, raw: Mapping[str, Any], loc: Loc) -> str:
    """The place in a file, by ids where they are known, else by position counted from one."""
    names: list[str] = []
    here: Any = raw
    for part in loc:
        if isinstance(part, str):
            names.append(part)
            here = here.get(part)
            continue
        here = here[part]
        own_id = here.get("id") if isinstance(here, dict) else None
        if isinstance(own_id, str) and own_id:
            # The id of an item or theme is enough to find it: its section is left out.
            names = [*names[-1:], own_id] if names[-1] in {"items", "themes"} else [*names, own_id]
        else:
            names.append(str(part + 1))
    return ": ".join((place, ".".join(names))) if names else place


def written_instead(key: str, known: Iterable[str]) -> str:
    """The cure for a key that nobody knows: the nearest known one, or all of them."""
    nearest = get_close_matches(key, sorted(known), n=1)
    return f"remove it or write '{nearest[0]}'" if nearest else "remove it"


def _untagged(loc: Loc) -> Loc:
    """Pydantic puts the kind of an item into its path; nobody wrote it there."""
    plain: list[str | int] = []
    for n, part in enumerate(loc):
        if n > 1 and loc[n - 2] == "items" and isinstance(loc[n - 1], int):
            continue
        plain.append(part)
    return tuple(plain)


def _known(loc: Loc) -> Iterable[str]:
    for part in reversed(loc[:-1]):
        if part in _TABLES:
            return _TABLES[part].model_fields.keys()
    return _OF_AN_INSTRUMENT


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return f"'{value[:40]}'"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
    return f"'{value}'"
