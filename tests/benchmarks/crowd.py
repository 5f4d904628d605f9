"""People around the responses of a round: each at a door, invited, under way, to be reminded."""

from __future__ import annotations

from sqlalchemy import insert, text

from storage import rounds
from storage.database import Database, portions
from storage.tables import (
    address,
    assessment,
    live_card,
    organisation,
    participant,
    participation,
    processed_update,
    reminder,
    session,
)
from tests.flows.playing import ASI, ASI_ID, RSCB

FIRST = 1_000
"""The chat of the first of them."""
UPDATES = 10**6
"""The number of the first update that was taken."""
LATER = 10**7
"""Seconds after which the others are to be reminded."""


async def settle(database: Database, number: int, due_at: int, soon: int = 0) -> None:
    """Put so many people there; the first ``soon`` are to be reminded at ``due_at``."""
    here = {"instrument": ASI_ID, "round": rounds.ALWAYS}
    own = {"language": "en", "secret": b"s" * 16}
    draft = {"instrument": ASI_ID, "edition": ASI.edition, "revision": 1, "body": "{}"}
    slot = {**here, "number": 1, "state": "waiting"}
    checked = {"instrument": RSCB.id, "round": rounds.ALWAYS, "edition": "2014", "state": "final"}
    ids = [f"{each:032x}" for each in range(number)]
    chats = [{"channel": "telegram", "address": str(n + FIRST)} for n in range(number)]
    rows = {
        participant: [{"id": each, **own} for each in ids],
        address: [{**chat, "participant_id": each} for chat, each in zip(chats, ids, strict=True)],
        live_card: [{**chat, "message_id": 1, "day": 1} for chat in chats],
        session: [{**draft, "participant_id": each} for each in ids[soon:]],
        participation: [{**here, "state": "invited", "participant_id": each} for each in ids],
        reminder: [
            {"id": each, **slot, "participant_id": each, "due_at": due_at + LATER * (n >= soon)}
            for n, each in enumerate(ids)
        ],
        processed_update: [{"update_id": n + UPDATES, "day": 1} for n in range(number)],
        organisation: [{"id": each, "name": each} for each in ids],
        assessment: [{"organisation_id": each, **checked} for each in ids],
    }
    async with database.writing() as tx:
        await rounds.keep(tx, rounds.always(ASI_ID))
        for table, many in rows.items():
            for some in portions(many, 10_000):
                await tx.execute(insert(table), list(some))
        if tx.dialect.name == "postgresql":
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text("ANALYZE"))
