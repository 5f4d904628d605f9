"""Drafts: sessions under way, each with the revision that guards it.

A survey's draft is sealed under a key of its own, which is destroyed when the draft goes; a
company's answers are rows of their own, and its drafts hold only where somebody is.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, select, update

from flows import session as forms
from storage import claims as claims_
from storage import shredding
from storage.assessments import Assessment
from storage.database import portions, upsert_in
from storage.keys import KeyGone
from storage.organisations import MEMBER, Member
from storage.rounds import ALWAYS
from storage.sealing import seal, unseal
from storage.tables import assessment, member
from storage.tables import session as table

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

    from sqlalchemy import Executable

    from flows.session import Session
    from storage.claims import Claim
    from storage.database import Tx
    from storage.keys import Keys


class Conflict(Exception):  # noqa: N818 - says what is the case
    """Somebody else saved this session in between; nothing was overwritten."""


SECONDS_A_DAY = 86_400
REPEATED_DAYS = 2
"""Days within which an update may still come that was done before others; rather one too many."""


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
    key_id: str | None = None
    """Of the key that this draft is sealed under."""
    newest_update: int = 0
    """The update of Telegram that changed it last; 0 where something else did."""
    seen_on: int = 0

    def awaits(self, update_id: int, day: int) -> bool:
        """Whether an update can still act on it: none that was done later has changed it.

        Numbers count up for as long as Telegram repeats an update, and begin anew only after a
        week without any: so a draft that was left alone since has nothing to say.
        """
        return self.newest_update <= update_id or self.seen_on < day - REPEATED_DAYS

    def by_others(self, item: str) -> int:
        """The revision of the last change that a colleague made to an item; 0 where none did."""
        claim = self.claims.get(item)
        return 0 if claim is None or self.member is None else claim.by_others(self.member.id)


async def load(tx: Tx, keys: Keys, participant_id: str, instrument: str) -> Kept | None:
    """The session of a person with an instrument, or None. Raises KeyGone."""
    this = {"person": participant_id, "instrument": instrument}
    row = (await tx.execute(_LOAD, this)).one_or_none()
    if row is None:
        return None
    own_draft = await _own(keys, *row[: len(_OWN)])
    session, seen = own_draft.session, own_draft.seen
    rest = row[len(_OWN) :]
    of, who = rest[: len(assessment.c)], rest[len(assessment.c) :]
    if of[0] is None:
        return own_draft
    shared, me = Assessment(*of), Member(*who)
    if me.organisation != shared.organisation:
        return None  # of a company that this person does not work for (any more)
    said = await claims_.of(tx, shared.id)
    session = replace(session, edition=shared.edition, answers=claims_.answers(said))
    kept = replace(own_draft, session=session, assessment=shared, member=me, claims=said)
    if session.undo is not None and kept.by_others(session.undo.item) > seen:
        # It would take back what a colleague did since.
        kept = replace(kept, session=replace(session, undo=None))
    return kept


async def own_drafts(tx: Tx, keys: Keys, people: Collection[str]) -> dict[tuple[str, str], Kept]:
    """The sessions of these people that hold answers of their own, and not a company's; by person
    and instrument. What cannot be opened any more is left out.
    """
    found: dict[tuple[str, str], Kept] = {}
    for some in portions(sorted(people)):
        rows = (await tx.execute(_OWN_DRAFTS, {"people": some})).all()
        await keys.have(row.key_id for row in rows if row.key_id is not None)
        for person, instrument, *row in rows:
            with suppress(KeyGone):
                found[person, instrument] = await _own(keys, *row)
    return found


async def _own(  # noqa: PLR0913, PLR0917 - as many as there are columns
    keys: Keys,
    body: str,
    key_id: str | None,
    sealed: bytes | None,
    revision: int,
    round_name: str,
    begun_at: int,
    seen: int,
    newest: int,
    seen_on: int,
) -> Kept:
    """A draft as its row says. Raises KeyGone."""
    session = forms.load(await _opened(keys, body, key_id, sealed))
    return Kept(
        session, revision, round_name, begun_at,
        seen=seen, key_id=key_id, newest_update=newest, seen_on=seen_on,
    )  # fmt: skip


_SEALED = table.c.body, table.c.key_id, table.c.sealed
_OWN = (
    *_SEALED, table.c.revision, table.c.round, table.c.begun_at, table.c.seen,
    table.c.newest_update, table.c.seen_on,
)  # fmt: skip
_LOAD = (
    select(*_OWN, *assessment.c, *MEMBER)
    .select_from(
        table.outerjoin(assessment, assessment.c.id == table.c.assessment_id).outerjoin(
            member, member.c.participant_id == table.c.participant_id
        )
    )
    .where(
        table.c.participant_id == bindparam("person"), table.c.instrument == bindparam("instrument")
    )
)
_OWN_DRAFTS = select(table.c.participant_id, table.c.instrument, *_OWN).where(
    table.c.participant_id.in_(bindparam("people", expanding=True)),
    table.c.assessment_id.is_(None),
)


async def _opened(keys: Keys, body: str, key_id: str | None, sealed: bytes | None) -> str:
    """What a draft says. Raises KeyGone."""
    return body if key_id is None or sealed is None else unseal(await keys.get(key_id), sealed)


async def save(  # noqa: PLR0913 - what a draft is kept with
    tx: Tx,
    keys: Keys,
    participant_id: str,
    session: Session,
    read: Kept | None,
    *,
    now: int,
    day: int | None = None,
    round_name: str = ALWAYS,
    shared: Shared | None = None,
    update_id: int | None = None,
) -> int:
    """Keep a session that was ``read`` before (None: a new one, in a round); its new revision.

    ``day`` is the day it is where the person is, counted from 1970; by Greenwich where not said.
    Where the answers are ``shared``, they are kept with their assessment, and not here.
    ``update_id`` is the update of Telegram that made it so.

    Raises Conflict where another has been kept since, or there is one already.
    """
    today = now // SECONDS_A_DAY
    values = {
        "edition": session.edition,
        "seen": 0 if shared is None else shared.seen,
        "seen_on": today if day is None else day,
        "answered": int(bool(session.answers)),
        **(await _closed(keys, session, read, today) if shared is None else _place(session)),
    }
    if read is not None:
        await _update(tx, [_changed(participant_id, session, read, values, update_id)])
        return read.revision + 1
    values["newest_update"] = update_id or 0
    key = {"participant_id": participant_id, "instrument": session.instrument}
    first = {**key, **values, "round": round_name, "begun_at": now, "revision": 1}
    first["assessment_id"] = None if shared is None else shared.assessment
    if (await tx.execute(_first(tx.dialect.name), first)).first() is None:
        raise Conflict(session.instrument)
    return 1


@cache
def _first(dialect: str) -> Executable:
    return upsert_in(dialect, table).on_conflict_do_nothing().returning(table.c.revision)


@dataclass(frozen=True, slots=True)
class Changed:
    """A draft of a survey as it is to be kept: whose, what was read before, the day where the
    person is, and the update of Telegram that made it so.
    """

    participant_id: str
    session: Session
    read: Kept
    day: int
    update_id: int | None = None


async def save_all(tx: Tx, keys: Keys, drafts: Sequence[Changed], today: int) -> None:
    """Keep many drafts that were read before, each once; ``today`` is the day by Greenwich.

    Raises Conflict where another has been kept since of any of them.
    """
    rows = [
        _changed(
            each.participant_id,
            each.session,
            each.read,
            {
                "edition": each.session.edition,
                "seen": 0,
                "seen_on": each.day,
                "answered": int(bool(each.session.answers)),
                **await _closed(keys, each.session, each.read, today),
            },
            each.update_id,
        )
        for each in drafts
    ]
    await _update(tx, rows)


def _changed(
    participant_id: str,
    session: Session,
    read: Kept,
    values: dict[str, Any],
    update_id: int | None,
) -> dict[str, Any]:
    """What the statement wants to know that keeps a draft which was read before."""
    newest = update_id or 0  # what another door does has no number
    here = {"person": participant_id, "its": session.instrument, "before": read.revision}
    return {**values, **here, "newest_update": newest, "revision": read.revision + 1}


_SAVE = update(table).where(
    table.c.participant_id == bindparam("person"),
    table.c.instrument == bindparam("its"),
    table.c.revision == bindparam("before"),
)


async def _update(tx: Tx, rows: list[dict[str, Any]]) -> None:
    if rows and (await tx.execute(_SAVE, rows)).rowcount != len(rows):
        raise Conflict(", ".join(sorted({each["its"] for each in rows})))


def _place(session: Session) -> dict[str, str | bytes | None]:
    """A draft of a company's assessment: where somebody is, for colleagues to see."""
    return {"body": forms.dump(replace(session, answers={})), "key_id": None, "sealed": None}


