"""What is exported of a response: variables, with their codes, and what an answer is worth in each.

A question with one answer is one variable with a number for each option, in the questionnaire's
order; a question that takes several is a 0/1 variable for each option.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from flows.instrument import Choice, Criterion, ScoringItem
from flows.scoring import printed, scored
from flows.session import NOTHING, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from flows.instrument import Instrument, Option, Text

Value: TypeAlias = int | Decimal | None
Answers: TypeAlias = "Mapping[str, Answer]"

# Words of SPSS that no variable may have as its name.
_RESERVED = {
    "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with",
    "round", "edition",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a variable: a number, the option it stands for, and what that says."""

    value: int
    option: str
    label: Text


@dataclass(frozen=True, slots=True)
class Variable:
    """One column: its name, and what it holds of which question.

    ``codes`` are there where it holds the option that was chosen; ``option`` is the one that a
    0/1 variable is about. ``holds`` says what a benchmark's sums are.
    """

    name: str
    number: str
    text: Text
    item: str = ""
    option: str = ""
    label: Text | None = None
    codes: tuple[Code, ...] = ()
    holds: str = ""


def variables(editions: Sequence[Instrument]) -> tuple[Variable, ...]:
    """The variables of an instrument. What only an older edition had stands at the end."""
    found = [each for instrument in editions for each in _of_items(instrument)]
    first: dict[tuple[str, str, str], Variable] = {}
    for each in found:
        key = each.item, each.option, each.holds
        if key in first and each.codes:
            first[key] = _longer(first[key], each)
        first.setdefault(key, each)
    return tuple(_named(first.values()))


def _longer(one: Variable, older: Variable) -> Variable:
    """The variable with the options of an older edition after its own: codes keep their meaning."""
    own = {code.option for code in one.codes}
    more = [code for code in older.codes if code.option not in own]
    added = (Code(len(own) + n, each.option, each.label) for n, each in enumerate(more, start=1))
    return Variable(one.name, one.number, one.text, one.item, codes=(*one.codes, *added))


def _of_items(instrument: Instrument) -> Iterator[Variable]:
    for item in instrument.items:
        match item:
            case Choice(at_most=1):
                codes = (Code(n, row.id, row.text) for n, row in enumerate(item.options, start=1))
                yield Variable(item.id, item.number, item.text, item.id, codes=tuple(codes))
            case Choice() | Criterion():
                for row in item.rows:
                    said = _wording(row)
                    yield Variable(row.id, item.number, item.text, item.id, row.id, said)
    if not instrument.criteria:
        return
    for criterion in instrument.criteria:
        name = f"points_{criterion.id}"
        yield Variable(name, criterion.number, criterion.text, criterion.id, holds="points")
    for section in instrument.sections:
        yield Variable(
            f"section_{section.id}", section.id, section.title, section.id, holds="section"
        )
    yield Variable("score", "", instrument.title, holds="score")


def _wording(row: Option | ScoringItem) -> Text:
    return row.wording if isinstance(row, ScoringItem) else row.text


def _named(found: Iterable[Variable]) -> Iterator[Variable]:
    """The variables under names that every program takes, SPSS too: a letter first, then letters,
    digits and underscores, none twice whatever the capitals.
    """
    taken = set(_RESERVED)
    for each in found:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", each.name)
        name = base = plain if plain[0].isalpha() else f"v{plain}"
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name.casefold())
        yield Variable(
            name, each.number, each.text, each.item, each.option, each.label, each.codes, each.holds
        )


def reading(
    instrument: Instrument, wanted: Sequence[Variable]
) -> Callable[[Answers], tuple[Value, ...]]:
    """How the variables are read from answers to this edition. What it did not ask, or what was
    not answered, is None.
    """
    offered = {(item.id, row.id) for item in instrument.items for row in getattr(item, "rows", ())}
    plain = [_reader(each, offered) for each in wanted if not each.holds]
    sums = [each for each in wanted if each.holds]

    def values(answers: Answers) -> tuple[Value, ...]:
        read = tuple(each(answers) for each in plain)
        return (*read, *_sums(instrument, sums, answers)) if sums else read

    return values


def _reader(variable: Variable, offered: set[tuple[str, str]]) -> Callable[[Answers], Value]:
    item, option = variable.item, variable.option
    if variable.codes:
        codes: dict[tuple[str, ...], int] = {(each.option,): each.value for each in variable.codes}
        return lambda answers: codes.get(answers.get(item, NOTHING).chosen)
    if (item, option) not in offered:
        return lambda _: None

    def ticked(answers: Answers) -> Value:
        answer = answers.get(item, NOTHING)
        return int(option in answer.chosen) if answer.chosen or answer.none else None

    return ticked


def _sums(instrument: Instrument, wanted: Sequence[Variable], answers: Answers) -> Iterator[Value]:
    """Points, section scores and the final score: what is open counts nothing."""
    result = scored(instrument, answers)
    for each in wanted:
        match each.holds:
            case "points":
                criterion = result.criteria.get(each.item)
                yield criterion.points if criterion and criterion.answered else None
            case "section":
                section = result.sections.get(each.item)
                yield Decimal(printed(100 * section.share)) if section else None
            case _:
                yield Decimal(printed(result.score.floor))
