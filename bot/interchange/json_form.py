"""Responses as JSON: one object with all of them, or a line for each as `assay export` writes them.

As strict as the sheet: what is not known here is a problem, named with its path.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.interchange.reading import (
    LONGEST,
    LONGEST_ID,
    Draft,
    Problem,
    Remark,
    Respondent,
    broken,
    quoted,
)
from flows.entry import clean, line
from flows.instrument import Choice, ContactDetails, FreeText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.interchange.reading import Read
    from flows.instrument import Instrument
    from flows.navigation import AnyItem
    from flows.session import Answer

_WHOLE = {"instrument", "edition", "round", "responses"}
_RESPONSE = {"id", "instrument", "edition", "round", "answers"}
_TEXT = {"item", "part", "text"}
_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}


class _RefusedError(Exception):
    """One value that cannot be taken: its path, what was found, what would be accepted."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"found {found}; expected {expected}")
        self.path = path


def read(lines: Iterable[str], instrument: Instrument) -> Iterator[Read]:
    """Respondents and problems, in the order of the file."""
    remaining = iter(lines)
    first = next((each for each in remaining if each.strip()), "")
    try:
        alone = _parsed(first)
    except ValueError:
        alone = None
    if isinstance(alone, dict) and "responses" not in alone:
        yield from _lines(chain((first,), remaining), instrument)
        return
    try:
        whole = _parsed(first + "".join(remaining))
        yield from _whole(whole, instrument)
    except _RefusedError as refused:
        yield Problem(refused.path, str(refused))
    except ValueError as error:
        yield Problem("the file", f"is not JSON: {error}")


def _whole(whole: object, instrument: Instrument) -> Iterator[Read]:
    form = _object(whole, "the file", _WHOLE)
    _about(form, instrument, "the file")
    responses = form.get("responses")
    if not isinstance(responses, list):
        raise _RefusedError("responses", _kind(responses), "a list")
    for number, each in enumerate(responses):
        yield from _response(each, f"responses[{number}]", instrument)


def _lines(lines: Iterable[str], instrument: Instrument) -> Iterator[Read]:
    apart = 0
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        place = f"line {number}"
        try:
            form = _parsed(text)
            if isinstance(form, dict) and form.keys() - {"quotable"} == _TEXT:
                apart += 1
            elif isinstance(form, dict) and "codebook" in form:
                _about(form, instrument, place)
            else:
                yield from _response(form, place, instrument)
        except _RefusedError as refused:
            yield Problem(refused.path, str(refused))
        except ValueError as error:
            yield Problem(place, f"is not JSON: {error}")
    if apart:
        yield Remark(f"{apart} texts without a response left out")


def _parsed(text: str) -> object:
    """Raises ValueError: no JSON, or a key twice in one object, or deeper than anybody writes."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("too deep") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    form = dict(pairs)
    if len(form) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {quoted(twice)} stands twice in one object")
    return form


def _about(form: dict[str, Any], instrument: Instrument, path: str) -> None:
    """Refuse what was collected with another instrument or edition."""
    wanted = {"instrument": instrument.id, "edition": instrument.edition}
    for key, expected in wanted.items():
        if key in form and form[key] != expected:
            raise _RefusedError(f"{path}: {key}", _kind(form[key]), f"“{expected}”")


def _response(form: object, path: str, instrument: Instrument) -> Iterator[Read]:
    """One respondent, or everything that is wrong with them."""
    try:
        said = _object(form, path, _RESPONSE)
        _about(said, instrument, path)
        who = _id(said.get("id", ""), f"{path}: id")
        answers = _object(said.get("answers"), f"{path}: answers")
    except _RefusedError as refused:
        yield Problem(refused.path, str(refused))
        return
    taken: dict[str, Answer] = {}
    problems: list[Problem] = []
    contact = False
    for key, each in answers.items():
        place = f"{path}: answers.{key}"
        try:
            item = _item(instrument, key, place)
            if isinstance(item, ContactDetails):
                contact = True
                _object(each, place, {"fields"})
                continue
            taken[key] = _answer(item, each, place)
        except _RefusedError as refused:
            problems.append(Problem(refused.path, str(refused)))
            continue
        if isinstance(item, Choice):
            problems.extend(Problem(place, what) for what in broken(item, taken[key]))
    yield from problems
    if not problems:
        given = {key: answer for key, answer in taken.items() if not answer.empty}
        yield Respondent(path, who, given, contact=contact)


def _item(instrument: Instrument, key: str, path: str) -> AnyItem:
    item = instrument.item(key)
    if item is None:
        known = ", ".join(each.id for each in instrument.items)
        raise _RefusedError(path, "no such question", f"one of {known}")
    return item


def _answer(item: AnyItem, form: object, path: str) -> Answer:
    draft = Draft()
    if isinstance(item, FreeText):
        said = _object(form, path, {"text"})
        draft.text = clean(_words(said, "text", path))
        return draft.answer(None)
    if not isinstance(item, Choice):  # pragma: no cover - benchmarks are refused before
        raise TypeError(item.kind)
    entry = next((row.id for row in item.options if row.text_entry), None)
    parts = {"chosen"} | ({"other"} if entry else set()) | ({"comment"} if item.comment else set())
    said = _object(form, path, parts)
    draft.chosen = _chosen(item, said.get("chosen", []), f"{path}.chosen")
    if entry is not None and (words := line(_words(said, "other", path))):
        draft.other = words
        draft.chosen.add(entry)  # words beside "Other" tick it
    draft.comment = clean(_words(said, "comment", path))
    return draft.answer(item)


def _chosen(item: Choice, form: object, path: str) -> set[str]:
    if not isinstance(form, list):
        raise _RefusedError(path, _kind(form), "a list of options' ids")
    known = [row.id for row in item.options]
    for number, each in enumerate(form):
        if each not in known:
            raise _RefusedError(f"{path}[{number}]", _kind(each), f"one of {', '.join(known)}")
    return set(form)


def _words(said: dict[str, Any], key: str, path: str) -> str:
    words = said.get(key, "")
    if not isinstance(words, str):
        raise _RefusedError(f"{path}.{key}", _kind(words), "a string")
    if len(words) > LONGEST:
        raise _RefusedError(f"{path}.{key}", f"{len(words)} characters", f"at most {LONGEST}")
    return words


def _id(form: object, path: str) -> str:
    if isinstance(form, bool) or not isinstance(form, str | int):
        raise _RefusedError(path, _kind(form), "a string or a whole number")
    who = line(str(form))
    if len(who) > LONGEST_ID:
        raise _RefusedError(path, f"{len(who)} characters", f"at most {LONGEST_ID}")
    return who


def _object(form: object, path: str, known: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(form, dict):
        raise _RefusedError(path, _kind(form), "an object")
    for key in form:
        if known is not None and key not in known:
            expected = f"one of {', '.join(sorted(known))}"
            raise _RefusedError(path, f"the key {quoted(key)}", expected)
    return form


def _kind(form: object) -> str:
    """A value in a problem: a short string by itself, anything else by its kind."""
    if isinstance(form, str):
        return quoted(form)
    return "nothing" if form is None else _NAMES.get(type(form), "a number")