async def _closed(
    keys: Keys, session: Session, read: Kept | None, today: int
) -> dict[str, str | bytes | None]:
    """A survey's draft, sealed under its own key from its first day on."""
    known = None if read is None else read.key_id
    key = await keys.new(today) if known is None else await keys.get(known)
    return {"body": "", "key_id": key.id, "sealed": seal(key, forms.dump(session))}


async def seal_open_ones(tx: Tx, keys: Keys, today: int) -> int:
    """Seal the surveys' drafts of a version that did not; how many there were."""
    open_ones = and_(table.c.key_id.is_(None), table.c.assessment_id.is_(None))
    query = select(table.c.participant_id, table.c.instrument, table.c.body).where(open_ones)
    found = (await tx.execute(query)).all()
    for who, instrument, body in found:
        here = and_(table.c.participant_id == who, table.c.instrument == instrument)
        closed = await _closed(keys, forms.load(body), None, today)
        await tx.execute(update(table).where(here).values(**closed))
    return len(found)


async def see(tx: Tx, participant_id: str, instrument: str, change: int) -> None:
    """Somebody has been told of a colleague's change where they are."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(update(table).where(here).values(seen=change))


async def carry_over(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a draft count in another round than the one it was begun in."""
    here = and_(table.c.participant_id == participant_id, table.c.instrument == instrument)
    await tx.execute(update(table).where(here).values(round=round_name))


