"""Companies, who works on their assessments, and what of it is whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, delete, insert, select, update

from flows.delegation import NOTHING
from storage.database import upsert
from storage.tables import (
    assessment,
    assignment,
    claim,
    colleague,
    contact,
    deed,
    member,
    organisation,
    own_domain,
    session,
    standing,
    verdict,
    version,
)

if TYPE_CHECKING:
    from flows.delegation import Role
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works, or worked, on a company's assessments; without a participant who left.
    ``looks_at`` is the number of the assessment they turned to, where it is not the newest.
    """

    id: int
    organisation: str
    participant: str | None
    role: Role
    name: str
    looks_at: int | None = None

    @property
    def who(self) -> str:
        """As whom the trail knows them."""
        return f"M{self.id}"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who is invited to work along: as what, on which part, until when."""

    organisation: str
    instrument: str
    role: Role
    name: str
    scope: str
    expires_at: int


MEMBER = (
    member.c.id, member.c.organisation_id, member.c.participant_id, member.c.role, member.c.name,
    member.c.looks_at,
)  # fmt: skip
"""The columns of a member, in the order of its fields."""
_OF_PERSON = select(*MEMBER).where(member.c.participant_id == bindparam("who"))


async def found(tx: Tx, organisation_id: str, name: str, *, key: str | None = None) -> str:
    """A new company, unless the list of contacts made one of this name before; its id."""
    values = {"id": organisation_id, "name": name, "key": key}
    await tx.execute(upsert(tx, organisation).values(**values).on_conflict_do_nothing())
    if key is None:
        return organisation_id
    known = select(organisation.c.id).where(organisation.c.key == key)
    return str((await tx.execute(known)).scalar_one())


def folded(company: str) -> str:
    """A company's name as the list of contacts is compared by it."""
    return " ".join(company.split()).casefold()


async def of_list(tx: Tx, organisation_id: str) -> list[str]:
    """Everybody whom the list of contacts names for a company, come or not."""
    query = select(organisation.c.key).where(organisation.c.id == organisation_id)
    key = (await tx.execute(query)).scalar_one_or_none()
    if key is None:
        return []
    listed = await tx.execute(select(contact.c.participant_id, contact.c.company))
    return [person for person, company in listed if folded(company) == key]


async def name_of(tx: Tx, organisation_id: str) -> str:
    """What a company is called; nothing where nobody said so."""
    query = select(organisation.c.name).where(organisation.c.id == organisation_id)
    return (await tx.execute(query)).scalar_one_or_none() or ""


async def rename(tx: Tx, organisation_id: str, name: str) -> None:
    """Call a company something else."""
    this = organisation.c.id == organisation_id
    await tx.execute(update(organisation).where(this).values(name=name))


async def join(tx: Tx, organisation_id: str, participant_id: str, role: Role, name: str) -> Member:
    """Have somebody work on a company's assessments, who works on no other's."""
    who = {"organisation_id": organisation_id, "participant_id": participant_id}
    new = insert(member).values(**who, role=role, name=name).returning(*MEMBER)
    return Member(*(await tx.execute(new)).one())


async def of_person(tx: Tx, participant_id: str) -> Member | None:
    """As whom somebody works on a company's assessments, or None."""
    row = (await tx.execute(_OF_PERSON, {"who": participant_id})).one_or_none()
    return None if row is None else Member(*row)


async def numbered(tx: Tx, number: int) -> Member | None:
    """The member of this number, gone or not; None where there was none."""
    row = (await tx.execute(select(*MEMBER).where(member.c.id == number))).one_or_none()
    return None if row is None else Member(*row)


async def was_removed(tx: Tx, key: str, participant_id: str) -> bool:
    """Whether the owner of the company that the list of contacts calls so sent somebody away."""
    joined = member.join(organisation, organisation.c.id == member.c.organisation_id)
    this = and_(organisation.c.key == key, member.c.former == participant_id)
    found = await tx.execute(select(member.c.id).select_from(joined).where(this).limit(1))
    return found.first() is not None


async def members(tx: Tx, organisation_id: str, *, gone: bool = False) -> list[Member]:
    """Who works on a company's assessments, owners first, in the order in which they came;
    ``gone`` also those who left.
    """
    query = select(*MEMBER).where(member.c.organisation_id == organisation_id)
    if not gone:
        query = query.where(member.c.participant_id.is_not(None))
    owners_first = case((member.c.role == "owner", 0), else_=1)
    return [Member(*row) for row in await tx.execute(query.order_by(owners_first, member.c.id))]


