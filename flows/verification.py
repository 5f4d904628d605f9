"""Verification: what a researcher decided about each claimed row, and in which order to look.

The states of an assessment: ``open`` while the company answers; ``submitted`` with a frozen
version; ``feedback`` while the company may add links and notes to what is disputed; ``returned``
for the last look; ``final``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from flows.navigation import claimed
from flows.session import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flows.instrument import Criterion, Instrument, ScoringItem
    from flows.session import Answer

State: TypeAlias = Literal["open", "submitted", "feedback", "returned", "final"]
STATES: Final[tuple[State, ...]] = get_args(State)
CHECKED: Final[frozenset[State]] = frozenset({"submitted", "returned"})
"""States in which a researcher decides."""

Decision: TypeAlias = Literal["accept", "reject", "ask"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a row, why, by whom, and when (seconds since 1970)."""

    decision: Decision
    reason: str
    who: str
    at: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A claimed row that waits for a decision; ``effect`` is what the final score loses without
    it, in points of 100.
    """

    item: Criterion
    row: ScoringItem
    effect: Fraction


def claims(instrument: Instrument, answers: Mapping[str, Answer]) -> tuple[Queued, ...]:
    """Every claimed row with its effect, the largest first, of equal ones in printed order."""
    maxima = {
        section.id: sum(
            each.maximum
            for each in instrument.criteria
            if instrument.section_of(each.id) is section
        )
        for section in instrument.sections
    }
    found: list[Queued] = []
    for item in instrument.criteria:
        section = instrument.section_of(item.id)
        for row in claimed(item, answers.get(item.id, NOTHING)):
            effect = Fraction(row.points * (section.weight or 0), maxima[section.id])
            found.append(Queued(item, row, effect))
    return tuple(sorted(found, key=lambda each: -each.effect))


def waiting(
    instrument: Instrument,
    answers: Mapping[str, Answer],
    verdicts: Mapping[str, Verdict],
    state: State,
) -> tuple[Queued, ...]:
    """The rows that still wait for a decision, in the order in which to look: at first those
    without any, on the last look those that are neither accepted nor rejected since the company
    answered (a disputed row's verdict is taken out when it does).
    """
    if state not in CHECKED:
        return ()
    decided = {
        row
        for row, verdict in verdicts.items()
        if state == "submitted" or verdict.decision != "ask"
    }
    return tuple(each for each in claims(instrument, answers) if each.row.id not in decided)


def disputed(verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    """The rows that go back to the company: rejected, or asked about."""
    return frozenset(row for row, each in verdicts.items() if each.decision != "accept")


def accepted(verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    """The rows that the verified reading counts."""
    return frozenset(row for row, each in verdicts.items() if each.decision == "accept")


def only_evidence(before: Answer, after: Answer, rows: Collection[str]) -> bool:
    """Whether an answer changed in nothing but the evidence of these rows: all that the company may
    do while the researcher waits for what is disputed.
    """
    kept = {row: each for row, each in before.evidence.items() if row not in rows}
    now = {row: each for row, each in after.evidence.items() if row not in rows}
    return kept == now and replace(after, evidence={}) == replace(before, evidence={})
