"""An assessment as a researcher has it before them: what was sent, what is decided, what waits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from bot.fieldwork.desk_parts import is_number
from flows.card import Phrase
from flows.verification import CHECKED, claims, disputed, waiting
from storage import assessments, organisations, verdicts
from storage.database import lock_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.house import House
    from flows.card import Words
    from flows.instrument import Instrument
    from flows.verification import Decision, Queued, Verdict
    from storage.assessments import Assessment, Frozen
    from storage.database import Tx

REASONS: Final[Mapping[Decision, tuple[str, ...]]] = {
    "accept": ("stated",),
    "reject": ("absent", "notpublic", "otherperiod", "nolink"),
    "ask": ("where", "when"),
}
"""The usual reasons, one press each; others are written in words."""


WITHOUT_LINK: Final = frozenset({"nolink"})
"""Reasons for a claim without a link; the others speak of what stands there."""
ANYWAY: Final = frozenset({"where", "when"})
"""What can be asked about any claim."""


@dataclass(frozen=True)
class Case:
    """One assessment that was sent, with its newest version and the decisions so far."""

    of: Assessment
    instrument: Instrument
    company: str
    domains: tuple[str, ...]
    frozen: Frozen
    verdicts: Mapping[str, Verdict]

    @cached_property
    def rows(self) -> tuple[Queued, ...]:
        """Every claimed row, the one with the largest effect first."""
        return claims(self.instrument, self.frozen.answers)

    @cached_property
    def waiting(self) -> tuple[Queued, ...]:
        """The rows that wait for a decision, in the order in which to look."""
        return waiting(self.instrument, self.frozen.answers, self.verdicts, self.of.state)

    @property
    def possible(self) -> tuple[Decision, ...]:
        """What can be decided now: on the last look nothing is asked any more."""
        if self.of.state not in CHECKED:
            return ()
        return ("accept", "reject") if self.of.state == "returned" else ("accept", "reject", "ask")

    @property
    def may_be_final(self) -> bool:
        """Whether nothing waits, and nothing disputed has not been before the company."""
        if self.waiting or self.of.state not in CHECKED:
            return False
        return self.of.state == "returned" or not disputed(self.verdicts)

    def may_reconsider(self, row: str) -> bool:
        """Whether a decision may be taken again: what the company has been told was accepted stays
        accepted.
        """
        verdict = self.verdicts.get(row)
        if verdict is None or self.of.state not in CHECKED:
            return False
        return self.of.state == "submitted" or verdict.decision != "accept"

    def row(self, number: str) -> Queued | None:
        """The claimed row that a button means, by its place in the instrument."""
        ids = [row.id for item in self.instrument.criteria for row in item.rows]
        if not is_number(number) or int(number) >= len(ids):
            return None
        return next((each for each in self.rows if each.row.id == ids[int(number)]), None)

    def number(self, row: str) -> int:
        """The number by which buttons know a row."""
        ids = [each.id for item in self.instrument.criteria for each in item.rows]
        return ids.index(row)


async def held(house: House, tx: Tx, number: str) -> Case | None:
    """The case of this number, while nobody of the company can change it."""
    of = await assessments.get(tx, int(number)) if is_number(number) else None
    if of is None:
        return None
    await lock_person(tx, f"company:{of.organisation}")
    return await opened(house, tx, number)


async def opened(house: House, tx: Tx, number: str) -> Case | None:
    """The case of this number; None where nothing was sent under it."""
    of = await assessments.get(tx, int(number)) if is_number(number) else None
    frozen = None if of is None else await assessments.latest(tx, of.id)
    if of is None or frozen is None or of.state == "open":
        return None
    return Case(
        of,
        await house.shelf.edition(tx, of.instrument, frozen.edition),
        await organisations.name_of(tx, of.organisation),
        await organisations.domains(tx, of.organisation),
        frozen,
        await verdicts.of(tx, of.id),
    )


def reason_words(reason: str) -> Words:
    """A reason as people read it: a usual one in their language, others as they were written."""
    usual_one = reason.removeprefix("=")
    return reason if usual_one == reason else Phrase(f"reason_{usual_one}")