async def leave(tx: Tx, who: Member, *, name: str | None = None) -> None:
    """Have somebody work on nothing of the company any more. ``name`` is what they are called from
    now on, where they are to be forgotten.
    """
    await tx.execute(delete(assignment).where(assignment.c.member_id == who.id))
    values = {"participant_id": None, "former": who.participant}
    if name is not None:
        values |= {"name": name, "former": None}
    await tx.execute(update(member).where(member.c.id == who.id).values(**values))
    if who.participant is not None:
        theirs = and_(
            session.c.participant_id == who.participant, session.c.assessment_id.is_not(None)
        )
        await tx.execute(delete(session).where(theirs))


async def be(tx: Tx, who: Member, role: Role) -> None:
    """Have somebody be in another role."""
    await tx.execute(update(member).where(member.c.id == who.id).values(role=role))


async def look(tx: Tx, who: Member, assessment_id: int | None) -> None:
    """Have somebody look at another assessment of their company; None for the newest."""
    here = update(member).where(member.c.id == who.id)
    await tx.execute(here.values(looks_at=assessment_id))


async def call(tx: Tx, who: Member, name: str) -> None:
    """Have somebody be called so by their colleagues."""
    await tx.execute(update(member).where(member.c.id == who.id).values(name=name))


async def invite(tx: Tx, token_hash: bytes, of: Colleague) -> None:
    """Remember a link for a colleague, by its hash alone."""
    values = {
        "organisation_id": of.organisation,
        "instrument": of.instrument,
        "role": of.role,
        "name": of.name,
        "scope": of.scope,
        "expires_at": of.expires_at,
    }
    await tx.execute(insert(colleague).values(token_hash=token_hash, **values))


async def invited(tx: Tx, organisation_id: str, now: int) -> list[tuple[str, Colleague]]:
    """The colleagues who have not come yet, each with the beginning of their link's hash."""
    this = and_(colleague.c.organisation_id == organisation_id, colleague.c.expires_at > now)
    query = select(colleague).where(this).order_by(colleague.c.name, colleague.c.token_hash)
    return [(row[0].hex()[:8], Colleague(*row[1:])) for row in await tx.execute(query)]


async def revoke(tx: Tx, organisation_id: str, beginning: str) -> bool:
    """Take back the link of a colleague who has not come; whether there was one."""
    token_hash = await _hash_of(tx, organisation_id, beginning)
    if token_hash is not None:
        await tx.execute(delete(colleague).where(colleague.c.token_hash == token_hash))
    return token_hash is not None


async def _hash_of(tx: Tx, organisation_id: str, beginning: str) -> bytes | None:
    """The link of a colleague who has not come, by the beginning of its hash."""
    this = colleague.c.organisation_id == organisation_id
    hashes = (await tx.execute(select(colleague.c.token_hash).where(this))).scalars()
    return next((each for each in hashes if each.hex()[:8] == beginning), None)


async def set_scope(tx: Tx, organisation_id: str, beginning: str, scope: str) -> bool:
    """Say what a colleague who has not come is to answer; whether there is one."""
    token_hash = await _hash_of(tx, organisation_id, beginning)
    here = update(colleague).where(colleague.c.token_hash == token_hash)
    if token_hash is not None:
        await tx.execute(here.values(scope=scope))
    return token_hash is not None


async def take(tx: Tx, token_hash: bytes, now: int) -> Colleague | None:
    """Open a colleague's link, once; None where there is none, or its time is past."""
    this = and_(colleague.c.token_hash == token_hash, colleague.c.expires_at > now)
    query = select(*colleague.c).where(this)
    row = (await tx.execute(query)).one_or_none()
    gone = await tx.execute(delete(colleague).where(this))
    return None if row is None or gone.rowcount != 1 else Colleague(*row[1:])


async def look_up(tx: Tx, token_hash: bytes, now: int) -> Colleague | None:
    """What a colleague's link is good for, without opening it."""
    this = and_(colleague.c.token_hash == token_hash, colleague.c.expires_at > now)
    row = (await tx.execute(select(*colleague.c).where(this))).one_or_none()
    return None if row is None else Colleague(*row[1:])


async def assign(tx: Tx, member_id: int, instrument: str, scope: str) -> None:
    """Have a part of an instrument be somebody's to answer."""
    await release(tx, member_id, instrument, NOTHING)
    values = {"member_id": member_id, "instrument": instrument, "scope": scope}
    await tx.execute(upsert(tx, assignment).values(**values).on_conflict_do_nothing())


