"""Reminders as a file for mail merge, for whom only mail reaches.

In a survey the file is of everybody whom only mail reaches, whether they have finished or not: one
of those who have not would tell who has.
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from bot.fieldwork import inviting
from flows.ladder import REMINDED
from flows.reminding import QUIET
from storage import audit, contacts, people, reminders
from storage.invitations import Invitation

if TYPE_CHECKING:
    from bot.house import House
    from flows.rounds import Round
    from storage.contacts import Contact
    from storage.database import Tx
    from storage.reminders import Slot

ACT: Final = "remind"


def noted(of: Round) -> str:
    """How the audit log calls what such a file was written for."""
    return f"{of.instrument} {of.name} by mail merge"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose next reminder can go out by mail merge now, and how many are left out."""

    ready: tuple[tuple[Slot, Contact], ...]
    lately: int
    """People who were written to within 20 hours, or are about to be."""
    unknown: int
    """People of whom nothing but an address is known: no contact to write a row from."""
    finished: tuple[tuple[str, Contact], ...] = ()
    """Who has finished a survey and is in the file nevertheless."""
    spent: bool = False
    """Whether as many files were written as reminders are planned: who has finished has no
    reminders left that could be counted, so files are.
    """

    def __len__(self) -> int:
        return len(self.ready) + len(self.finished)

    @property
    def left_out(self) -> str:
        """What there is to say of those who are left out: "; left out: 2 …", or nothing."""
        hours = int(QUIET.total_seconds() // 3600)
        said = [f"{self.lately} who were written to within {hours} hours"] if self.lately else []
        said += [f"{self.unknown} who are no contacts"] if self.unknown else []
        return f"; left out: {', '.join(said)}" if said else ""


async def waiting(house: House, tx: Tx, of: Round) -> Waiting:
    """Those whose next reminder can be sent, whom only mail reaches."""
    here, lately, unknown = (of.instrument, of.name), 0, 0
    ready: list[tuple[Slot, Contact]] = []
    for slot in await reminders.by_mail_only(tx, *here, REMINDED, house.chat):
        contact = await contacts.of(tx, slot.participant_id)
        if _lately(house, slot.written_at) or slot.queued:
            lately += 1
        elif contact is None:
            unknown += 1
        else:
            ready.append((slot, contact))
    instrument = house.shelf.get(of.instrument)
    if instrument is None or instrument.kind == "benchmark":
        return Waiting(tuple(ready), lately, unknown)
    spent = await audit.count_about(tx, ACT, noted(of)) >= len(of.cadence.idle_days)
    finished: list[tuple[str, Contact]] = []
    for who, written in await reminders.finished_by_mail(tx, *here, house.chat):
        contact = await contacts.of(tx, who)
        if _lately(house, written):
            lately += 1
        elif contact is None:
            unknown += 1
        else:
            finished.append((who, contact))
    return Waiting(tuple(ready), lately, unknown, tuple(finished) if ready else (), spent)


def _lately(house: House, written_at: int | None) -> bool:
    seconds = QUIET.total_seconds()
    return written_at is not None and house.universe.seconds() - written_at < seconds


async def sheet(house: House, tx: Tx, of: Round, found: Waiting) -> tuple[bytes, int]:
    """One row a person by company and name, each with new links, and how many; their reminders
    count as sent from now on. Where one was decided meanwhile, it is left to whoever did.
    """
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(inviting.LINKS)
    those = [
        (slot.participant_id, contact)
        for slot, contact in found.ready
        if await reminders.decide(tx, slot.id, "sent")
    ]
    those += found.finished
    for who, contact in sorted(those, key=inviting.by_company):
        part = Invitation(who, of.instrument, of.name, 0)
        cells = [inviting.plain(cell) for cell in astuple(contact)]
        rows.writerow((*cells, *await inviting.new_link(house, tx, part)))
        await people.wrote(tx, who, house.universe.seconds())
    return text.getvalue().encode(), len(those)
