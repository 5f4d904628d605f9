"""The rules an instrument must keep beyond its form; what their codes mean stands in ``lint``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from flows.instrument import Choice, ContactDetails, Criterion, Instrument, ScoringItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flows.instrument import ContactField, Option, Text
    from flows.navigation import AnyItem

LONGEST_SCREEN = 3500
"""Characters of one item in one language; a Telegram message holds 4,096, some of them ours."""
LONGEST_INTRODUCTION = 3000
"""Characters of an introduction: what is promised of the answers stands below it."""
MOST_ROWS = 60
"""Rows of one card; Telegram shows at most 100 buttons, and the way on needs some."""
MOST_JUMPS = 90
"""Items and themes of an instrument: each is a button of the contents card."""
WHOLE = 100
"""What the weights of a benchmark's sections add up to, in percent."""

Spot: TypeAlias = tuple[str, str, str, str]
"""What a rule found: code, place within the instrument, message, cure."""


def _ids(instrument: Instrument) -> Iterator[Spot]:
    items = instrument.items
    ids = {
        "sections": [section.id for section in instrument.sections],
        "themes": [theme.id for section in instrument.sections for theme in section.themes],
        # One space of names: ``renamed`` and the export speak of items and rows alike.
        "items": [id_ for item in items for id_ in (item.id, *(row.id for row in _rows(item)))],
        "fields": [field.id for item in items for field in _fields(item)],
        "languages": list(instrument.languages),
    }
    for kind, each in ids.items():
        for id_ in _repeated(each):
            yield "duplicate-id", kind, f"'{id_}' stands for more than one", "rename all but one"
    for number in _repeated(item.number for item in items):
        yield "duplicate-number", "items", f"'{number}' is printed twice", "number them apart"
    for old, new in instrument.renamed.items():
        if new not in ids["items"]:
            message = f"'{old}' became '{new}', which is not there"
            yield "unknown-rename", "renamed", message, "name an item or row of this edition"


def _conditions(instrument: Instrument) -> Iterator[Spot]:
    rows: dict[str, set[str]] = {}
    for item in instrument.items:
        at, condition = f"items.{item.id}", item.only_if
        if condition is not None:
            if condition.item not in rows:
                message = f"depends on '{condition.item}', which nobody was asked before"
                yield "unreachable-item", at, message, "name an earlier item that can be reached"
                continue
            unknown = [each for each in condition.any_of if each not in rows[condition.item]]
            for each in unknown:
                message = f"'{each}' is no row of '{condition.item}'"
                yield "unknown-option", at, message, "remove it, or name one that is"
            if len(unknown) == len(condition.any_of):
                message = f"no row of '{condition.item}' leads here"
                yield "unreachable-item", at, message, "name at least one of its rows"
                continue
        rows[item.id] = {row.id for row in _rows(item)}


def _themes(instrument: Instrument) -> Iterator[Spot]:
    for section in instrument.sections:
        known = [theme.id for theme in section.themes]
        criteria = [item for item in section.items if isinstance(item, Criterion)]
        for criterion in criteria:
            at = f"items.{criterion.id}"
            if instrument.kind == "survey":
                message = "a survey counts no points"
                yield "criterion-in-survey", at, message, 'write kind = "choice" here'
            elif criterion.theme not in known:
                message = f"'{criterion.theme}' is no theme of section {section.id}"
                yield "unknown-theme", at, message, "add the theme there, or name another"
        for theme in known:
            if theme not in {criterion.theme for criterion in criteria}:
                message = "has no criterion"
                yield "empty-theme", f"themes.{theme}", message, "remove it, or give it one"


def _labels(instrument: Instrument) -> Iterator[Spot]:
    for item in instrument.items:
        labels = [_wording(row) for row in _rows(item)] + [each.label for each in _fields(item)]
        for tag in instrument.languages:
            for label in _repeated(_folded(text.get(tag, "")) for text in labels):
                message = f"'{label[:40]}' stands twice in {tag}"
                yield "same-label", f"items.{item.id}", message, "word them apart"


def _points(instrument: Instrument) -> Iterator[Spot]:
    for criterion in instrument.criteria:
        if not criterion.maximum:
            message = "no selection earns a point"
            yield "unreachable-maximum", f"items.{criterion.id}", message, "give a row points"
    for item in instrument.items:
        sizes = Counter(row.group for row in _rows(item) if row.group is not None)
        for group in (group for group, size in sizes.items() if size == 1):
            message = f"'{group}' has one row"
            yield "lonely-group", f"items.{item.id}", message, "add a row to it, or drop it"
        for row in _rows(item):
            at = f"items.{item.id}.{'rows' if isinstance(item, Criterion) else 'options'}.{row.id}"
            if row.alone and row.group is not None:
                yield "needless-group", at, f"'{row.group}' beside alone", "drop one of them"
            if isinstance(row, ScoringItem) and row.starred and not row.alone and not row.group:
                yield "idle-star", at, "excludes no row", "write alone = true, or a group"


