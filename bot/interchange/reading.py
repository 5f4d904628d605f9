"""What comes out of reading a file of responses: respondents, and problems with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from flows.exclusion import clash, in_order
from flows.session import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flows.instrument import Choice, Text

LONGEST = 32_000
"""Characters taken of one text: a cell of a workbook holds 32,767."""
LONGEST_ID = 100
"""Characters of a respondent's id."""


@dataclass(frozen=True, slots=True)
class Respondent:
    """One respondent as the file has them; ``id`` is empty where the file gives none."""

    place: str
    id: str
    answers: Mapping[str, Answer]
    contact: bool = False
    """Whether contact details were given; they are not read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be taken: where it stands, what was found, what would be accepted."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is left out by rule: said once, in the line that says what was imported."""

    what: str


Read: TypeAlias = Respondent | Problem | Remark


@dataclass(slots=True)
class Draft:
    """One answer while its parts are still being found."""

    chosen: set[str] = field(default_factory=set)
    other: str = ""
    text: str = ""
    comment: str = ""

    def answer(self, item: Choice | None) -> Answer:
        """The answer, its options in the instrument's order."""
        chosen = in_order(item.options, self.chosen) if item else ()
        return Answer(chosen=chosen, other=self.other, text=self.text, comment=self.comment)


def broken(item: Choice, answer: Answer) -> Iterator[str]:
    """The rules of the question that these ticks break."""
    ticked = [row for row in item.options if row.id in answer.chosen]
    if item.at_most is not None and len(ticked) > item.at_most:
        named = quoted_list(row.text for row in ticked)
        limit = "one option" if item.at_most == 1 else f"at most {item.at_most} options"
        yield f"found {named} together; expected {limit}"
        return
    for number, row in enumerate(ticked):
        for other in ticked[number + 1 :]:
            if clash(row, other):
                named = quoted_list((row.text, other.text))
                yield f"found {named} together; expected one of them, they exclude each other"


def quoted(words: str, limit: int = 60) -> str:
    """A label in quotation marks. What is longer is not quoted: it may be somebody's own words."""
    return f"“{words}”" if len(words) <= limit and "\n" not in words else "a longer text"


def quoted_list(texts: Iterable[Text], limit: int = 80) -> str:
    """Texts in quotation marks, each in its first language, long ones shortened."""
    firsts = (next(iter(each.values())) for each in texts)
    return ", ".join(f"“{_cut(each, limit)}”" for each in firsts)


def _cut(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
