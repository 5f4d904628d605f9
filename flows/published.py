"""Rounds that were published as tables: totals without respondents, and percentages as printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from flows import companion
from flows.instrument import Choice
from flows.lint import Finding, finding
from flows.statistics import Counted, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.instrument import Instrument

Count = Annotated[int, Field(ge=0)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Question(_Closed):
    base: Count
    comments: Count = 0
    counts: dict[str, Count]
    percents: dict[str, Count] = {}


class _File(_Closed):
    edition: str
    source: str
    invited: Count | None = None
    responded: Count
    finished: Count
    questions: dict[str, _Question]


@dataclass(frozen=True, slots=True)
class Published:
    """One published round: what was counted, what was printed, and where."""

    counted: Counted
    printed: Mapping[str, Mapping[str, int]]
    """Item -> option -> the percentage that stands in print."""
    source: str


def load(
    round_name: str, text: str, instrument: Instrument
) -> tuple[Published | None, tuple[Finding, ...]]:
    """A published round from its TOML file, or None and what is wrong with it."""
    place = f"{instrument.id}/published/{round_name}.toml"
    file, findings = companion.read(place, text, _File)
    if file is None:
        return None, findings
    findings = tuple(_strangers(place, file, instrument))
    if findings:
        return None, findings
    counted = Counted(
        instrument=instrument.id,
        edition=file.edition,
        round=round_name,
        invited=file.invited,
        responded=file.responded,
        finished=file.finished,
        tallies={
            item: Tally(each.base, each.counts, each.comments)
            for item, each in file.questions.items()
        },
    )
    printed = {item: each.percents for item, each in file.questions.items()}
    return Published(counted, printed, file.source), ()


def _strangers(place: str, file: _File, instrument: Instrument) -> Iterator[Finding]:
    """Questions and options that the instrument does not have, and counts above their base."""
    for item_id, question in file.questions.items():
        where = f"{place}: questions.{item_id}"
        item = instrument.item(item_id)
        if not isinstance(item, Choice):
            yield finding("wrong-value", where, "is no choice question here", "mend the id")
            continue
        known = [row.id for row in item.options]
        for option in sorted({*question.counts, *question.percents} - set(known)):
            cure = f"write one of {', '.join(known)}"
            yield finding("unknown-option", f"{where}.{option}", "is no option", cure)
        for option, count in question.counts.items():
            if count > question.base:
                message, cure = f"{count} is above the base", f"at most {question.base} can be"
                yield finding("wrong-value", f"{where}.counts.{option}", message, cure)
