"""How options and figures are written in a report: once, so that every form has the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.texts import say
from flows.card import Phrase, Words
from flows.instrument import Choice, Criterion, ScoringItem

if TYPE_CHECKING:
    from flows.statistics import Share

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Voice:
    """The language a report is in."""

    language: str

    def say(self, key: str, **args: Words | int) -> str:
        """The text behind a key of the catalogue."""
        return say(Phrase(key, args), self.language)

    def read(self, words: Words) -> str:
        """Words of an instrument."""
        return say(words, self.language)

    def labels(self, item: Choice | Criterion) -> dict[str, str]:
        """What every row says, whole: with its stem, where it has one."""
        return {
            row.id: self.read(row.wording if isinstance(row, ScoringItem) else row.text)
            for row in item.rows
        }

    def briefly(self, item: Choice | Criterion) -> dict[str, str]:
        """Every row beside its bar or over its column, where a criterion's long rows have their
        numbers for short.
        """
        if isinstance(item, Criterion):
            return {row.id: row.id for row in item.rows}
        return self.lettered(item)

    def lettered(self, item: Choice | Criterion) -> dict[str, str]:
        """Every row as it stands in a table: after its letter or number, where it has one."""
        if isinstance(item, Criterion):
            return {row: f"{row} {text}" for row, text in self.labels(item).items()}
        marks = letters(item)
        named = self.labels(item)
        return {row: f"{marks[row]}) {text}" if marks else text for row, text in named.items()}

    def percent(self, value: int) -> str:
        """A whole percentage."""
        return self.say("report_whole_percent", value=value)

    def counted(self, percent: int, count: int) -> str:
        """A percentage and the count it is of."""
        return self.say("report_figure", percent=self.percent(percent), count=count)

    def share(self, share: Share) -> str:
        """What is written beside the bar of an option."""
        return self.counted(share.percent, share.count)


def letters(item: Choice | Criterion) -> dict[str, str]:
    """A letter for every option of a question that takes several, for what was ticked together;
    none where one option is ticked at most, or where letters do not suffice.
    """
    if isinstance(item, Criterion) or item.at_most == 1 or len(item.rows) > len(_LETTERS):
        return {}
    return {row.id: letter for row, letter in zip(item.rows, _LETTERS, strict=False)}
