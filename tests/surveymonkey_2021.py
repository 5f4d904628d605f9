"""Forty made-up respondents whose answers add up to the published tables of 2021, cell by cell.

The tables (Appendix 2) are all that was published: who ticked what together, and every text in
here, is made up. The fortieth respondent stopped before question 8: 39 of 40 finished.
"""

from __future__ import annotations

import csv
import io
import random
from functools import cache

from bot import shelf
from flows.instrument import Choice, ContactDetails, FreeText, Instrument
from flows.session import NOTHING, Answer

SURVEY = "asi-certification-survey-2021"
PEOPLE = 40
UNFINISHED = 39
"""The index of the respondent who stopped half way."""

COUNTS: dict[str, dict[str, int]] = {
    "q1": {"q1a": 35, "q1b": 27, "q1c": 19, "q1d": 19, "q1e": 31, "q1f": 15, "q1g": 2},
    "q2": {"q2a": 23, "q2b": 22, "q2c": 9, "q2d": 8, "q2e": 2},
    "q3": {"q3a": 21, "q3b": 13, "q3c": 4, "q3d": 1, "q3e": 1},
    "q4": {"q4a": 3, "q4b": 28, "q4c": 8, "q4d": 1},
    "q5": {"q5a": 3, "q5b": 18, "q5c": 17, "q5d": 2},
    "q6": {"q6a": 14, "q6b": 22, "q6c": 4},
    "q7": {"q7a": 8, "q7b": 28, "q7c": 4},
    "q8": {"q8a": 25, "q8b": 6, "q8c": 1, "q8d": 7},
    "q9": {"q9a": 15, "q9b": 3, "q9c": 14, "q9d": 7},
}
"""Appendix 2, in the order of the questionnaire."""
BASES = {
    "q1": 40,
    "q2": 34,
    **dict.fromkeys(("q3", "q4", "q5", "q6", "q7"), 40),
    "q8": 39,
    "q9": 39,
}
COMMENTS = {"q1": 2, "q2": 2, "q3": 7, "q4": 11, "q5": 6, "q6": 12, "q7": 9, "q8": 8, "q9": 2}
NOT_PUBLISHED = {"q10": {"q10a": 15, "q10b": 24}}
"""Question 10 has no table in print; these counts are made up."""
FREE_TEXTS, CONTACTS = 9, 3

_WORDS = (
    "It took longer than we thought.",
    'Our customers call it "the certificate", and they ask for it.',
    "Three people, two sites,\none spreadsheet.",
    "准备工作很多，但值得。",
    "The platform was slow; uploads failed twice, and e-mail, too.",
    "=SUM(A1:A9) is what our accountant answered",
    "- more guidance\n- fewer repetitions\n\n- examples",
    "Good 👍",
    "Möglichst früh anfangen.",
    "<b>No</b> further remarks & thanks",
    "It’s “fine”.",
    "@all: talk to your suppliers first",
)

METADATA = (
    "Respondent ID",
    "Collector ID",
    "Start Date",
    "End Date",
    "IP Address",
    "Email Address",
    "First Name",
    "Last Name",
    "Custom Data 1",
)


@cache
def instrument() -> Instrument:
    """The survey as it is installed."""
    return shelf.read().instruments[SURVEY]


@cache
def respondents() -> tuple[dict[str, Answer], ...]:
    """What each of the forty said, by item."""
    everyone = range(PEOPLE)
    finished = [each for each in everyone if each != UNFINISHED]
    asked = {
        "q2": [each for each in everyone if each % 7 != 3],
        **dict.fromkeys(("q8", "q9", "q10"), finished),
    }
    said: list[dict[str, Answer]] = [{} for _ in everyone]
    for item, counts in {**COUNTS, **NOT_PUBLISHED}.items():
        order = _shuffled(item, asked.get(item, everyone))
        ticked = _several(order, counts) if item in {"q1", "q2"} else _one(order, counts)
        for person, chosen in ticked.items():
            said[person][item] = Answer(chosen=tuple(chosen))
    for item, number in COMMENTS.items():
        _comment(said, item, number)
    for number, person in enumerate(_shuffled("q11", finished)[:FREE_TEXTS]):
        said[person]["q11"] = Answer(text=_text("q11", number))
    for number, person in enumerate(_shuffled("q12", finished)[:CONTACTS], start=1):
        fields = {"name": f"Person {number}", "email": f"person{number}@example.org"}
        said[person]["q12"] = Answer(fields={"company": f"Company {number}, Ltd.", **fields})
    return tuple(said)


def _shuffled(seed: str, people) -> list[int]:
    order = list(people)
    random.Random(seed).shuffle(order)
    return order


