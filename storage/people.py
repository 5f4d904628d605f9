"""Identity side: participants, the doors they come through, and what is shown to them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from storage import organisations, shredding
from storage import participation as parts
from storage.database import Tx, portions, upsert
from storage.tables import (
    address,
    code,
    contact,
    invitation,
    live_card,
    outbox,
    participant,
    participation,
    reminder,
    request,
    session,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Column

MAIL = "mail"
"""The channel whose addresses are e-mail addresses: people are written to there, they come through
other doors.
"""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person taking part: language, the instrument they are at, the secret of their stamps, the
    time zone they told, whether they want no reminders, and what their next words are for where a
    page asked for words.
    """

    id: str
    language: str
    instrument: str | None
    secret: bytes
    zone: str | None = None
    no_reminders: int = 0
    asking: str | None = None


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The message that is the live card at an address, and the day it was sent."""

    message_id: int
    day: int


async def at_address(tx: Tx, channel: str, door: str) -> Participant | None:
    """Who comes through this door, or None."""
    found = await tx.execute(_AT_ADDRESS, {"channel": channel, "door": door})
    row = found.one_or_none()
    return None if row is None else Participant(*row)


async def at_addresses(
    tx: Tx, channel: str, doors: Collection[str]
) -> dict[str, tuple[Participant, LiveCard | None]]:
    """Who comes through each of these doors of a channel, and the live card there."""
    found: dict[str, tuple[Participant, LiveCard | None]] = {}
    for some in portions(sorted(doors)):
        rows = await tx.execute(_AT_ADDRESSES, {"channel": channel, "doors": some})
        for door, message_id, day, *person in rows:
            card = None if message_id is None else LiveCard(message_id, day)
            found[door] = Participant(*person), card
    return found


async def zones(tx: Tx, people: Sequence[str]) -> dict[str, str]:
    """The time zone of each of these people who told theirs."""
    found: dict[str, str] = {}
    for some in portions(people):
        told = participant.c.id.in_(some) & participant.c.zone.is_not(None)
        query = select(participant.c.id, participant.c.zone).where(told)
        found.update({person: zone for person, zone in await tx.execute(query)})  # noqa: C416 - rows
    return found


async def get(tx: Tx, participant_id: str) -> Participant | None:
    """The participant with this id, or None."""
    found = await tx.execute(select(*_columns()).where(participant.c.id == participant_id))
    row = found.one_or_none()
    return None if row is None else Participant(*row)


def _columns() -> list[Column[Any]]:
    return [participant.c[name] for name in Participant.__slots__]


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
    them = {"id": new.id, "language": language, "instrument": None, "secret": secret}
    await tx.execute(_NEW, them)
    await tx.execute(_NEW_DOOR, {"channel": channel, "address": door, "participant_id": new.id})
    return new


async def set_language(tx: Tx, participant_id: str, language: str) -> None:
    """Speak another language with this person."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(language=language))


async def set_instrument(tx: Tx, participant_id: str, instrument: str | None) -> None:
    """Have this person at an instrument; None on the front page."""
    await tx.execute(_SET_INSTRUMENT, {"who": participant_id, "instrument": instrument})


async def set_asking(tx: Tx, participant_id: str, what: str | None) -> None:
    """Remember what this person's next words are for; None where they answer the live card."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(asking=what))


async def set_zone(tx: Tx, participant_id: str, zone: str) -> None:
    """Know this person's clock: reminders come by day there."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(zone=zone))


