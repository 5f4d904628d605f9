"""Answer side: what was said, by nobody. No column here leads to a person.

Keys are random and rows lie in the order of their keys, so neither tells when a response came in;
of time there is the quarter. Ticks are a line of marks, words stand in rows of their own; tallies
of both are kept beside, so that a report reads neither.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import and_, func, insert, select

from flows.marks import layout
from storage.database import upsert
from storage.tables import collection, comment, contact_request, response, tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flows.instrument import Instrument
    from flows.session import Answer
    from storage.database import Tx

Source: TypeAlias = Literal["chat", "import"]
Words: TypeAlias = tuple[str, str, str]
"""Item, part of the answer (comment, text, other), what was written."""

WORDS = ("comment", "text", "other")
TEXTS = ""
"""In place of marks: a tally of the texts that were given with an item."""
_AT_ONCE = 500
"""Ids looked up with one statement; drivers limit the number of parameters."""


@dataclass(frozen=True, slots=True)
class Response:
    """All answers of one participant, final; ``finished`` if all that is required is answered."""

    answers: Mapping[str, Answer]
    finished: bool = True

    @property
    def attached(self) -> bool:
        """Whether its writer wished their contact details to go with it: it is not anonymous."""
        every = self.answers.values()
        return any("attach" in each.allowed and any(each.fields.values()) for each in every)

    def divided(self) -> tuple[Response, list[dict[str, str]]]:
        """The answers without contact details that are to be kept apart, and these."""
        apart = {
            item: answer
            for item, answer in self.answers.items()
            if any(answer.fields.values()) and "attach" not in answer.allowed
        }
        if not apart:
            return self, []
        rest = {item: replace(answer, fields={}) for item, answer in apart.items()}
        said = replace(self, answers={**self.answers, **rest})
        return said, [dict(answer.fields) for answer in apart.values()]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a response: its marks, and its words without order."""

    marks: str
    words: frozenset[Words]


@dataclass(frozen=True, slots=True)
class ContactRequest:
    """Contact details by the line they were written on; and, where their writer wished them to go
    with the answers, what was answered and in which edition.
    """

    details: Mapping[str, str]
    edition: str | None = None
    answers: Kept | None = None


async def add(
    tx: Tx,
    instrument: Instrument,
    round_name: str,
    said: Sequence[Response],
    *,
    token: Callable[[], str],
    period: str,
) -> None:
    """Keep responses that were sent, and contact details apart from them, unless their writer
    wished otherwise. ``token`` draws random ids, ``period`` is the quarter.
    """
    named = {token(): one for one in said}
    await _add(tx, instrument, round_name, "chat", named, token=token, period=period)
    requests = [
        {
            "id": token(),
            "instrument": instrument.id,
            "round": round_name,
            "details": _form(answer.fields),
            "response_id": each if "attach" in answer.allowed else None,
        }
        for each, one in named.items()
        for answer in one.answers.values()
        if any(answer.fields.values())
    ]
    if requests:
        await tx.execute(insert(contact_request), sorted(requests, key=itemgetter("id")))


async def add_details(
    tx: Tx,
    instrument_id: str,
    round_name: str,
    details: Sequence[Mapping[str, str]],
    *,
    token: Callable[[], str],
) -> None:
    """Keep contact details that belong to no answers."""
    rows = [
        {"id": token(), "instrument": instrument_id, "round": round_name, "details": _form(each)}
        for each in details
    ]
    if rows:
        await tx.execute(insert(contact_request), sorted(rows, key=itemgetter("id")))


def _form(details: Mapping[str, str]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, sort_keys=True)


async def add_imported(
    tx: Tx,
    instrument: Instrument,
    round_name: str,
    said: Mapping[str, Response],
    *,
    token: Callable[[], str],
    period: str,
) -> None:
    """Keep responses that were collected elsewhere, by ids that nobody has yet (see ``kept``).

    Contact details are not kept.
    """
    await _add(tx, instrument, round_name, "import", said, token=token, period=period)


async def _add(
    tx: Tx,
    instrument: Instrument,
    round_name: str,
    source: Source,
    said: Mapping[str, Response],
    *,
    token: Callable[[], str],
    period: str,
) -> None:
    if not said:
        return
    lines = layout(instrument)
    marks = {each: lines.line(one.answers) for each, one in said.items()}
    finished = sum(one.finished for one in said.values())
    place = await _collection(tx, instrument, round_name, source, len(said), finished)
    rows = [
        {
            "id": each,
            "collection_id": place,
            "finished": int(one.finished),
            "period": period,
            "marks": marks[each],
        }
        for each, one in said.items()
    ]
    await tx.execute(insert(response), sorted(rows, key=itemgetter("id")))
    counted = Counter(pair for line in marks.values() for pair in lines.parts(line).items())
    counted.update((item, TEXTS) for one in said.values() for item, *_ in words_of(one))
    await _count(tx, place, counted)
    texts = [
        {"id": token(), "response_id": each, "collection_id": place, **_named(one, words)}
        for each, one in said.items()
        for words in words_of(one)
    ]
    if texts:
        await tx.execute(insert(comment), sorted(texts, key=itemgetter("id")))