async def places(tx: Tx, keys: Keys, instrument: str, round_name: str) -> AsyncGenerator[str, None]:
    """The item that each draft of a round is at, one at a time, in no order that tells anything."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    async for row in await tx.stream(select(*_SEALED).where(this)):
        with suppress(KeyGone):  # sent since this state was looked at, or lost
            yield forms.load(await _opened(keys, *row)).at.item


@dataclass(frozen=True, slots=True)
class Lost:
    """A draft under a key that is gone: whose, and of what."""

    participant_id: str
    instrument: str
    edition: str
    key_id: str


async def under(tx: Tx, key_id: str) -> Lost | None:
    """The draft that is sealed under a key."""
    own = table.c.participant_id, table.c.instrument, table.c.edition, table.c.key_id
    found = (await tx.execute(select(*own).where(table.c.key_id == key_id))).one_or_none()
    return None if found is None else Lost(*found)


async def replace_lost(tx: Tx, keys: Keys, lost: Lost, session: Session, today: int) -> None:
    """Have a new session in the place of one that cannot be opened, under a key of its own."""
    closed = await _closed(keys, session, None, today)
    here = table.c.key_id == lost.key_id
    values = {**closed, "answered": int(bool(session.answers)), "revision": table.c.revision + 1}
    await tx.execute(update(table).where(here).values(**values))
    await shredding.discard(tx, [lost.key_id])


async def colleagues_at(tx: Tx, assessment_id: int) -> dict[str, str]:
    """At which item each person is whose draft is of this assessment."""
    this = table.c.assessment_id == assessment_id
    found = await tx.execute(select(table.c.participant_id, table.c.body).where(this))
    return {person: forms.load(body).at.item for person, body in found}


async def remove_all(tx: Tx, assessment_id: int) -> None:
    """Delete every draft of an assessment."""
    await shredding.drafts(tx, table.c.assessment_id == assessment_id)


async def remove(tx: Tx, participant_id: str, instrument: str) -> None:
    """Delete a draft."""
    gone = await tx.execute(_REMOVE, {"person": participant_id, "its": instrument})
    await shredding.discard(tx, [each for each in gone.scalars() if each is not None])


_REMOVE = (
    delete(table)
    .where(table.c.participant_id == bindparam("person"), table.c.instrument == bindparam("its"))
    .returning(table.c.key_id)
)


async def open_instruments(tx: Tx, participant_id: str) -> tuple[str, ...]:
    """The instruments that a person has a session under way with."""
    mine = select(table.c.instrument).where(table.c.participant_id == participant_id)
    return tuple((await tx.execute(mine.order_by(table.c.instrument))).scalars())