def _weights(instrument: Instrument) -> Iterator[Spot]:
    weights = {section.id: section.weight for section in instrument.sections}
    if instrument.kind == "survey":
        for each in (each for each, weight in weights.items() if weight is not None):
            yield "needless-weight", f"sections.{each}", "counts nothing", "drop the weight"
        return
    total = sum(weight or 0 for weight in weights.values())
    if total != WHOLE:
        yield "weights", "sections", f"add up to {total}", f"make them add up to {WHOLE}"
    for section in instrument.sections:
        if not any(isinstance(item, Criterion) for item in section.items):
            at = f"sections.{section.id}"
            yield "unreachable-maximum", at, "has no criterion", "give it one"


def _choices(instrument: Instrument) -> Iterator[Spot]:
    for item in (item for item in instrument.items if isinstance(item, Choice)):
        at, count = f"items.{item.id}", len(item.options)
        if sum(option.text_entry for option in item.options) > 1:
            yield "text-entries", at, "ask for words twice", "keep text_entry on one option"
        if item.at_most is not None and item.at_most > count:
            message = f"is {item.at_most} of {count} options"
            yield "at-most", at, message, "lower it, or leave it out where all may be ticked"


def _sizes(instrument: Instrument) -> Iterator[Spot]:
    jumps = len(instrument.items) + sum(len(section.themes) for section in instrument.sections)
    if jumps > MOST_JUMPS:
        message = f"{jumps} items and themes, {MOST_JUMPS} fit"
        yield "too-many-items", "sections", message, "split the instrument"
    for item in instrument.items:
        if len(_rows(item)) > MOST_ROWS:
            message = f"{len(_rows(item))} rows, {MOST_ROWS} fit"
            yield "too-many-rows", f"items.{item.id}", message, "split the item"
    screens = [
        ("introduction", [instrument.introduction], LONGEST_INTRODUCTION),
        *(
            (f"items.{item.id}", [text for _, text in _screen(item)], LONGEST_SCREEN)
            for item in instrument.items
        ),
    ]
    for at, texts, limit in screens:
        for tag in instrument.languages:
            length = sum(len(text.get(tag, "")) for text in texts)
            if length > limit:
                yield "too-long", at, f"{length} characters in {tag}, {limit} fit", "shorten it"


def _words(instrument: Instrument) -> Iterator[Spot]:
    for at, text in _texts(instrument):
        words = {tag: text.get(tag, "") for tag in instrument.languages}
        for tag, said in words.items():
            if not said.strip():
                yield "blank-text", at, f"in {tag}", "write some words, or drop the key"
            elif said != said.strip() or "  " in said:
                yield "stray-space", at, f"in {tag}", "leave one space between words"
            unseen = [char for char in said if _unseen(char)]
            if unseen:
                message = f"U+{ord(unseen[0]):04X} in {tag}"
                yield "control-character", at, message, "remove it"
        if len({tuple(sorted(re.findall(r"\{[^{}]*\}", said))) for said in words.values()}) > 1:
            yield "placeholder", at, "{…} not the same in all languages", "copy it as it is"


RULES: tuple[Callable[[Instrument], Iterable[Spot]], ...] = (
    _ids,
    _conditions,
    _themes,
    _labels,
    _points,
    _weights,
    _choices,
    _sizes,
    _words,
)


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def _unseen(char: str) -> bool:
    """Control, reordering and unpaired characters, and the mark of a reading mistake (U+FFFD)."""
    return (char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs"}) or char == "\ufffd"


def _rows(item: AnyItem) -> tuple[Option | ScoringItem, ...]:
    return item.rows if isinstance(item, (Choice, Criterion)) else ()


def _fields(item: AnyItem) -> tuple[ContactField, ...]:
    return item.fields if isinstance(item, ContactDetails) else ()


def _wording(row: Option | ScoringItem) -> Text:
    return row.wording if isinstance(row, ScoringItem) else row.text


def _screen(item: AnyItem) -> Iterator[tuple[str, Text]]:
    """The words of an item's screen, each with its place."""
    at = f"items.{item.id}"
    yield f"{at}.text", item.text
    if item.hint is not None:
        yield f"{at}.hint", item.hint
    if isinstance(item, Criterion) and item.heading is not None:
        yield f"{at}.heading", item.heading
    for row in _rows(item):
        yield f"{at}.{row.id}", _wording(row)
    for field in _fields(item):
        yield f"{at}.{field.id}", field.label


def _texts(instrument: Instrument) -> Iterator[tuple[str, Text]]:
    """All words of an instrument, each with its place."""
    yield "title", instrument.title
    yield "introduction", instrument.introduction
    for section in instrument.sections:
        yield f"sections.{section.id}", section.title
        yield from ((f"themes.{theme.id}", theme.title) for theme in section.themes)
    for item in instrument.items:
        yield from _screen(item)
        if isinstance(item, Choice) and item.comment is not None:
            yield f"items.{item.id}.comment", item.comment
