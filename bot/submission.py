"""What happens once when an answer is final: the one place where both sides meet.

A survey's answers leave the person here: they go into the pool, sealed, under a random id, and the
draft is deleted in the same transaction. What waits in the pool is let out later, by nobody in
particular (``bot.releasing``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from storage import paradata, participation, pool, sessions
from storage.pool import Waiting
from storage.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.house import House
    from bot.universe import Universe
    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.database import Tx

MINUTES: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 240, 480, 1440)
"""How long an answer took is kept as the first of these that it does not exceed, or "more": a
number that many share.
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent: the answers, the round they count in, when the draft was begun (seconds
    since 1970; 0 where nobody knows), through which door and in which language.
    """

    answers: Mapping[str, Answer]
    round: str
    begun_at: int
    door: str
    language: str


async def submit(
    tx: Tx, house: House, participant_id: str, instrument: Instrument, sent: Sent
) -> bool:
    """Make a survey's answers final; False where they had been already, and then nothing changes.

    A self-assessment is its company's: see ``bot.workspace.sending``.
    """
    here = participant_id, instrument.id, sent.round
    await participation.begin(tx, *here)  # who looked through everything and ticked nothing
    if not await participation.finish(tx, *here):
        return False
    key = await house.keys.new(house.universe.day())
    waiting = Waiting(instrument.edition, Response(sent.answers))
    await pool.put(tx, key, house.universe.token(), instrument.id, sent.round, waiting)
    house.keys.forget(key)  # until it is let out, it is in the file alone
    await count(tx, house.universe, instrument, sent)
    await sessions.remove(tx, participant_id, instrument.id)
    house.keys.over = True
    return True


async def count(tx: Tx, universe: Universe, instrument: Instrument, sent: Sent) -> None:
    """Count how answers came in: through which door, in which language, in how many minutes."""
    seen: dict[paradata.Kind, str] = {"door": sent.door, "language": sent.language}
    if sent.begun_at:
        seen["minutes"] = _took((universe.seconds() - sent.begun_at) // 60)
    await paradata.count(tx, instrument.id, sent.round, seen)


def _took(minutes: int) -> str:
    return next((str(most) for most in MINUTES if minutes <= most), "more")
