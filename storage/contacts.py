"""Who can be invited: one contact a certification, one participant an address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update

from storage.people import MAIL
from storage.tables import address, participant
from storage.tables import contact as table

if TYPE_CHECKING:
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a link is for: the columns of CONTACTS.csv."""

    name: str
    company: str
    email: str
    language: str
    certification: str
    certified_on: str

    @property
    def mailbox(self) -> str:
        """The address as people are known by it: letter case does not count."""
        return self.email.lower()

    @property
    def key(self) -> str:
        """What there is one contact of: the certification, else the address."""
        return self.certification.casefold() or f"mail:{self.mailbox}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a contact: whose it is, and who it was before, where it changed hands."""

    participant_id: str
    changed: bool
    before: str | None = None


async def keep(tx: Tx, contact: Contact, *, new_id: str, secret: bytes) -> Kept:
    """Keep a contact. Of one certification the latest version counts; nothing is written where
    nothing changed. ``new_id`` and ``secret`` are for somebody who is not known yet.
    """
    query = select(table).where(table.c.key == contact.key)
    known = (await tx.execute(query)).mappings().one_or_none()
    if known is not None and contact.certified_on < known["certified_on"]:
        return Kept(known["participant_id"], changed=False)  # an older version than the one kept
    person = await _person(tx, contact, new_id, secret)
    values = {**asdict(contact), "participant_id": person}
    if known is None:
        await tx.execute(insert(table).values(id=new_id, key=contact.key, **values))
        return Kept(person, changed=True)
    if all(known[name] == value for name, value in values.items()):
        return Kept(person, changed=False)
    await tx.execute(update(table).where(table.c.key == contact.key).values(**values))
    if known["participant_id"] != person:
        return Kept(person, changed=True, before=known["participant_id"])
    await _speak(tx, person, contact.language)
    return Kept(person, changed=True)


async def _person(tx: Tx, contact: Contact, new_id: str, secret: bytes) -> str:
    """Who is reached at this address, or somebody new."""
    here = and_(address.c.channel == MAIL, address.c.address == contact.mailbox)
    known = (await tx.execute(select(address.c.participant_id).where(here))).scalar_one_or_none()
    if known is not None:
        return str(known)
    await tx.execute(
        insert(participant).values(
            id=new_id, language=contact.language, instrument=None, secret=secret
        )
    )
    await tx.execute(
        insert(address).values(channel=MAIL, address=contact.mailbox, participant_id=new_id)
    )
    return new_id


async def _speak(tx: Tx, participant_id: str, language: str) -> None:
    """Another language, for somebody who has not chosen one at a door yet."""
    doors = and_(address.c.participant_id == participant_id, address.c.channel != MAIL)
    if (await tx.execute(select(address.c.channel).where(doors).limit(1))).first() is None:
        this = participant.c.id == participant_id
        await tx.execute(update(participant).where(this).values(language=language))


async def of(tx: Tx, participant_id: str) -> Contact | None:
    """Whom a person was invited as: their latest certification; None for whom nobody invited."""
    columns = [table.c[name] for name in Contact.__slots__]
    mine = select(*columns).where(table.c.participant_id == participant_id)
    latest = mine.order_by(table.c.certified_on.desc(), table.c.key).limit(1)
    row = (await tx.execute(latest)).one_or_none()
    return None if row is None else Contact(*row)


async def forget(tx: Tx, participant_id: str) -> None:
    """Delete what is known of a person as a contact."""
    await tx.execute(delete(table).where(table.c.participant_id == participant_id))


async def has_any(tx: Tx, participant_id: str) -> bool:
    """Whether this person is still somebody's contact."""
    mine = select(table.c.id).where(table.c.participant_id == participant_id).limit(1)
    return (await tx.execute(mine)).first() is not None