async def release(tx: Tx, member_id: int, instrument: str, scope: str) -> bool:
    """Have a part be theirs no longer; whether it was. Whoever had only this has nothing then."""
    this = and_(
        assignment.c.member_id == member_id,
        assignment.c.instrument == instrument,
        assignment.c.scope == scope,
    )
    gone = (await tx.execute(delete(assignment).where(this))).rowcount == 1
    theirs = assignment.c.member_id == member_id, assignment.c.instrument == instrument
    left = (await tx.execute(select(assignment.c.scope).where(*theirs).limit(1))).first()
    if gone and left is None and scope != NOTHING:
        values = {"member_id": member_id, "instrument": instrument, "scope": NOTHING}
        await tx.execute(insert(assignment).values(**values))
    return gone


async def give_everything(tx: Tx, member_id: int, instrument: str) -> None:
    """Have no part in particular be somebody's: they answer everything."""
    theirs = assignment.c.member_id == member_id, assignment.c.instrument == instrument
    await tx.execute(delete(assignment).where(*theirs))


async def assignments(tx: Tx, organisation_id: str, instrument: str) -> dict[int, list[str]]:
    """The parts that are somebody's, by member."""
    joined = assignment.join(member, member.c.id == assignment.c.member_id)
    this = and_(member.c.organisation_id == organisation_id, assignment.c.instrument == instrument)
    query = select(assignment.c.member_id, assignment.c.scope).select_from(joined).where(this)
    theirs: dict[int, list[str]] = {}
    for who, scope in await tx.execute(query.order_by(assignment.c.scope)):
        theirs.setdefault(who, []).append(scope)
    return theirs


async def domains(tx: Tx, organisation_id: str) -> tuple[str, ...]:
    """The domains that are a company's own."""
    mine = select(own_domain.c.domain).where(own_domain.c.organisation_id == organisation_id)
    return tuple((await tx.execute(mine.order_by(own_domain.c.domain))).scalars())


async def add_domain(tx: Tx, organisation_id: str, domain: str) -> None:
    """Register a domain as a company's own."""
    values = {"organisation_id": organisation_id, "domain": domain}
    await tx.execute(upsert(tx, own_domain).values(**values).on_conflict_do_nothing())


async def drop_domain(tx: Tx, organisation_id: str, domain: str) -> bool:
    """A domain is the company's own no longer; whether it was."""
    this = and_(own_domain.c.organisation_id == organisation_id, own_domain.c.domain == domain)
    return (await tx.execute(delete(own_domain).where(this))).rowcount == 1


async def forget_person(tx: Tx, participant_id: str) -> None:
    """Nothing in a company names this person any more. What they answered stays their colleagues';
    where nobody is left, the company goes with them, and where no owner is left, whoever came
    first becomes one.
    """
    sent_away = update(member).where(member.c.former == participant_id)
    await tx.execute(sent_away.values(name="", former=None))
    who = await of_person(tx, participant_id)
    if who is None:
        return
    await leave(tx, who, name="")
    left = await members(tx, who.organisation)
    if not left:
        await dissolve(tx, who.organisation)
    elif all(each.role != "owner" for each in left):
        await be(tx, left[0], "owner")


async def dissolve(tx: Tx, organisation_id: str) -> None:
    """Delete a company with everything that is its own; who worked for it stays as a person."""
    mine = select(assessment.c.id).where(assessment.c.organisation_id == organisation_id)
    for table in (claim, version, verdict, standing):
        await tx.execute(delete(table).where(table.c.assessment_id.in_(mine)))
    for table in (assessment, colleague, own_domain, member, deed):
        await tx.execute(delete(table).where(table.c.organisation_id == organisation_id))
    await tx.execute(delete(organisation).where(organisation.c.id == organisation_id))


async def merge(tx: Tx, gone: str, into: str) -> None:
    """Two people turn out to be one: the second one is the member that the first one was, unless
    they work on an assessment of their own.
    """
    sent_away = update(member).where(member.c.former == gone)
    await tx.execute(sent_away.values(former=into))
    who = await of_person(tx, gone)
    if who is None:
        return
    if await of_person(tx, into) is not None:
        await forget_person(tx, gone)
        return
    await tx.execute(update(member).where(member.c.id == who.id).values(participant_id=into))


async def lead(tx: Tx, participant_id: str) -> str:
    """Whose part in a round counts for this person: their own, or for somebody whom a colleague
    invited that of the first owner.
    """
    who = await of_person(tx, participant_id)
    if who is None or who.role == "owner":
        return participant_id
    first = (await members(tx, who.organisation))[0].participant
    return first or participant_id
