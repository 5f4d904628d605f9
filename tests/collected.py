"""Whole responses out of the answer side, as only a test wants them: ticks and words together."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from flows.marks import layout
from flows.session import NOTHING
from storage.responses import Response


async def collected(tx, instrument, round_name: str) -> tuple[Response, ...]:
    """The responses of a round, in the order of their random ids."""
    statement = (
        "SELECT r.id, r.marks, r.finished FROM response r"
        " JOIN collection c ON c.id = r.collection_id"
        " WHERE c.instrument = :i AND c.round = :r ORDER BY r.id"
    )
    key = {"i": instrument.id, "r": round_name}
    found = []
    for row in (await tx.execute(text(statement), key)).all():
        answers = layout(instrument).answers(row.marks)
        words = "SELECT item, part, words FROM comment WHERE response_id = :id"
        for each in await tx.execute(text(words), {"id": row.id}):
            said = answers.get(each.item, NOTHING)
            answers[each.item] = replace(said, **{each.part: each.words})
        found.append(Response(answers, bool(row.finished)))
    return tuple(found)
