"""Drafts: sessions under way, each with the revision that guards it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select, update

from flows import session as forms
from storage import claims as claims_
from storage.assessments import Assessment
from storage.database import upsert
from storage.organisations import MEMBER, Member
from storage.rounds import ALWAYS
from storage.tables import assessment, member
from storage.tables import session as table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from flows.session import Session
    from storage.claims import Claim
    from storage.database import Tx


class Conflict(Exception):  # noqa: N818 - says what is the case
    """Somebody else saved this session in between; nothing was overwritten."""


SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Shared:
    """The number of the assessment that holds the answers, and the last change by a colleague that
    one has seen where one is.
    """

    assessment: int
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it was read, the revision it was read at, the round its answers will count in,
    and when it was begun (seconds since 1970; 0 where it was not noted yet).

    Where the answers are a company's, ``assessment`` says of which, ``claims`` holds them and
    ``member`` is as whom this person works on them; the session shows them as its own. ``seen`` is
    the last change by a colleague that this person knows of, where they are.
    """

    session: Session
    revision: int
    round: str
    begun_at: int
    assessment: Assessment | None = None
    member: Member | None = None
    claims: Mapping[str, Claim] = field(default_factory=dict)
    seen: int = 0

    def by_others(self, item: str) -> int:
        """The revision of the last change that a colleague made to an item; 0 where none did."""
        claim = self.claims.get(item)
        return 0 if claim is None or self.member is None else claim.by_others(self.member.id)


async def load(tx: Tx, participant_id: str, instrument: str) -> Kept | None:
    """The session of a person with an instrument, or None."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    own = table.c.body, table.c.revision, table.c.round, table.c.begun_at, table.c.seen
    joined = table.outerjoin(assessment, assessment.c.id == table.c.assessment_id).outerjoin(
        member, member.c.participant_id == table.c.participant_id
    )
    query = select(*own, *assessment.c, *MEMBER).select_from(joined).where(here)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    body, revision, round_name, begun_at, seen, *rest = row
    session = forms.load(body)
    of, who = rest[: len(assessment.c)], rest[len(assessment.c) :]
    if of[0] is None:
        return Kept(session, revision, round_name, begun_at)
    shared, me = Assessment(*of), Member(*who)
    if me.organisation != shared.organisation:
        return None  # of a company that this person does not work for (any more)
    said = await claims_.of(tx, shared.id)
    session = replace(session, edition=shared.edition, answers=claims_.answers(said))
    kept = Kept(session, revision, round_name, begun_at, shared, me, said, seen)
    if session.undo is not None and kept.by_others(session.undo.item) > seen:
        # It would take back what a colleague did since.
        kept = replace(kept, session=replace(session, undo=None))
    return kept


async def save(
    tx: Tx,
    participant_id: str,
    session: Session,
    revision: int | None,
    *,
    now: int,
    day: int | None = None,
    round_name: str = ALWAYS,
    shared: Shared | None = None,
) -> int:
    """Keep a session that was read at ``revision`` (None: a new one, in a round); its new revision.

    ``day`` is the day it is where the person is, counted from 1970; by Greenwich where not said.
    Where the answers are ``shared``, they are kept with their assessment, and not here.

    Raises Conflict where another has been kept since, or there is one already.
    """
    kept = session if shared is None else replace(session, answers={})
    values = {
        "edition": session.edition,
        "body": forms.dump(kept),
        "seen": 0 if shared is None else shared.seen,
        "seen_on": now // SECONDS_A_DAY if day is None else day,
    }
    if revision is None:
        key = {"participant_id": participant_id, "instrument": session.instrument}
        first = {**key, **values, "round": round_name, "begun_at": now, "revision": 1}
        first["assessment_id"] = None if shared is None else shared.assessment
        new = upsert(tx, table).values(**first).on_conflict_do_nothing()
        if (await tx.execute(new.returning(table.c.revision))).first() is None:
            raise Conflict(session.instrument)
        return 1
    here = and_(
        table.c.participant_id == participant_id,
        table.c.instrument == session.instrument,
        table.c.revision == revision,
    )
    saved = await tx.execute(update(table).where(here).values(**values, revision=revision + 1))
    if saved.rowcount != 1:
        raise Conflict(session.instrument)
    return revision + 1


async def see(tx: Tx, participant_id: str, instrument: str, change: int) -> None:
    """Somebody has been told of a colleague's change where they are."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(update(table).where(here).values(seen=change))


async def carry_over(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a draft count in another round than the one it was begun in."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(update(table).where(here).values(round=round_name))


async def places(tx: Tx, instrument: str, round_name: str) -> AsyncGenerator[str, None]:
    """The item that each draft of a round is at, one at a time, in no order that tells anything."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    async for (body,) in await tx.stream(select(table.c.body).where(this)):
        yield forms.load(body).at.item


async def colleagues_at(tx: Tx, assessment_id: int) -> dict[str, str]:
    """At which item each person is whose draft is of this assessment."""
    this = table.c.assessment_id == assessment_id
    found = await tx.execute(select(table.c.participant_id, table.c.body).where(this))
    return {person: forms.load(body).at.item for person, body in found}


async def remove_all(tx: Tx, assessment_id: int) -> None:
    """Delete every draft of an assessment."""
    await tx.execute(delete(table).where(table.c.assessment_id == assessment_id))


async def remove(tx: Tx, participant_id: str, instrument: str) -> None:
    """Delete a draft."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(delete(table).where(here))


async def open_instruments(tx: Tx, participant_id: str) -> tuple[str, ...]:
    """The instruments that a person has a session under way with."""
    mine = select(table.c.instrument).where(table.c.participant_id == participant_id)
    return tuple((await tx.execute(mine.order_by(table.c.instrument))).scalars())
