"""What an assessment lacks, or says against itself, before it is submitted.

Which items contradict each other is data beside the criteria: a rule names rows that presuppose
something, and the rows of which one would say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from flows import companion
from flows.evidence import Evidence
from flows.instrument import Criterion, ItemId, RowId, Text
from flows.lint import Finding, finding
from flows.navigation import claimed, missing, relevant
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.instrument import Instrument
    from flows.session import Answer

Kind: TypeAlias = Literal["unanswered", "unconfirmed", "no_link", "no_year", "contradiction"]
"""A criterion without an answer; one whose answer nobody confirmed; a claimed item without a link;
one that speaks of the last reporting year without a year; criteria that contradict each other.
"""

_YEAR = re.compile(r"(?<![0-9])(19|20)[0-9]{2}(?![0-9])")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Closed):
    """One presupposition: whoever ticks a row of ``any_of`` must have one of ``unless_any``."""

    id: str
    """Stable: "targets-without-measurements"."""
    items: Annotated[tuple[ItemId, ...], Field(min_length=1)]
    """The criteria it is about; the first is where one goes to mend it."""
    any_of: Annotated[tuple[RowId, ...], Field(min_length=1)]
    unless_any: Annotated[tuple[RowId, ...], Field(min_length=1)]
    text: Text
    """What contradicts what."""


class Rules(_Closed):
    """What is looked at in the assessments of one edition; by default nothing."""

    rules: tuple[Rule, ...] = ()
    last_reporting_year: frozenset[RowId] = frozenset()
    """Rows worth points that speak of the last reporting year."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at before submitting: in which criterion, and for a claim in which row."""

    kind: Kind
    item: str
    row: str = ""
    words: Text | None = None
    """What a contradiction consists in; None for the other kinds."""


def load(text: str, instrument: Instrument) -> tuple[Rules, tuple[Finding, ...]]:
    """The rules of an edition from their TOML file, and what is wrong with it."""
    place = f"{instrument.id}/consistency/{instrument.edition}.toml"
    rules, findings = companion.read(place, text, Rules)
    if rules is None:
        return Rules(), findings
    found = (*_twice(place, rules), *_untranslated(place, rules, instrument.languages))
    found += tuple(_strangers(place, rules, instrument))
    return (Rules() if found else rules), found


def concerns(
    instrument: Instrument, rules: Rules, answers: Mapping[str, Answer]
) -> tuple[Concern, ...]:
    """What to look at: first what blocks, then contradictions, links and years, as printed."""
    criteria = [item for item in relevant(instrument, answers) if isinstance(item, Criterion)]
    claims = tuple(_claims(criteria, answers))
    yearly = rules.last_reporting_year
    return (
        *_unanswered(instrument, criteria, answers),
        *_contradictions(criteria, rules, answers),
        *(Concern("no_link", item, row) for item, row, shown in claims if not shown.link),
        *(
            Concern("no_year", item, row)
            for item, row, shown in claims
            if row in yearly and not dated(shown)
        ),
    )


def blocking(concern: Concern) -> bool:
    """Whether nothing can be submitted before this is mended; the rest may stay as it is."""
    return concern.kind in {"unanswered", "unconfirmed"}


def dated(evidence: Evidence) -> bool:
    """Whether the period of a piece of evidence names a year."""
    return _YEAR.search(evidence.period) is not None


def _claims(
    criteria: Sequence[Criterion], answers: Mapping[str, Answer]
) -> Iterator[tuple[str, str, Evidence]]:
    """Criterion, row and evidence of everything that is claimed, in printed order."""
    for item in criteria:
        answer = answers.get(item.id, NOTHING)
        for row in claimed(item, answer) if answer.given else ():
            yield item.id, row.id, answer.evidence.get(row.id, Evidence())


def _unanswered(
    instrument: Instrument, criteria: Sequence[Criterion], answers: Mapping[str, Answer]
) -> Iterator[Concern]:
    lacking = {each.item for each in missing(instrument, answers)}
    for item in criteria:
        if item.id in lacking:
            waits = answers.get(item.id, NOTHING).carried == "asked"
            yield Concern("unconfirmed" if waits else "unanswered", item.id)


def _contradictions(
    criteria: Sequence[Criterion], rules: Rules, answers: Mapping[str, Answer]
) -> Iterator[Concern]:
    """The rules that the answers break. What is not answered yet contradicts nothing."""
    given = [item.id for item in criteria if answers.get(item.id, NOTHING).given]
    ticked = {row for item in given for row in answers[item].chosen}
    broken = [
        rule
        for rule in rules.rules
        if set(rule.items) <= set(given)
        and not ticked.isdisjoint(rule.any_of)
        and ticked.isdisjoint(rule.unless_any)
    ]
    broken.sort(key=lambda rule: given.index(rule.items[0]))
    return (Concern("contradiction", rule.items[0], words=rule.text) for rule in broken)


def _twice(place: str, rules: Rules) -> Iterator[Finding]:
    seen: set[str] = set()
    for rule in rules.rules:
        if rule.id in seen:
            where = f"{place}: {rule.id}"
            yield finding("duplicate-id", where, "stands there twice", "rename one of them")
        seen.add(rule.id)


def _untranslated(place: str, rules: Rules, languages: Sequence[str]) -> Iterator[Finding]:
    for rule in rules.rules:
        for tag in languages:
            if not rule.text.get(tag):
                where = f"{place}: {rule.id}: text"
                yield finding("missing-translation", where, f"no {tag}", "write it")


def _strangers(place: str, rules: Rules, instrument: Instrument) -> Iterator[Finding]:
    """Criteria and rows that the instrument does not have, or that a rule does not hold together:
    it waits for the answers to its criteria, so the criterion of each of its rows is among them.
    """
    rows = {row.id: criterion.id for criterion in instrument.criteria for row in criterion.rows}
    for rule in rules.rules:
        where = f"{place}: {rule.id}"
        for item in rule.items:
            if item not in rows.values():
                cure = "write the id of a criterion"
                yield finding("wrong-value", where, f"'{item}' is no criterion", cure)
        for row in (*rule.any_of, *rule.unless_any):
            if row not in rows:
                cure = "write the id of a scoring item"
                yield finding("wrong-value", where, f"'{row}' is no scoring item", cure)
            elif rows[row] not in rule.items:
                message, cure = f"'{row}' is of a criterion not in items", f"add '{rows[row]}'"
                yield finding("wrong-value", where, message, cure)
    worth = {row.id for criterion in instrument.criteria for row in criterion.rows if row.points}
    for row in sorted(rules.last_reporting_year - worth):
        where, message = f"{place}: last_reporting_year", f"'{row}' is no scoring item with points"
        yield finding("wrong-value", where, message, "write the id of one that has some")
