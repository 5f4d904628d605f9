"""Self-assessments that were sent: frozen versions, tied to whoever sent them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, insert, select

from flows.session import Answer, dump_answer, load_answer
from storage.rounds import ALWAYS
from storage.tables import assessment as table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from storage.database import Tx


_COLUMNS = (table.c.version, table.c.edition, table.c.answers, table.c.digest)


@dataclass(frozen=True, slots=True)
class Frozen:
    """One version as it was sent; ``digest`` is the SHA-256 of its canonical JSON."""

    version: int
    edition: str
    answers: Mapping[str, Answer]
    digest: str


async def freeze(
    tx: Tx,
    participant_id: str,
    instrument: str,
    edition: str,
    answers: Mapping[str, Answer],
    *,
    at: int,
    round_name: str = ALWAYS,
) -> Frozen:
    """Keep the next version of a self-assessment, which counts in a round. ``at`` is in seconds
    since 1970.
    """
    before = await latest(tx, participant_id, instrument)
    version = 1 if before is None else before.version + 1
    forms = {item: dump_answer(answer) for item, answer in answers.items()}
    body = json.dumps(forms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{instrument}\n{edition}\n{body}".encode()).hexdigest()
    await tx.execute(
        insert(table).values(
            participant_id=participant_id,
            instrument=instrument,
            version=version,
            edition=edition,
            round=round_name,
            answers=body,
            digest=digest,
            frozen_at=at,
        )
    )
    return Frozen(version, edition, answers, digest)


async def latest(tx: Tx, participant_id: str, instrument: str) -> Frozen | None:
    """The newest version, or None."""
    found = await versions(tx, participant_id, instrument, 1)
    return found[0] if found else None


async def versions(tx: Tx, participant_id: str, instrument: str, most: int) -> tuple[Frozen, ...]:
    """The newest versions, newest first, at most so many."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    found = await tx.execute(
        select(*_COLUMNS).where(here).order_by(table.c.version.desc()).limit(most)
    )
    return tuple(_frozen(*row) for row in found)


async def newest(tx: Tx, instrument: str, round_name: str) -> AsyncGenerator[Frozen, None]:
    """The newest version of every self-assessment of a round, by nobody's name, in the order of
    digests.
    """
    last = (
        select(table.c.participant_id, func.max(table.c.version).label("version"))
        .where(table.c.instrument == instrument, table.c.round == round_name)
        .group_by(table.c.participant_id)
        .subquery()
    )
    here = and_(
        table.c.instrument == instrument,
        table.c.participant_id == last.c.participant_id,
        table.c.version == last.c.version,
    )
    found = select(*_COLUMNS).where(here)
    read = await tx.stream(found.order_by(table.c.digest))
    try:
        async for row in read:
            yield _frozen(*row)
    finally:  # read to the end or not: PostgreSQL holds a cursor open for it
        await read.close()


def _frozen(version: int, edition: str, answers: str, digest: str) -> Frozen:
    said = {item: load_answer(form) for item, form in json.loads(answers).items()}
    return Frozen(version, edition, said, digest)


async def rounds(tx: Tx, instrument: str) -> tuple[str, ...]:
    """The names of the rounds in which an assessment was sent, sorted."""
    names = select(table.c.round).where(table.c.instrument == instrument)
    return tuple((await tx.execute(names.distinct().order_by(table.c.round))).scalars())


async def count(tx: Tx, instrument: str, round_name: str) -> int:
    """How many have sent an assessment in a round."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    counted = select(func.count(table.c.participant_id.distinct())).where(this)
    return int((await tx.execute(counted)).scalar_one())


async def companies(tx: Tx, instrument: str, round_name: str, limit: int) -> list[str]:
    """Those who sent an assessment in a round, the latest one first."""
    last = func.max(table.c.frozen_at)
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    found = select(table.c.participant_id).where(this)
    newest = found.group_by(table.c.participant_id).order_by(last.desc()).limit(limit)
    return list((await tx.execute(newest)).scalars())
