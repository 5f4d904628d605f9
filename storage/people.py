"""Identity side: participants, the doors they come through, and what is shown to them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update

from storage.database import Tx, upsert
from storage.tables import (
    address,
    assessment,
    code,
    contact,
    forgotten,
    invitation,
    live_card,
    outbox,
    participant,
    participation,
    session,
)

if TYPE_CHECKING:
    from sqlalchemy import Table


@dataclass(frozen=True, slots=True)
class Participant:
    """A person taking part: language, the instrument they are at, the secret of their stamps."""

    id: str
    language: str
    instrument: str | None
    secret: bytes


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The message that is the live card at an address, and the day it was sent."""

    message_id: int
    day: int


async def at_address(tx: Tx, channel: str, door: str) -> Participant | None:
    """Who comes through this door, or None."""
    here = and_(address.c.channel == channel, address.c.address == door)
    found = await tx.execute(select(participant).join(address).where(here))
    row = found.one_or_none()
    return None if row is None else Participant(*row)


async def get(tx: Tx, participant_id: str) -> Participant | None:
    """The participant with this id, or None."""
    found = await tx.execute(select(participant).where(participant.c.id == participant_id))
    row = found.one_or_none()
    return None if row is None else Participant(*row)


async def arrive(
    tx: Tx, channel: str, door: str, language: str, *, new_id: str, secret: bytes
) -> Participant:
    """Who comes through this door; on the first time somebody new. The caller holds the door's
    lock (``lock_person``), or two first times at once would be refused one of them.
    """
    known = await at_address(tx, channel, door)
    if known is not None:
        return known
    new = Participant(new_id, language, None, secret)
    await tx.execute(
        insert(participant).values(id=new.id, language=language, instrument=None, secret=secret)
    )
    await tx.execute(insert(address).values(channel=channel, address=door, participant_id=new.id))
    return new


async def set_language(tx: Tx, participant_id: str, language: str) -> None:
    """Speak another language with this person."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(language=language))


async def set_instrument(tx: Tx, participant_id: str, instrument: str | None) -> None:
    """Have this person at an instrument; None on the front page."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(instrument=instrument))


async def move_address(tx: Tx, channel: str, door: str, participant_id: str) -> None:
    """Have a door belong to another person.

    Where nobody is left at the doors of who stood there before, what was theirs goes to the other
    one; of what both have, the other one's stays. Nothing is left that nobody can reach.
    """
    here = and_(address.c.channel == channel, address.c.address == door)
    before = (await tx.execute(select(address.c.participant_id).where(here))).scalar_one_or_none()
    await tx.execute(update(address).where(here).values(participant_id=participant_id))
    if before is None or before == participant_id or await addresses(tx, before):
        return
    for table, key in ((session, "instrument"), (participation, "instrument")):
        theirs = select(table.c[key]).where(table.c.participant_id == participant_id)
        mine = and_(table.c.participant_id == before, table.c[key].not_in(theirs))
        await tx.execute(update(table).where(mine).values(participant_id=participant_id))
        await tx.execute(delete(table).where(table.c.participant_id == before))
    if not await _has(tx, assessment, participant_id):
        mine = assessment.c.participant_id == before
        await tx.execute(update(assessment).where(mine).values(participant_id=participant_id))
    redeemed = invitation.c.participant_id == before
    await tx.execute(update(invitation).where(redeemed).values(participant_id=participant_id))
    for table in (assessment, code):
        await tx.execute(delete(table).where(table.c.participant_id == before))
    await tx.execute(delete(participant).where(participant.c.id == before))


async def _has(tx: Tx, table: Table, participant_id: str) -> bool:
    mine = select(table.c.participant_id).where(table.c.participant_id == participant_id)
    return (await tx.execute(mine.limit(1))).first() is not None


async def addresses(tx: Tx, participant_id: str) -> tuple[tuple[str, str], ...]:
    """The doors of a person: channel and id there."""
    mine = address.c.participant_id == participant_id
    found = await tx.execute(select(address.c.channel, address.c.address).where(mine))
    return tuple((channel, door) for channel, door in found)


async def forget(tx: Tx, participant_id: str) -> None:
    """Delete the person and everything that is tied to them."""
    theirs = address.c.participant_id == participant_id
    # Locked first: a card that is being remembered at one of these doors is then seen here.
    doors = select(address.c.channel, address.c.address).where(theirs).with_for_update()
    for channel, door in (await tx.execute(doors)).all():
        for table in (outbox, live_card):
            here = and_(table.c.channel == channel, table.c.address == door)
            await tx.execute(delete(table).where(here))
    mine = invitation.c.participant_id == participant_id
    contacts = list((await tx.execute(select(invitation.c.contact_id).where(mine))).scalars())
    await tx.execute(delete(invitation).where(mine))
    await tx.execute(delete(contact).where(contact.c.id.in_(contacts)))
    await _count_forgotten(tx, participant_id)
    for table in (session, participation, assessment, code, address):
        await tx.execute(delete(table).where(table.c.participant_id == participant_id))
    await tx.execute(delete(participant).where(participant.c.id == participant_id))


async def _count_forgotten(tx: Tx, participant_id: str) -> None:
    """Raise the number of those who were in a round and are forgotten, round by round."""
    theirs = participation.c.participant_id == participant_id
    rounds = select(participation.c.instrument, participation.c.round).where(theirs)
    for instrument, round_name in (await tx.execute(rounds)).all():
        one = upsert(tx, forgotten).values(instrument=instrument, round=round_name, people=1)
        key = [forgotten.c.instrument, forgotten.c.round]
        more = {"people": forgotten.c.people + 1}
        await tx.execute(one.on_conflict_do_update(index_elements=key, set_=more))


async def card_at(tx: Tx, channel: str, door: str) -> LiveCard | None:
    """The live card at an address, or None."""
    here = and_(live_card.c.channel == channel, live_card.c.address == door)
    found = await tx.execute(select(live_card.c.message_id, live_card.c.day).where(here))
    row = found.one_or_none()
    return None if row is None else LiveCard(*row)


async def set_card(tx: Tx, channel: str, door: str, card: LiveCard | None) -> None:
    """Remember the live card at an address; None forgets it. Where nobody stands any more, because
    they asked to be forgotten meanwhile, nothing is remembered.
    """
    here = and_(live_card.c.channel == channel, live_card.c.address == door)
    await tx.execute(delete(live_card).where(here))
    this = and_(address.c.channel == channel, address.c.address == door)
    # Whoever forgets this person waits until the card is there to be deleted.
    stands = select(address.c.participant_id).where(this).with_for_update(read=True)
    if card is None or (await tx.execute(stands)).first() is None:
        return
    shown = {"message_id": card.message_id, "day": card.day}
    kept = upsert(tx, live_card).values(channel=channel, address=door, **shown)
    key = [live_card.c.channel, live_card.c.address]
    await tx.execute(kept.on_conflict_do_update(index_elements=key, set_=shown))
