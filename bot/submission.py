"""What happens once when an answer is final: the one place where both sides meet.

A survey's answers leave the person here: they go to the answer side under random ids, without a
time, and the draft is deleted in the same transaction. A self-assessment stays its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.house import ROUND
from storage import assessments, participation, responses, sessions
from storage.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.universe import Universe
    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.database import Tx


async def submit(
    tx: Tx,
    universe: Universe,
    participant_id: str,
    instrument: Instrument,
    answers: Mapping[str, Answer],
) -> bool:
    """Make the answers final; False where they had been already, and then nothing changes."""
    if not await participation.finish(tx, participant_id, instrument.id, ROUND):
        return False
    if instrument.kind == "survey":
        said, period = Response(answers), universe.quarter()
        await responses.add(tx, instrument, ROUND, said, token=universe.token, period=period)
    else:
        edition, at = instrument.edition, universe.seconds()
        await assessments.freeze(tx, participant_id, instrument.id, edition, answers, at=at)
    await sessions.remove(tx, participant_id, instrument.id)
    return True
