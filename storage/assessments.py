"""Self-assessments of companies: one a round, its frozen versions, and how far it is checked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, exists, func, insert, select, update

from flows.session import Answer, dump_answer, load_answer
from storage.database import upsert
from storage.rounds import ALWAYS
from storage.tables import assessment as table
from storage.tables import claim
from storage.tables import version as versions_table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row

    from flows.verification import State
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Assessment:
    """A company's self-assessment in one round, in one edition; ``deadline`` (seconds since 1970)
    is until when it may answer what is disputed.
    """

    id: int
    organisation: str
    instrument: str
    round: str
    edition: str
    state: State
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """One version as it was sent; ``digest`` is the SHA-256 of its canonical JSON."""

    version: int
    edition: str
    answers: Mapping[str, Answer]
    digest: str
    at: int = 0


_FROZEN = versions_table.c
_COLUMNS = _FROZEN.number, _FROZEN.edition, _FROZEN.answers, _FROZEN.digest, _FROZEN.frozen_at


async def begin(
    tx: Tx, organisation: str, instrument: str, edition: str, round_name: str = ALWAYS
) -> Assessment:
    """The company's assessment in a round, begun where it was not yet."""
    key = {"organisation_id": organisation, "instrument": instrument, "round": round_name}
    new = upsert(tx, table).values(**key, edition=edition, state="open", deadline=None)
    await tx.execute(new.on_conflict_do_nothing())
    found = await find(tx, organisation, instrument, round_name)
    assert found is not None  # noqa: S101 - it was there, or was put there
    return found


async def find(tx: Tx, organisation: str, instrument: str, round_name: str) -> Assessment | None:
    """The company's assessment in a round, or None."""
    this = and_(_of(instrument, round_name), table.c.organisation_id == organisation)
    return _read((await tx.execute(select(table).where(this))).one_or_none())


async def get(tx: Tx, number: int) -> Assessment | None:
    """The assessment of this number, or None."""
    return _read((await tx.execute(select(table).where(table.c.id == number))).one_or_none())


async def newest(tx: Tx, organisation: str, instrument: str) -> Assessment | None:
    """The assessment that a company began last, or None."""
    found = await every(tx, organisation, instrument)
    return found[-1] if found else None


async def every(tx: Tx, organisation: str, instrument: str) -> list[Assessment]:
    """All assessments of a company, in the order in which they were begun."""
    mine = and_(table.c.organisation_id == organisation, table.c.instrument == instrument)
    found = await tx.execute(select(table).where(mine).order_by(table.c.id))
    return [each for row in found if (each := _read(row)) is not None]


async def in_state(tx: Tx, *states: State, most: int | None = None) -> list[Assessment]:
    """All assessments in one of these states, at most so many, in the order in which they were
    begun.
    """
    query = select(table).where(table.c.state.in_(states)).order_by(table.c.id).limit(most)
    return [each for row in await tx.execute(query) if (each := _read(row)) is not None]


def _read(row: Row[Any] | None) -> Assessment | None:
    return None if row is None else Assessment(*cast("Any", row))


async def has_answers(tx: Tx, organisation: str) -> bool:
    """Whether anything was answered or sent in a company's assessments."""
    mine = select(table.c.id).where(table.c.organisation_id == organisation)
    for held in (claim.c.assessment_id, _FROZEN.assessment_id):
        found = await tx.execute(select(held).where(held.in_(mine)).limit(1))
        if found.first() is not None:
            return True
    return False


async def move(
    tx: Tx, of: Assessment, to: State, *, sources: Sequence[State], deadline: int | None = None
) -> bool:
    """Have an assessment be in another state; False where it is in none of ``sources``."""
    here = and_(table.c.id == of.id, table.c.state.in_(sources))
    moved = await tx.execute(update(table).where(here).values(state=to, deadline=deadline))
    return moved.rowcount == 1


async def set_edition(tx: Tx, number: int, edition: str) -> None:
    """Have an assessment be of another edition."""
    await tx.execute(update(table).where(table.c.id == number).values(edition=edition))