async def _collection(
    tx: Tx, instrument: Instrument, round_name: str, source: Source, said: int, finished: int
) -> int:
    """The collection these responses belong to, with them counted in."""
    table = collection
    key = {"instrument": instrument.id, "edition": instrument.edition, "round": round_name}
    new = upsert(tx, table).values(**key, source=source, responded=said, finished=finished)
    counted = new.on_conflict_do_update(
        index_elements=[table.c.instrument, table.c.round, table.c.edition, table.c.source],
        set_={
            "responded": table.c.responded + said,
            "finished": table.c.finished + finished,
        },
    )
    place: int = (await tx.execute(counted.returning(table.c.id))).scalar_one()
    return place


async def _count(tx: Tx, place: int, counted: Mapping[tuple[str, str], int]) -> None:
    """Count marks in. Always in the same order, so that two at once wait and do not deadlock."""
    rows = [
        {"collection_id": place, "item": item, "marks": marks, "responses": count}
        for (item, marks), count in sorted(counted.items())
    ]
    if rows:
        new = upsert(tx, tally)
        more = {"responses": tally.c.responses + new.excluded.responses}
        key = [tally.c.collection_id, tally.c.item, tally.c.marks]
        await tx.execute(new.on_conflict_do_update(index_elements=key, set_=more), rows)


def words_of(said: Response) -> tuple[Words, ...]:
    """Every text of a response: what stands beside "Other", free answers and comments."""
    return tuple(
        (item, part, getattr(answer, part))
        for item, answer in said.answers.items()
        for part in WORDS
        if getattr(answer, part)
    )


def _named(said: Response, words: Words) -> dict[str, str | int]:
    item, part, text = words
    quotable = int("quote" in said.answers[item].allowed)
    return {"item": item, "part": part, "words": text, "quotable": quotable}


async def kept(tx: Tx, ids: Sequence[str]) -> dict[str, Kept]:
    """What is kept under these ids; those that nobody has are left out."""
    marks: dict[str, str] = {}
    words: defaultdict[str, set[Words]] = defaultdict(set)
    texts = select(comment.c.response_id, comment.c.item, comment.c.part, comment.c.words)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        lines = select(response.c.id, response.c.marks).where(response.c.id.in_(some))
        marks.update({row.id: row.marks for row in await tx.execute(lines)})
        for row in await tx.execute(texts.where(comment.c.response_id.in_(some))):
            words[row.response_id].add((row.item, row.part, row.words))
    return {key: Kept(line, frozenset(words[key])) for key, line in marks.items()}


async def count(tx: Tx, instrument: str, round_name: str) -> int:
    """How many responses a round has."""
    table = collection
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    counted = select(func.coalesce(func.sum(table.c.responded), 0)).where(this)
    return int((await tx.execute(counted)).scalar_one())


async def anonymous(tx: Tx, instrument: str, round_name: str, edition: str) -> int:
    """How many responses of an edition were sent in a round by people who attached no details."""
    table = collection
    this = and_(
        table.c.instrument == instrument,
        table.c.round == round_name,
        table.c.edition == edition,
        table.c.source == "chat",
    )
    sent = select(func.coalesce(func.sum(table.c.responded), 0)).where(this)
    known = (
        select(func.count(contact_request.c.response_id.distinct()))
        .select_from(contact_request.join(response).join(collection))
        .where(this)
    )
    return int((await tx.execute(sent)).scalar_one()) - int((await tx.execute(known)).scalar_one())


async def contact_requests(tx: Tx, instrument: str, round_name: str) -> tuple[ContactRequest, ...]:
    """Who asked to be written to, in the order of random ids."""
    this = and_(contact_request.c.instrument == instrument, contact_request.c.round == round_name)
    theirs = contact_request.outerjoin(response, response.c.id == contact_request.c.response_id)
    query = (
        select(contact_request.c.details, contact_request.c.response_id, collection.c.edition)
        .select_from(theirs.outerjoin(collection, collection.c.id == response.c.collection_id))
        .where(this)
        .order_by(contact_request.c.id)
    )
    asked = (await tx.execute(query)).all()
    attached = await kept(tx, [each.response_id for each in asked if each.response_id])
    return tuple(
        ContactRequest(json.loads(each.details), each.edition, attached.get(each.response_id))
        for each in asked
    )
