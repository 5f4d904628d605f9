"""What comes with the rows: what every variable means, and which texts are listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.texts import LANGUAGES, template
from flows.instrument import Choice, ContactDetails, FreeText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.interchange.variables import Value, Variable
    from flows.instrument import Instrument, Text
    from flows.navigation import AnyItem
    from flows.session import Answer

HEAD = (
    "variable", "question",
    *(f"wording_{language}" for language in LANGUAGES),
    "code", "option",
    *(f"label_{language}" for language in LANGUAGES),
    *(f"note_{language}" for language in LANGUAGES),
)  # fmt: skip
BESIDE = ("round", "edition")
"""What stands in every row before the variables."""
TEXTS = ("question", "item", "part", "text", "quotable")


@dataclass(frozen=True, slots=True)
class Row:
    """One response."""

    edition: str
    answers: Mapping[str, Answer]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One text, of nobody: it joins to no row."""

    number: str
    item: str
    part: str
    text: str
    quotable: bool = False
    """Whether its writer allows it to be quoted, without a name."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands under ``TEXTS``."""
        may = "yes" if self.quotable else "no"
        return self.number, self.item, self.part, self.text, may


@dataclass(frozen=True, slots=True)
class Codebook:
    """What the rows of one round mean. ``texts`` counts them by item; those of an item with fewer
    than ``smallest`` are withheld.
    """

    instrument: Instrument
    round: str
    variables: tuple[Variable, ...]
    texts: Mapping[str, int]
    smallest: int
    language: str
    items: tuple[AnyItem, ...]
    """Everything that was asked in the round, in whichever edition."""

    def listed(self, item: str) -> bool:
        """Whether the texts given with an item are listed."""
        return self.texts.get(item, 0) >= self.smallest

    @property
    def withheld(self) -> int:
        """How many texts are not."""
        return sum(count for item, count in self.texts.items() if not self.listed(item))


def both(key: str, **args: str | int) -> Text:
    """A text of the catalogue in every language."""
    return {language: template(language, key).format(**args) for language in LANGUAGES}


def marks() -> dict[int, Text]:
    """What the values of a 0/1 variable say."""
    return {0: both("export_not_ticked"), 1: both("export_ticked")}


def label(variable: Variable) -> Text:
    """A variable in words: its question, and the option or the sum it holds."""
    match variable.holds:
        case "points":
            return _with(both("export_points", number=variable.number), variable.text)
        case "section":
            return _with(both("export_section", section=variable.number), variable.text)
        case "score":
            return both("export_score")
    return variable.text if variable.label is None else _with(variable.text, variable.label)


def numbered(variable: Variable) -> Text:
    """A variable in words, with the number of its question before them."""
    words = label(variable)
    if variable.holds or not variable.number:
        return words
    return {tag: f"{variable.number}. {text}" for tag, text in words.items()}


def _with(one: Text, other: Text) -> Text:
    return {tag: f"{words} – {other.get(tag, '')}" for tag, words in one.items()}


def lines(book: Codebook) -> Iterator[tuple[str | int, ...]]:
    """The codebook as a table under ``HEAD``."""
    for name, key in zip(BESIDE, (both("export_round"), both("export_edition")), strict=True):
        yield _line(name, wording=key)
    empty = both("export_empty")
    for each in book.variables:
        words = label(each)
        if each.codes:
            for code in each.codes:
                yield _line(
                    each.name, each.number, words, code.value, code.option, code.label, empty
                )
        elif each.option:
            for value, meaning in marks().items():
                yield _line(each.name, each.number, words, value, each.option, meaning, empty)
        else:
            yield _line(each.name, each.number, words, note=empty if each.item else {})
    for item in book.items:
        if isinstance(item, ContactDetails):
            yield _line("", item.number, item.text, note=both("export_no_contacts"))
        elif isinstance(item, FreeText) or (
            isinstance(item, Choice) and (item.comment or book.texts.get(item.id))
        ):
            asked = item.comment if isinstance(item, Choice) and item.comment else item.text
            yield _line("", item.number, asked, note=_texts(book, item.id))


def _texts(book: Codebook, item: str) -> Text:
    count = book.texts.get(item, 0)
    if book.listed(item) or not count:
        return both("export_texts_listed", count=count)
    return both("export_texts_withheld", count=count, smallest=book.smallest)


def _line(
    name: str,
    number: str = "",
    wording: Text | None = None,
    code: int | str = "",
    option: str = "",
    said: Text | None = None,
    note: Text | None = None,
) -> tuple[str | int, ...]:
    def spoken(text: Text | None) -> list[str]:
        return [(text or {}).get(language, "") for language in LANGUAGES]

    return (name, number, *spoken(wording), code, option, *spoken(said), *spoken(note))


def as_json(book: Codebook) -> dict[str, Any]:
    """The codebook as the first line of JSON Lines."""
    return {
        "instrument": book.instrument.id,
        "edition": book.instrument.edition,
        "round": book.round,
        "codebook": [
            {
                "item": item.id,
                "number": item.number,
                "text": item.text,
                "options": [
                    {"id": row.id, "text": getattr(row, "wording", row.text)}
                    for row in getattr(item, "rows", ())
                ],
                "texts": book.texts.get(item.id, 0),
                "texts_listed": book.texts.get(item.id, 0) if book.listed(item.id) else 0,
            }
            for item in book.items
        ],
        "missing": both("export_empty"),
    }