async def set_reminders(tx: Tx, participant_id: str, *, wanted: bool) -> None:
    """Whether this person wants to be reminded, of whatever it is."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(no_reminders=int(not wanted)))


async def send_home(tx: Tx, instrument: str, round_name: str) -> None:
    """Have everybody who is at a draft of this round be on the front page."""
    drafts = and_(session.c.instrument == instrument, session.c.round == round_name)
    those = participant.c.id.in_(select(session.c.participant_id).where(drafts))
    at_it = and_(those, participant.c.instrument == instrument)
    await tx.execute(update(participant).where(at_it).values(instrument=None))


async def wrote(tx: Tx, participant_id: str, now: int) -> None:
    """Remember that this person was written to unasked."""
    this = participant.c.id == participant_id
    await tx.execute(update(participant).where(this).values(written_at=now))


async def move_address(tx: Tx, channel: str, door: str, participant_id: str) -> None:
    """Have a door belong to another person.

    Where nobody is left at the doors of who stood there before, what was theirs goes to the other
    one; of what both have, the other one's stays. Nothing is left that nobody can reach.
    """
    here = and_(address.c.channel == channel, address.c.address == door)
    before = (await tx.execute(select(address.c.participant_id).where(here))).scalar_one_or_none()
    await tx.execute(update(address).where(here).values(participant_id=participant_id))
    if before is None or before == participant_id or not await only_by_mail(tx, before):
        return
    await merge(tx, before, participant_id)


async def renew_address(tx: Tx, channel: str, door: str, renewed: str) -> None:
    """Have who stands at a door stand at another one of their channel."""
    here = and_(address.c.channel == channel, address.c.address == door)
    await tx.execute(update(address).where(here).values(address=renewed))


async def leave_address(tx: Tx, channel: str, door: str) -> None:
    """Have nobody stand at a door; who stood there has others."""
    here = and_(address.c.channel == channel, address.c.address == door)
    await tx.execute(delete(address).where(here))


async def only_by_mail(tx: Tx, participant_id: str) -> bool:
    """Whether nobody comes through any door as this person: they can be written to at most."""
    return all(channel == MAIL for channel, _ in await addresses(tx, participant_id))


async def merge(tx: Tx, gone: str, into: str) -> None:
    """Two people turn out to be one: what was the first one's is the second one's from now on. Of
    what both have, the second one's stays; in a round, who came further counts.
    """
    await parts.merge(tx, gone, into)
    await organisations.merge(tx, gone, into)  # before the drafts: a company's stay with it
    theirs = select(session.c.instrument).where(session.c.participant_id == into)
    mine = and_(session.c.participant_id == gone, session.c.instrument.not_in(theirs))
    await tx.execute(update(session).where(mine).values(participant_id=into))
    await _merge_invitations(tx, gone, into)
    await _merge_manners(tx, gone, into)
    for table in (address, contact):
        moved = update(table).where(table.c.participant_id == gone)
        await tx.execute(moved.values(participant_id=into))
    await shredding.drafts(tx, session.c.participant_id == gone)
    for table in (code, request, reminder):
        await tx.execute(delete(table).where(table.c.participant_id == gone))
    await tx.execute(delete(participant).where(participant.c.id == gone))


async def _merge_manners(tx: Tx, gone: str, into: str) -> None:
    """How one may be written to: who wants no reminders as either wants none as both, when they
    were last written to counts for both, and so does the clock that only the first one told.
    """
    columns = participant.c.no_reminders, participant.c.written_at, participant.c.zone
    query = select(*columns).where(participant.c.id == gone)
    silent, written, zone = (await tx.execute(query)).one()
    this = update(participant).where(participant.c.id == into)
    if silent:
        await tx.execute(this.values(no_reminders=1))
    earlier = func.coalesce(participant.c.written_at, 0) < (written or 0)
    await tx.execute(this.where(earlier).values(written_at=written))
    await tx.execute(this.where(participant.c.zone.is_(None)).values(zone=zone))


async def _merge_invitations(tx: Tx, gone: str, into: str) -> None:
    """The invitation that moves takes the place of one that both had, and brings its links."""
    query = select(invitation.c.id, invitation.c.instrument, invitation.c.round)
    for moving, *of in (await tx.execute(query.where(invitation.c.participant_id == gone))).all():
        same = and_(invitation.c.instrument == of[0], invitation.c.round == of[1])
        own = select(invitation.c.id).where(same, invitation.c.participant_id == into)
        kept = (await tx.execute(own)).scalar_one_or_none()
        if kept is not None:
            links = update(token).where(token.c.invitation_id == kept)
            await tx.execute(links.values(invitation_id=moving))
            await tx.execute(delete(invitation).where(invitation.c.id == kept))
        moved = update(invitation).where(invitation.c.id == moving)
        await tx.execute(moved.values(participant_id=into))


async def addresses(tx: Tx, participant_id: str) -> tuple[tuple[str, str], ...]:
    """The doors of a person: channel and id there."""
    found = await tx.execute(_DOORS, {"who": participant_id})
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
    mine = select(invitation.c.id).where(invitation.c.participant_id == participant_id)
    await tx.execute(delete(token).where(token.c.invitation_id.in_(mine)))
    rounds = select(participation.c.instrument, participation.c.round)
    theirs_in = rounds.where(participation.c.participant_id == participant_id)
    in_rounds = [(name, part) for name, part in (await tx.execute(theirs_in)).all()]
    await parts.count_forgotten(tx, in_rounds)
    await organisations.forget_person(tx, participant_id)
    await shredding.drafts(tx, session.c.participant_id == participant_id)
    for table in (
        participation, code, address, invitation, contact, reminder, request,
    ):  # fmt: skip
        await tx.execute(delete(table).where(table.c.participant_id == participant_id))
    await tx.execute(delete(participant).where(participant.c.id == participant_id))


async def card_at(tx: Tx, channel: str, door: str) -> LiveCard | None:
    """The live card at an address, or None."""
    here = and_(live_card.c.channel == channel, live_card.c.address == door)
    found = await tx.execute(select(live_card.c.message_id, live_card.c.day).where(here))
    row = found.one_or_none()
    return None if row is None else LiveCard(*row)


async def set_cards(tx: Tx, channel: str, cards: Mapping[str, LiveCard | None]) -> None:
    """Remember the live card at each of these addresses of a channel; None forgets it. Where nobody
    stands any more, because they asked to be forgotten meanwhile, nothing is remembered.
    """
    for some in portions(sorted(cards)):
        await tx.execute(_NO_CARDS, {"channel": channel, "doors": some})
        # Whoever forgets one of these people waits until the card is there to be deleted.
        stands = set((await tx.execute(_STAND, {"channel": channel, "doors": some})).scalars())
        shown = [
            {"channel": channel, "address": door, "message_id": card.message_id, "day": card.day}
            for door in some
            if door in stands and (card := cards[door]) is not None
        ]
        if shown:
            new = upsert(tx, live_card)
            key = [live_card.c.channel, live_card.c.address]
            moved = {"message_id": new.excluded.message_id, "day": new.excluded.day}
            await tx.execute(new.on_conflict_do_update(index_elements=key, set_=moved), shown)


_HERE = and_(
    address.c.channel == bindparam("channel"),
    address.c.address.in_(bindparam("doors", expanding=True)),
)
_CARDS_HERE = and_(
    live_card.c.channel == bindparam("channel"),
    live_card.c.address.in_(bindparam("doors", expanding=True)),
)
_AT_ADDRESSES = (
    select(address.c.address, live_card.c.message_id, live_card.c.day, *_columns())
    .select_from(
        address.join(participant).outerjoin(
            live_card,
            and_(
                live_card.c.channel == address.c.channel, live_card.c.address == address.c.address
            ),
        )
    )
    .where(_HERE)
)
_AT_ADDRESS = (
    select(*_columns())
    .join(address)
    .where(address.c.channel == bindparam("channel"), address.c.address == bindparam("door"))
)
_DOORS = select(address.c.channel, address.c.address).where(
    address.c.participant_id == bindparam("who")
)
_NEW = insert(participant)
_NEW_DOOR = insert(address)
_SET_INSTRUMENT = update(participant).where(participant.c.id == bindparam("who"))
_NO_CARDS = delete(live_card).where(_CARDS_HERE)
_STAND = select(address.c.address).where(_HERE).order_by(address.c.address)
_STAND = _STAND.with_for_update(read=True)
