"""What is kept only for a time, kind by kind: what is past it is deleted, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, func, or_, select

from storage import participation as parts
from storage import people, shredding
from storage.database import portions
from storage.tables import (
    address,
    administrator,
    audit,
    contact_request,
    digest,
    invitation,
    member,
    participant,
    participation,
    reminder,
    request,
    session,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Table

    from storage.database import Tx


OF_PEOPLE: Final = (
    "participant", "address", "live_card", "session", "participation", "contact", "invitation",
    "code", "attempt", "token", "reminder", "request", "outbox", "member", "colleague",
)  # fmt: skip
"""Tables in which somebody stands until they are forgotten."""


async def drafts_of(tx: Tx, instrument: str, round_name: str) -> int:
    """Delete what was never sent in a round of a survey; how many drafts."""
    here = and_(session.c.instrument == instrument, session.c.round == round_name)
    own = and_(here, session.c.assessment_id.is_(None))
    count = await _count(tx, session, own)
    if count:
        await shredding.drafts(tx, own)
    return count


async def contact_details_of(tx: Tx, instrument: str, round_name: str) -> int:
    """Delete the contact details that were given in a round; how many people's."""
    gone = delete(contact_request).where(_here(contact_request, instrument, round_name))
    return (await tx.execute(gone)).rowcount


async def people_of(tx: Tx, instrument: str, round_name: str) -> int:
    """Forget who took part in a round, but for how many had come how far, and everybody of whom
    nothing else is kept; how many took part.
    """
    here = _here(participation, instrument, round_name)
    there = select(participation.c.participant_id).where(here)
    who = list((await tx.execute(there)).scalars())
    await parts.keep_counts(tx, instrument, round_name)
    invited = select(invitation.c.id).where(_here(invitation, instrument, round_name))
    await tx.execute(delete(token).where(token.c.invitation_id.in_(invited)))
    for table in (participation, invitation, reminder):
        await tx.execute(delete(table).where(_here(table, instrument, round_name)))
    for some in portions(who):
        for each in await _of_no_other_use(tx, some):
            await people.forget(tx, each)
    return len(who)


async def _of_no_other_use(tx: Tx, who: Sequence[str]) -> list[str]:
    """Those who take part nowhere else, work for no company, ask for and administer nothing."""
    mine = participant.c.id
    used = [
        select(table.c.participant_id).where(table.c.participant_id == mine).exists()
        for table in (participation, session, member, request)
    ]
    runs = (
        select(administrator.c.id)
        .join(
            address,
            and_(
                address.c.channel == administrator.c.channel,
                address.c.address == administrator.c.address,
            ),
        )
        .where(address.c.participant_id == mine)
        .exists()
    )
    found = select(mine).where(mine.in_(who), ~or_(*used, runs))
    return list((await tx.execute(found)).scalars())


async def acts_before(tx: Tx, moment: int) -> int:
    """Delete what administrators did before a second since 1970; how many acts."""
    return (await tx.execute(delete(audit).where(audit.c.at < moment))).rowcount


async def digests_before(tx: Tx, moment: int) -> int:
    """Delete digests that were made before a second since 1970, but for the newest of each
    administrator, from which the next one counts; how many.
    """
    newest = (
        select(digest.c.administrator_id, func.max(digest.c.made_at).label("made_at"))
        .group_by(digest.c.administrator_id)
        .subquery()
    )
    last = select(newest.c.made_at).where(newest.c.administrator_id == digest.c.administrator_id)
    old = and_(digest.c.made_at < moment, digest.c.made_at < last.scalar_subquery())
    return (await tx.execute(delete(digest).where(old))).rowcount


async def _count(tx: Tx, table: Table, those: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(table).where(those)
    return int((await tx.execute(counted)).scalar_one())


def _here(table: Table, instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(table.c.instrument == instrument, table.c.round == round_name)
