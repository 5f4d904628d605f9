"""In which round somebody answers, and how far they are in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import organisations, participation, rounds

if TYPE_CHECKING:
    from datetime import datetime

    from bot.house import House
    from flows.ladder import State
    from flows.rounds import Round
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a round; without a state for who may begin and has not."""

    round: Round
    state: State | None

    @property
    def done(self) -> bool:
        """Whether there is nothing left to answer."""
        return self.state == "finished"


async def part(house: House, tx: Tx, person_id: str, instrument_id: str) -> Part | None:
    """The round that counts for a person: one that is open and not finished before any other, and
    of those the newest. None where they are not invited and the house is not open to all.
    """
    now = house.universe.now()
    instrument = house.shelf.get(instrument_id)
    lead = person_id
    if instrument is not None and instrument.kind == "benchmark":
        # Colleagues take part in what the company takes part in.
        lead = await organisations.lead(tx, person_id)
    theirs = await rounds.of_person(tx, lead, instrument_id)
    if not theirs and lead != person_id:
        theirs = await rounds.of_person(tx, person_id, instrument_id)
    if theirs:
        return Part(*min(theirs, key=lambda each: _rank(Part(*each), now)))
    if not house.open_to_all:
        return None
    there = await rounds.of_instrument(tx, instrument_id)
    return Part(next((each for each in there if each.phase(now) == "open"), there[0]), None)


def _rank(of: Part, now: datetime) -> int:
    """Lower is better; the sort is stable, and the newest comes first."""
    if of.round.takes_answers(now):
        # Who declined one round and comes to another has not changed their mind about the first.
        return 2 if of.done else int(of.state == "declined")
    return 3 if of.done else 4


async def decline(house: House, tx: Tx, person_id: str, instrument_id: str) -> bool:
    """Have somebody take no part in any round of an instrument that is open or to come: they are
    told that they are not asked again. Whether there was such a round.
    """
    now, declined = house.universe.now(), False
    for of, _ in await rounds.of_person(tx, person_id, instrument_id):
        if of.takes_answers(now) or of.phase(now) == "planned":
            declined |= await participation.move(tx, person_id, instrument_id, of.name, "declined")
    return declined
