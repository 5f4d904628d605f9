"""Who can be invited: one contact a certification, one participant an address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update

from storage.database import portions
from storage.people import MAIL
from storage.tables import address, participant
from storage.tables import contact as table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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


@dataclass(slots=True)
class Book:
    """What is known before a list is kept: contacts by key, and who is at which address."""

    contacts: dict[str, Mapping[str, object]]
    people: dict[str, str]

    def overtaken(self, contact: Contact) -> str | None:
        """Whose the certification is in a later version than this one; None where it is news."""
        known = self.contacts.get(contact.key)
        if known is None or contact.certified_on >= str(known["certified_on"]):
            return None
        return str(known["participant_id"])

    def whose(self, contact: Contact) -> str | None:
        """Whose this contact is once it is kept; None for somebody new."""
        return self.overtaken(contact) or self.people.get(contact.mailbox)


async def look_up(tx: Tx, listed: Sequence[Contact]) -> Book:
    """What is known of a list."""
    book = Book({}, {})
    for some in portions(listed):
        keys = table.c.key.in_({each.key for each in some})
        for row in (await tx.execute(select(table).where(keys))).mappings():
            book.contacts[row["key"]] = dict(row)
        there = address.c.address.in_({each.mailbox for each in some})
        at = select(address.c.address, address.c.participant_id)
        for mailbox, person in await tx.execute(at.where(address.c.channel == MAIL, there)):
            book.people[mailbox] = person
    return book


async def keep(tx: Tx, contact: Contact, *, new_id: str, secret: bytes) -> Kept:
    """Keep one contact; ``new_id`` and ``secret`` are for somebody who is not known yet."""
    (kept,) = await keep_all(tx, [contact], new_id=lambda: new_id, secret=lambda: secret)
    return kept


async def keep_all(
    tx: Tx, listed: Sequence[Contact], *, new_id: Callable[[], str], secret: Callable[[], bytes]
) -> list[Kept]:
    """Keep contacts. Of one certification the latest version counts; nothing is written where
    nothing changed.
    """
    book = await look_up(tx, listed)
    newcomers: list[tuple[str, Contact]] = []
    new: list[dict[str, str]] = []
    changed: list[dict[str, str]] = []
    kept: list[Kept] = []
    for contact in listed:
        later = book.overtaken(contact)
        if later is not None:
            kept.append(Kept(later, changed=False))
            continue
        person = book.people.get(contact.mailbox)
        if person is None:
            person = book.people[contact.mailbox] = new_id()
            newcomers.append((person, contact))
        values = {**asdict(contact), "participant_id": person}
        known = book.contacts.get(contact.key)
        book.contacts[contact.key] = values
        if known is None:
            new.append({"id": new_id(), "key": contact.key, **values})
            kept.append(Kept(person, changed=True))
        elif all(known[name] == value for name, value in values.items()):
            kept.append(Kept(person, changed=False))
        else:
            changed.append({"key": contact.key, **values})
            before = None if known["participant_id"] == person else str(known["participant_id"])
            kept.append(Kept(person, changed=True, before=before))
    await _welcome(tx, newcomers, secret)
    if new:
        await tx.execute(insert(table), new)
    for values in changed:
        await tx.execute(update(table).where(table.c.key == values["key"]).values(**values))
        await _speak(tx, values["participant_id"], values["language"])
    return kept


async def _welcome(
    tx: Tx, newcomers: Sequence[tuple[str, Contact]], secret: Callable[[], bytes]
) -> None:
    """Have somebody be at each address where nobody was."""
    if not newcomers:
        return
    people = [
        {"id": person, "language": each.language, "instrument": None, "secret": secret()}
        for person, each in newcomers
    ]
    await tx.execute(insert(participant), people)
    at = [
        {"channel": MAIL, "address": each.mailbox, "participant_id": person}
        for person, each in newcomers
    ]
    await tx.execute(insert(address), at)


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


async def of_all(tx: Tx, people: Sequence[str]) -> dict[str, Contact]:
    """Whom each of these people was invited as, of those whom anybody invited."""
    columns = [table.c[name] for name in Contact.__slots__]
    found: dict[str, Contact] = {}
    for some in portions(people):
        theirs = select(table.c.participant_id, *columns).where(table.c.participant_id.in_(some))
        latest = theirs.order_by(table.c.certified_on, table.c.key.desc())
        found.update({row[0]: Contact(*row[1:]) for row in await tx.execute(latest)})
    return found


async def forget(tx: Tx, participant_id: str) -> None:
    """Delete what is known of a person as a contact."""
    await tx.execute(delete(table).where(table.c.participant_id == participant_id))


async def has_any(tx: Tx, participant_id: str) -> bool:
    """Whether this person is still somebody's contact."""
    mine = select(table.c.id).where(table.c.participant_id == participant_id).limit(1)
    return (await tx.execute(mine)).first() is not None