def _one(order: list[int], counts: dict[str, int]) -> dict[int, list[str]]:
    marks = [option for option, count in counts.items() for _ in range(count)]
    return {person: [mark] for person, mark in zip(order, marks, strict=True)}


def _several(order: list[int], counts: dict[str, int]) -> dict[int, list[str]]:
    """Each option goes once round the circle from where the one before stopped, so that nobody is
    left without one.
    """
    ticked: dict[int, list[str]] = {person: [] for person in order}
    start = 0
    for option, count in counts.items():
        for step in range(count):
            ticked[order[(start + step) % len(order)]].append(option)
        start += count
    return ticked


def _comment(said: list[dict[str, Answer]], item: str, number: int) -> None:
    """Words beside "Other" for whoever ticked it, otherwise comments of some."""
    answered = [person for person in range(PEOPLE) if item in said[person]]
    last = list(COUNTS[item])[-1]
    if item in {"q1", "q2"}:
        for count, person in enumerate(
            each for each in answered if last in said[each][item].chosen
        ):
            words = " ".join(_text(item, count).split())
            said[person][item] = Answer(said[person][item].chosen, other=words)
    else:
        for count, person in enumerate(_shuffled(f"{item} comments", answered)[:number]):
            said[person][item] = Answer(said[person][item].chosen, comment=_text(item, count))


def _text(item: str, number: int) -> str:
    """Different for every item and number, whatever they are."""
    return f"{_WORDS[(number + 5 * int(item[1:])) % len(_WORDS)]} ({item} {number + 1})"


def headings(language: str = "en") -> list[tuple[str, str, str]]:
    """The columns after the metadata: question, what stands in the second row, and what the
    column holds ("q1a", "q1 other", "q3", "q3 comment", "q12 name").
    """
    columns: list[tuple[str, str, str]] = []
    for item in instrument().items:
        text = item.text[language]
        match item:
            case Choice(at_most=1):
                columns.append((text, "Response", item.id))
            case Choice():
                for option in item.options:
                    holds = f"{item.id} other" if option.text_entry else option.id
                    columns.append((text, option.text[language], holds))
            case FreeText():
                columns.append((text, "Open-Ended Response", item.id))
            case ContactDetails():
                columns.extend(
                    (text, field.label[language], f"{item.id} {field.id}") for field in item.fields
                )
        if isinstance(item, Choice) and item.comment is not None:
            columns.append((text, item.comment[language], f"{item.id} comment"))
    return columns


def rows(language: str = "en") -> list[list[str]]:
    """The sheet: two header rows, the question over the first of its columns only, and a row for
    each respondent.
    """
    columns = headings(language)
    first = [
        text if at == 0 or columns[at - 1][0] != text else ""
        for at, (text, _, _) in enumerate(columns)
    ]
    second = [label for _, label, _ in columns]
    header = [[*METADATA, *first], [""] * len(METADATA) + second]
    body = [
        [*_metadata(person), *(_cell(said, holds, language) for _, _, holds in columns)]
        for person, said in enumerate(respondents())
    ]
    return header + body


def _metadata(person: int) -> list[str]:
    day, hour = 23 + person % 8, 8 + person % 9
    began = f"11/{day:02}/2021 {(hour - 1) % 12 + 1:02}:05:09 {'AM' if hour < 12 else 'PM'}"
    ended = f"11/{day:02}/2021 {(hour - 1) % 12 + 1:02}:17:40 {'AM' if hour < 12 else 'PM'}"
    numbers = [str(13_212_345_000 + 37 * person), "406612345"]
    return [*numbers, began, ended, "192.0.2.7", f"contact{person}@example.org", "", "", ""]


def _cell(said: dict[str, Answer], holds: str, language: str) -> str:
    """What one column holds of what somebody said."""
    item_id, _, part = holds.partition(" ")
    owner = next(i for i in instrument().items if i.id == item_id or item_id in _options(i))
    answer = said.get(owner.id, NOTHING)
    match owner, part:
        case _, "comment":
            return answer.comment
        case _, "other":
            return answer.other
        case ContactDetails(), _:
            return answer.fields.get(part, "")
        case FreeText(), _:
            return answer.text
        case Choice(at_most=1), _:
            return "".join(_options(owner, language)[each] for each in answer.chosen)
        case _:
            return _options(owner, language)[item_id] if item_id in answer.chosen else ""


def _options(item, language: str = "en") -> dict[str, str]:
    return {each.id: each.text[language] for each in getattr(item, "options", ())}


def written(rows: list[list[str]]) -> str:
    """Rows as SurveyMonkey writes them: byte order mark, CRLF, quotes where they are needed."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return "\ufeff" + file.getvalue()


def csv_text(language: str = "en") -> str:
    """The whole file."""
    return written(rows(language))
