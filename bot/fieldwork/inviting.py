"""Inviting: contacts become people with a part in a round, and links that open once."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from bot import tokens
from bot.fieldwork import reminders
from bot.fieldwork.contacts import HEADER
from bot.fieldwork.link_file import appearing
from bot.house import zone_of
from storage import contacts, invitations, participation, people
from storage import reminders as slots
from storage.invitations import Invitation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from pathlib import Path

    from bot.house import House
    from flows.rounds import Round
    from storage.contacts import Contact
    from storage.database import Database, Tx

LINKS = (*HEADER, "telegram_link", "web_link")
DAYS_OPEN = 90
"""Days after which a link into a round without an end is past its time."""


@dataclass(slots=True)
class Invited:
    """What became of a list of contacts."""

    new: int = 0
    same: int = 0
    """Rows of somebody who stands in the list already, as the contact of something else."""
    known: int = 0
    """People who were invited to this round before; they are not invited again."""
    changed: int = 0
    """Contacts that were known and say something else now."""
    withdrawn: int = 0
    """People who had not opened their link and are nobody's contact any more."""
    batch: str = ""

    def __str__(self) -> str:
        return ", ".join([f"{self.new} invited", *self.beside])

    @property
    def beside(self) -> list[str]:
        """What there is to say of the others."""
        said: list[str] = []
        said += [f"{self.same} more of the same people"] if self.same else []
        said += [f"{self.known} invited before"] if self.known else []
        said += [f"{self.changed} contacts brought up to date"] if self.changed else []
        said += [f"{self.withdrawn} replaced before they came"] if self.withdrawn else []
        return said


async def invite(
    house: House, tx: Tx, listed: Sequence[Contact], of: Round, *, letters: bool
) -> Invited:
    """Have contacts take part in a round. The same person is asked once, whatever they are the
    contact of; who was invited before is not invited again; what changed is brought up to date.

    With ``letters`` each new one gets a letter, as soon as the hour of their day allows.
    """
    universe = house.universe
    done = Invited(batch=universe.token())
    kept = await contacts.keep_all(
        tx, listed, new_id=universe.token, secret=lambda: universe.random(16)
    )
    for gone in {each.before for each in kept if each.before is not None}:
        if not await contacts.has_any(tx, gone):
            done.withdrawn += await invitations.withdraw(tx, gone, of.instrument, of.name)
    everybody = [each.participant_id for each in kept]
    invitation = Invitation("", of.instrument, of.name, _expires(house, of), done.batch)
    new = await invitations.issue_all(tx, everybody, invitation, new_id=universe.token)
    await _plan(house, tx, new, of, letters=letters)
    asked: set[str] = set()
    for each in kept:
        first = each.participant_id not in asked
        done.new += first and each.participant_id in new
        done.known += first and each.participant_id not in new
        done.changed += first and each.participant_id not in new and each.changed
        done.same += not first
        asked.add(each.participant_id)
    return done


async def _plan(house: House, tx: Tx, new: Collection[str], of: Round, *, letters: bool) -> None:
    told = await people.zones(tx, list(new))
    usual = reminders.from_today(house, of, of.zone, letter=letters)
    due = {
        person: reminders.from_today(house, of, zone_of(told[person], of.zone), letter=letters)
        if person in told
        else usual
        for person in sorted(new)
    }
    await slots.plan_all(tx, of.instrument, of.name, due, house.universe.token)


def _expires(house: House, of: Round) -> int:
    """A link opens until its round is over, or for 90 days where that has no end."""
    if of.closes is not None:
        return int(of.ends().timestamp())
    return house.universe.seconds() + DAYS_OPEN * 86_400


async def reach(tx: Tx, listed: Sequence[Contact], of: Round) -> int:
    """How many people ``invite`` would find to be new."""
    book = await contacts.look_up(tx, listed)
    # One row may be of somebody known by its certification, another of the same mailbox of nobody.
    strangers = len({each.mailbox for each in listed if book.whose(each) is None})
    people_ = {book.whose(each) for each in listed} - {None}
    there = await participation.among(tx, sorted(filter(None, people_)), of.instrument, of.name)
    return strangers + len(people_ - there)


async def links(house: House, tx: Tx, batch: str) -> bytes:
    """A file of links for those who were invited together and have not come yet: one row a person,
    by company and name, each with a link of its own.
    """
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(LINKS)
    invited = await invitations.of_batch(tx, batch)
    known = await contacts.of_all(tx, [each.participant_id for each in invited.values()])
    whose = {
        number: known[each.participant_id]
        for number, each in invited.items()
        if each.participant_id in known
    }
    given: dict[bytes, str] = {}
    for number, contact in sorted(whose.items(), key=by_company):
        token = tokens.link_token(house.universe)
        given[tokens.digest(token)] = number
        cells = [plain(cell) for cell in astuple(contact)]
        sheet.writerow((*cells, *written(house, token)))
    await invitations.add_tokens(tx, given)
    return text.getvalue().encode()


def by_company(numbered: tuple[str, Contact]) -> tuple[str, str, str]:
    """In which order rows of contacts are written."""
    _, contact = numbered
    return contact.company.casefold(), contact.name.casefold(), contact.mailbox


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell


async def new_link(house: House, tx: Tx, of: Invitation) -> tuple[str, str]:
    """One more link into somebody's invitation, for Telegram and for the web; empty where that
    door is closed. Only its hash is kept.
    """
    token = tokens.link_token(house.universe)
    await invitations.add_token(
        tx, of.participant_id, of.instrument, of.round, tokens.digest(token)
    )
    return written(house, token)


def written(house: House, token: str) -> tuple[str, str]:
    """A token as the two links that carry it."""
    return (
        f"https://t.me/{house.bot_name}?start={token}" if house.bot_name else "",
        f"{house.web_url}/i/{token}" if house.web_url else "",
    )


async def invite_to_file(
    database: Database,
    house: House,
    listed: Sequence[Contact],
    of: Round,
    out: Path,
    *,
    noted: Callable[[Tx, Invited], Awaitable[None]] | None = None,
) -> Invited:
    """Invite contacts and write one link each to a file; ``noted`` writes down that it was done.

    The file is whole before anything is committed, and takes its name after: a link that was
    handed out always opens, and nothing is left behind by a failure. Raises ContactsError.
    """
    with appearing(out) as write:
        async with database.writing() as tx:
            done = await invite(house, tx, listed, of, letters=False)
            if noted is not None:
                await noted(tx, done)
            write(await links(house, tx, done.batch))
    return done
