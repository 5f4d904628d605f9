"""The feedback round: the company answers what is disputed, until its time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.workspace import telling
from flows.evidence import of_claims
from flows.trail import Deed
from flows.verification import disputed
from storage import assessments, claims, sessions, trail, verdicts
from storage.database import lock_person

if TYPE_CHECKING:
    from bot.house import House
    from storage.assessments import Assessment
    from storage.database import Database, Tx

REMINDED: Final = (3, 1)
"""Days before the deadline on which the company is reminded."""
NOBODY: Final = "–"
"""As whom the trail knows the clock."""


async def hand_in(house: House, tx: Tx, of: Assessment, who: str) -> bool:
    """Freeze what the company added, and put before the researcher once more what was asked or has
    other evidence now; False where there is no feedback round.
    """
    if not await assessments.move(tx, of, "returned", sources=("feedback",)):
        return False
    before = await assessments.latest(tx, of.id)
    answers = of_claims(claims.answers(await claims.of(tx, of.id)))
    at = house.universe.seconds()
    frozen = await assessments.freeze(tx, of, answers, at=at)
    decided = await verdicts.of(tx, of.id)
    again = {
        row
        for item, answer in answers.items()
        for row in disputed(decided) & set(answer.chosen)
        if decided[row].decision == "ask"
        or before is None
        or item not in before.answers
        or before.answers[item].evidence.get(row) != answer.evidence.get(row)
    }
    await verdicts.drop(tx, of.id, again)
    await sessions.remove_all(tx, of.id)
    said = f"{frozen.version} {frozen.digest}"
    await trail.note(tx, of.organisation, [Deed(at, who, "returned", of.edition, said=said)], of.id)
    await telling.researchers(house, tx)
    return True


async def ring(house: House, database: Database) -> None:
    """End feedback rounds whose time is over, and remind of those that end soon."""
    async with database.reading() as tx:
        there = await assessments.in_state(tx, "feedback")
    now = house.universe.seconds()
    for of in there:
        if of.deadline is None:
            continue
        async with database.writing() as tx:
            await lock_person(tx, f"company:{of.organisation}")
            if of.deadline <= now:
                if await hand_in(house, tx, of, NOBODY):
                    await telling.company(house, tx, of.organisation)
                continue
            await _remind(house, tx, of, of.deadline - now)


async def _remind(house: House, tx: Tx, of: Assessment, left: int) -> None:
    """Once for each of ``REMINDED``; of two that are due at once, the later one."""
    due = [days for days in REMINDED if left <= timedelta(days=days).total_seconds()]
    if not due or await trail.has(tx, of.id, "feedback", f"reminded {due[-1]}"):
        return
    at = house.universe.seconds()
    deed = Deed(at, NOBODY, "feedback", of.edition, said=f"reminded {due[-1]}")
    await trail.note(tx, of.organisation, [deed], of.id)
    await telling.company(house, tx, of.organisation)
