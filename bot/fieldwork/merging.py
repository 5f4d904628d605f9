"""Reminders as a file for mail merge, for whom only mail reaches."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from bot.fieldwork import inviting
from flows.ladder import REMINDED
from flows.reminding import QUIET
from storage import contacts, people, reminders
from storage.invitations import Invitation

if TYPE_CHECKING:
    from bot.house import House
    from flows.rounds import Round
    from storage.contacts import Contact
    from storage.database import Tx
    from storage.reminders import Slot


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose next reminder can go out by mail merge now, and how many are left out."""

    ready: tuple[tuple[Slot, Contact], ...]
    lately: int
    """People who were written to within 20 hours, or are about to be."""
    unknown: int
    """People of whom nothing but an address is known: no contact to write a row from."""

    @property
    def left_out(self) -> str:
        """What there is to say of those who are left out: "; left out: 2 …", or nothing."""
        hours = int(QUIET.total_seconds() // 3600)
        said = [f"{self.lately} who were written to within {hours} hours"] if self.lately else []
        said += [f"{self.unknown} who are no contacts"] if self.unknown else []
        return f"; left out: {', '.join(said)}" if said else ""


async def waiting(house: House, tx: Tx, of: Round) -> Waiting:
    """Those whose next reminder can be sent, whom only mail reaches."""
    now, lately, unknown = house.universe.seconds(), 0, 0
    ready: list[tuple[Slot, Contact]] = []
    for slot in await reminders.by_mail_only(tx, of.instrument, of.name, REMINDED, house.chat):
        contact = await contacts.of(tx, slot.participant_id)
        written = slot.written_at is not None and now - slot.written_at < QUIET.total_seconds()
        if written or slot.queued:
            lately += 1
        elif contact is None:
            unknown += 1
        else:
            ready.append((slot, contact))
    return Waiting(tuple(ready), lately, unknown)


async def sheet(house: House, tx: Tx, of: Round, found: Waiting) -> tuple[bytes, int]:
    """One row a person, each with new links, and how many; their reminders count as sent from now
    on. Where one was decided meanwhile, it is left to whoever did.
    """
    text, written = io.StringIO(newline=""), 0
    rows = csv.writer(text)
    rows.writerow(inviting.LINKS)
    for slot, contact in found.ready:
        if not await reminders.decide(tx, slot.id, "sent"):
            continue
        part = Invitation(slot.participant_id, of.instrument, of.name, 0)
        cells = [inviting.plain(cell) for cell in astuple(contact)]
        rows.writerow((*cells, *await inviting.new_link(house, tx, part)))
        await people.wrote(tx, slot.participant_id, house.universe.seconds())
        written += 1
    return text.getvalue().encode(), written
