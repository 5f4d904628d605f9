"""What is said to people who wait for nothing: reminders and digests, once at most."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bot import tokens
from bot.fieldwork import digests, letters, reminders
from bot.showing import shown_to
from storage import invitations, people
from storage import reminders as slots
from storage.people import MAIL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.channels import Attachment, Channel
    from bot.channels.mail import MailChannel
    from bot.fieldwork.digests import Rendered
    from bot.fieldwork.documents import Documents
    from bot.house import House
    from bot.saying import Outcome
    from flows.rounds import Round
    from storage.database import Database, Tx
    from storage.outbox import Due
    from storage.reminders import Slot

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Post:
    """Renders what is unasked from what is committed, right before it is said."""

    house: House
    database: Database
    channels: Mapping[str, Channel]
    mail: MailChannel | None = None
    documents: Documents | None = None

    async def prepare(self, due: Due) -> Callable[[], Awaitable[None]] | float | None:
        """How to say it; or in how many seconds to look again; or None where it is not said."""
        if due.kind == "digest":
            return await self._digest(due)
        async with self.database.writing() as tx:
            found = await reminders.still_due(self.house, tx, due.reference)
            if found is None:
                return None
            if not isinstance(found, tuple):
                return max(1.0, (found - self.house.universe.now()).total_seconds())
            slot, of = found
            if due.channel == MAIL:
                return await self._by_mail(tx, due, slot, of)
            card = await letters.card(self.house, tx, slot, of)
            person = await people.get(tx, slot.participant_id)
        shown = shown_to(person, card, slot.language)
        return partial(self.channels[due.channel].say, due.address, shown)

    async def _by_mail(
        self, tx: Tx, due: Due, slot: Slot, of: Round
    ) -> Callable[[], Awaitable[None]] | None:
        """A letter carries a link of its own: of those before only the hashes are kept."""
        if self.mail is None:
            return None
        token = tokens.link_token(self.house.universe)
        here = slot.participant_id, slot.instrument, slot.round
        await invitations.add_token(tx, *here, tokens.digest(token))
        letter = await letters.letter(self.house, tx, slot, of, token)
        return partial(self.mail.post, due.address, letter)

    async def _digest(self, due: Due) -> Callable[[], Awaitable[None]] | None:
        made = await digests.rendered(self.house, self.database, due.reference)
        if made is None:
            return None
        if due.channel == MAIL:
            return await self._digest_by_mail(due, made)
        return partial(self.channels[due.channel].say, due.address, made.shown)

    async def _digest_by_mail(
        self, due: Due, made: Rendered
    ) -> Callable[[], Awaitable[None]] | None:
        """One letter with the chart and the full reports in it."""
        if self.mail is None:
            return None
        files, documents = list(made.letter.files), self.documents
        for each in made.reports if documents is not None else ():
            files += await self._report(each, made.letter.language)
        letter = replace(made.letter, files=tuple(files))
        return partial(self.mail.post, due.address, letter)

    async def _report(self, number: int, language: str) -> list[Attachment]:
        """A full report; one that cannot be made takes no digest with it."""
        try:
            made = self.documents and await self.documents.report(number, language)
        except Exception as error:  # noqa: BLE001 - whatever it is, the digest is to arrive
            log.warning("report_left_out", extra={"error": type(error).__name__})
            return []
        return [made] if made else []

    async def settle(self, tx: Tx, due: Due, outcome: Outcome) -> None:
        """Keep what became of it."""
        if due.kind == "digest":
            await digests.settle(tx, due.reference, outcome)
            return
        if outcome != "gone":
            await slots.settle(tx, due.reference, outcome)
            return
        slot = await slots.get(tx, due.reference, self.house.chat)
        if slot is not None:
            await reminders.out_of_reach(tx, slot, due.channel)
