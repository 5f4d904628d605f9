"""Answer side: what was said, by nobody. No column here leads to a person.

Keys are random and rows lie in the order of their keys, so neither tells when a response came in;
of time there is the quarter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select

from flows.session import Answer, dump_answer, load_answer
from storage.tables import comment, contact_request, response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from storage.database import Tx

_WORDS = ("comment", "text", "other")


@dataclass(frozen=True, slots=True)
class Response:
    """All answers of one participant, final."""

    instrument: str
    edition: str
    round: str
    answers: Mapping[str, Answer]


async def add(tx: Tx, said: Response, *, token: Callable[[], str], period: str) -> None:
    """Keep a response: ticks in one row, every text in a row of its own, contact details apart
    from both. ``token`` draws random ids, ``period`` is the quarter.
    """
    response_id = token()
    ticked: dict[str, Any] = {}
    words: list[dict[str, str]] = []
    for item, answer in said.answers.items():
        form = dump_answer(answer)
        details = form.pop("fields", None)
        for part in _WORDS:
            text = form.pop(part, None)
            if text:
                row = {"id": token(), "response_id": response_id, "item": item}
                words.append({**row, "part": part, "words": text})
        if form:
            ticked[item] = form
        if details:
            await _ask_for_contact(tx, said, details, token())
    body = json.dumps(ticked, sort_keys=True)
    key = {"instrument": said.instrument, "edition": said.edition, "round": said.round}
    row = {"id": response_id, **key, "period": period, "answers": body}
    await tx.execute(insert(response).values(row))
    if words:
        await tx.execute(insert(comment), words)


async def _ask_for_contact(
    tx: Tx, said: Response, details: Mapping[str, str], request_id: str
) -> None:
    body = json.dumps(details, ensure_ascii=False, sort_keys=True)
    key = {"instrument": said.instrument, "round": said.round}
    await tx.execute(insert(contact_request).values(id=request_id, **key, details=body))


async def count(tx: Tx, instrument: str, round_name: str) -> int:
    """How many responses a round has."""
    this = and_(response.c.instrument == instrument, response.c.round == round_name)
    return (await tx.execute(select(func.count()).select_from(response).where(this))).scalar_one()


async def collected(tx: Tx, instrument: str, round_name: str) -> tuple[Response, ...]:
    """All responses of a round, each whole but for contact details, in the order of random ids."""
    this = and_(response.c.instrument == instrument, response.c.round == round_name)
    rows = (await tx.execute(select(response).where(this).order_by(response.c.id))).all()
    texts = await tx.execute(
        select(comment.c.response_id, comment.c.item, comment.c.part, comment.c.words)
        .join(response)
        .where(this)
    )
    forms = {row.id: json.loads(row.answers) for row in rows}
    for response_id, item, part, words in texts:
        forms[response_id].setdefault(item, {})[part] = words
    return tuple(
        Response(
            row.instrument,
            row.edition,
            row.round,
            {item: load_answer(form) for item, form in forms[row.id].items()},
        )
        for row in rows
    )


async def contact_requests(tx: Tx, instrument: str, round_name: str) -> tuple[dict[str, str], ...]:
    """Who asked to be written to, in the order of random ids."""
    this = and_(contact_request.c.instrument == instrument, contact_request.c.round == round_name)
    asked = select(contact_request.c.details).where(this).order_by(contact_request.c.id)
    return tuple(json.loads(each) for each in (await tx.execute(asked)).scalars())