async def freeze(tx: Tx, of: Assessment, answers: Mapping[str, Answer], *, at: int) -> Frozen:
    """Keep the next version of a self-assessment. ``at`` is in seconds since 1970."""
    before = await latest(tx, of.id)
    number = 1 if before is None else before.version + 1
    forms = {item: dump_answer(answer) for item, answer in answers.items()}
    body = json.dumps(forms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{of.instrument}\n{of.edition}\n{body}".encode()).hexdigest()
    frozen = {"edition": of.edition, "answers": body, "digest": digest, "frozen_at": at}
    await tx.execute(insert(versions_table).values(assessment_id=of.id, number=number, **frozen))
    return Frozen(number, of.edition, answers, digest, at)


async def latest(tx: Tx, number: int) -> Frozen | None:
    """The newest version of an assessment, or None."""
    found = await versions(tx, number, 1)
    return found[0] if found else None


async def versions(tx: Tx, number: int, most: int | None = None) -> tuple[Frozen, ...]:
    """The versions of an assessment, newest first, at most so many."""
    query = select(*_COLUMNS).where(_FROZEN.assessment_id == number)
    found = await tx.execute(query.order_by(_FROZEN.number.desc()).limit(most))
    return tuple(_frozen(*row) for row in found)


async def sent(tx: Tx, instrument: str, round_name: str) -> AsyncGenerator[Frozen, None]:
    """The newest version of every self-assessment of a round, by nobody's name, in the order of
    digests.
    """
    joined = versions_table.join(table)
    found = select(*_COLUMNS).select_from(joined).where(_of(instrument, round_name), _LAST)
    read = await tx.stream(found.order_by(_FROZEN.digest))
    try:
        async for row in read:
            yield _frozen(*row)
    finally:  # read to the end or not: PostgreSQL holds a cursor open for it
        await read.close()


async def sent_by(tx: Tx, instrument: str, round_name: str) -> dict[int, Frozen]:
    """The newest version of every self-assessment of a round, by its number."""
    joined = versions_table.join(table)
    query = select(table.c.id, *_COLUMNS).select_from(joined)
    found = await tx.execute(query.where(_of(instrument, round_name), _LAST))
    return {row[0]: _frozen(*row[1:]) for row in found}


_later = versions_table.alias()
_LAST = ~exists().where(
    _later.c.assessment_id == _FROZEN.assessment_id, _later.c.number > _FROZEN.number
)


def _frozen(version: int, edition: str, answers: str, digest: str, at: int) -> Frozen:
    said = {item: load_answer(form) for item, form in json.loads(answers).items()}
    return Frozen(version, edition, said, digest, at)


async def rounds(tx: Tx, instrument: str) -> tuple[str, ...]:
    """The names of the rounds in which an assessment was sent, sorted."""
    this = and_(table.c.instrument == instrument, _was_sent())
    names = select(table.c.round).where(this)
    return tuple((await tx.execute(names.distinct().order_by(table.c.round))).scalars())


async def count(tx: Tx, instrument: str, round_name: str) -> int:
    """How many have sent an assessment in a round."""
    counted = select(func.count()).select_from(table).where(_of(instrument, round_name))
    return int((await tx.execute(counted.where(_was_sent()))).scalar_one())


async def in_round(tx: Tx, instrument: str, round_name: str, limit: int) -> list[Assessment]:
    """The assessments of a round: those under way first, then those that were sent, the latest
    first.
    """
    last = (
        select(func.max(_FROZEN.frozen_at)).where(_FROZEN.assessment_id == table.c.id)
    ).scalar_subquery()
    query = select(table).where(_of(instrument, round_name))
    ordered = query.order_by((table.c.state != "open"), last.desc(), table.c.id).limit(limit)
    return [each for row in await tx.execute(ordered) if (each := _read(row)) is not None]


def _of(instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(table.c.instrument == instrument, table.c.round == round_name)


def _was_sent() -> ColumnElement[bool]:
    return cast("ColumnElement[bool]", exists().where(_FROZEN.assessment_id == table.c.id))
