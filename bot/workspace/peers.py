"""Where companies stand among each other: reckoned for a whole batch at once, kept until the next.

In between nobody's place changes: not one company's coming, leaving or sending again shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows import scoring
from flows.standing import due, standings
from storage import assessments
from storage import standings as kept
from storage.database import lock_person

if TYPE_CHECKING:
    from bot.house import House
    from flows.instrument import Instrument
    from storage.database import Tx


async def reckon(house: House, tx: Tx, instrument: Instrument, round_name: str) -> None:
    """Reckon the places of a round anew, where enough companies have come since the last time."""
    await lock_person(tx, f"peers of {instrument.id} {round_name}")
    known = await kept.last_batch(tx, instrument.id, round_name)
    sent = await assessments.count(tx, instrument.id, round_name)
    if not due(known.size, sent - known.ever):
        return
    scored = {}
    for number, frozen in (await assessments.sent_by(tx, instrument.id, round_name)).items():
        pinned = await house.shelf.edition(tx, instrument.id, frozen.edition)
        scored[str(number)] = scoring.scored(pinned, frozen.answers)
    places = standings(scored)
    if places:
        by_number = {int(number): place for number, place in places.items()}
        await kept.put(tx, by_number, batch=known.number + 1)
