"""What every door talks to: take what somebody did, and say what they should see now.

``take`` is one transaction: load, decide, save, queue what is to be said. Nothing is shown as
saved before its commit, because what is shown is rendered from what was committed.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import answers, live, scorecards, tokens
from bot.admitting import was_wrong
from bot.channels import Incoming, Outcome, Pressed, Shown, Unreadable
from bot.fieldwork import access
from bot.fieldwork.documents import KINDS
from bot.house import House
from bot.queueing import new_with, queue
from bot.reports.apart import apart
from bot.showing import shown_to
from bot.taking_part import decline
from bot.texts import language_for, say
from bot.visit import Visit
from bot.vitals import Vitals
from bot.workspace import packs
from flows.card import Phrase
from storage import (
    administrators,
    invitations,
    ledger,
    organisations,
    outbox,
    participation,
    people,
)
from storage.claims import Overtaken
from storage.database import lock_person
from storage.outbox import INTERACTIVE
from storage.sessions import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.channels import Attachment
    from bot.fieldwork.documents import Documents
    from storage.database import Database, Tx
    from storage.people import Participant

log = logging.getLogger(__name__)

TRIES = 3
"""How often something is taken that others came in between of."""
AT_ONCE = 2
"""Files that are set at the same time."""


@dataclass(slots=True)
class Conversation:
    """The interview as the doors see it, kept in a database."""

    house: House
    database: Database
    told: frozenset[str] = frozenset()
    """Channels that are told what to show, through the outbox; the others ask for it."""
    documents: Documents | None = None
    """Makes files for administrators."""
    wake: Callable[[], None] = lambda: None
    """Called after a commit that left something to be said."""
    vitals: Vitals = field(default_factory=Vitals)
    setting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """Held while a file is set: it takes processor time, and anybody may ask for many."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done, all of it in one transaction. Left by an exception, nothing was
        taken, or (where the commit itself failed) it is not known; the same may be handed in again.
        """
        channels = [each.channel for each in incoming]
        with self.vitals.taking(channels):
            outcomes = await self._take_anew(incoming)
        self.vitals.became(channels, outcomes)
        return outcomes

    async def _take_anew(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        for _ in range(TRIES - 1):
            # Where another instance was faster, all of it is taken from the start again.
            with suppress(Conflict, Overtaken):
                return await self._take_all(incoming)
        return await self._take_all(incoming)

    async def _take_all(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        async with self.database.writing() as tx:
            outcomes = [await self._take(tx, each) for each in incoming]
        if self.house.keys.over:
            await self.house.keys.shred(self.database)
        self.wake()
        return outcomes

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card that somebody should see now. A stranger sees the front page."""
        async with self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            shown, kept = await live.card_of(self.house, tx, person)
        return shown_to(person, shown, language, kept)

    async def redrawn(
        self, channel: str, address: str, note: str
    ) -> tuple[Shown, people.LiveCard | None]:
        """The same, with the message on which it stands.

        ``note`` is what an outbox row remembers of a notice: a phrase key and a number.
        """
        async with self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            shown, kept = await live.card_of(self.house, tx, person)
            stands = await people.card_at(tx, channel, address)
        if note:
            shown = live.noted(shown, note)
        return shown_to(person, shown, None, kept), stands

    async def page(
        self, channel: str, address: str, name: str, language: str | None = None
    ) -> Shown:
        """One of the pages around the interview, or of the administrators' desk. Raises KeyError
        for a page that there is not.
        """
        async with self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            card = await live.page(self.house, tx, person, (channel, address), name)
            return shown_to(person, card, language)

    async def file(
        self, channel: str, address: str, kind: str, benchmark: str | None = None
    ) -> tuple[Attachment, str] | None:
        """One form of somebody's scorecard, and the language it speaks; None where there is none.

        ``benchmark`` is theirs where it is not said. Raises KeyError for a form that there is not.
        What administrators get has kinds of its own, and then ``benchmark`` says of what.
        """
        if kind == packs.KIND:
            async with self.setting:
                return await packs.make(self.house, self.database, (channel, address), benchmark)
        if kind in KINDS and self.documents is not None:
            async with self.setting:
                return await self.documents.make(channel, address, kind, benchmark or "")
        async with self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            if person is None:
                return None
            of = benchmark or await scorecards.benchmark_of(self.house, tx, person)
            score = of and await scorecards.company(self.house, tx, person, of)
        if not score:
            return None
        spoken = person.language
        async with self.setting:
            return await apart(scorecards.attachment, kind, score, spoken), spoken

    async def heed(self, token: str, wish: str, origin: str = "") -> bool:
        """Do what the owner of a letter's link wishes: no reminders ("off"), or no part in what it
        is about ("decline"). Whether there is such a link; it opens nothing, and is good for ever.
        """
        guesses, now = self.house.guesses, self.house.universe.seconds()
        if not guesses.take("link", origin, now):
            return False
        async with self.database.writing() as tx:
            of = await invitations.of_token(tx, tokens.digest(token))
            if of is None:
                await was_wrong(self.house, tx, "link")
                return False
            guesses.right("link", origin)
            if wish == "off":
                await people.set_reminders(tx, of.participant_id, wanted=False)
            elif await decline(self.house, tx, of.participant_id, of.instrument):
                # Whoever goes on all the same comes back through the front page, and has begun.
                await people.set_instrument(tx, of.participant_id, None)
            return True

    async def expects_file(self, channel: str, address: str) -> bool:
        """Whether a document from there may be a list of contacts."""
        async with self.database.reading() as tx:
            who = await administrators.at_address(tx, channel, address)
        return who is not None and access.may(who.role, "invite")

    async def _take(self, tx: Tx, incoming: Incoming) -> Outcome:
        universe = self.house.universe
        update_id = incoming.update_id
        if update_id is not None and not await ledger.first_time(tx, update_id, universe.day()):
            return Outcome(seen=True)
        match incoming.said:
            case Unreadable("blocked" | "returned" | "foreign" | "group" as kind):
                return await self._at_no_door(tx, incoming, kind)
        await lock_person(tx, f"{incoming.channel}:{incoming.address}")
        incoming = await _where_they_stand(tx, incoming)
        person = await self._arrived(tx, incoming)
        waited = await lock_person(tx, person.id)
        await self._hold_company(tx, person, incoming)
        if waited:  # between the look and the lock somebody may have forgotten or moved them
            person = await self._arrived(tx, incoming)
        visit = Visit(self.house, tx, incoming, person)
        await answers.answer(visit)
        if incoming.channel in self.told:
            await queue(visit)
        return await self._outcome(visit)

    async def _hold_company(self, tx: Tx, person: Participant, incoming: Incoming) -> None:
        """Colleagues are taken one after the other; who answers a survey waits for nobody."""
        at, said = self.house.shelf.get(person.instrument or ""), incoming.said
        answers = isinstance(said, Pressed) and not said.code.startswith("k:")
        if answers and at is not None and at.kind == "survey":
            return
        me = await organisations.of_person(tx, person.id)
        if me is not None:
            await lock_person(tx, f"company:{me.organisation}")

    async def _at_no_door(self, tx: Tx, incoming: Incoming, kind: str) -> Outcome:
        """Somebody who left, or who is not where one answers: nobody has come in."""
        door = incoming.channel, incoming.address
        if kind == "blocked":
            await outbox.drop_address(tx, *door)
            await participation.shut_out(tx, *door)
            return Outcome()
        if kind == "returned":
            person = await people.at_address(tx, *door)
            if person is not None:
                await participation.back_within_reach(tx, person.id)
            return Outcome()
        said = Phrase(f"refused_kind_{kind}")
        if kind == "group" and incoming.channel in self.told:
            now = self.house.universe.seconds()
            await outbox.put(tx, *door, "card", new_with([said]), lane=INTERACTIVE, now=now)
        return Outcome((say(said, language_for(incoming.language)),), refused=True)

    async def _arrived(self, tx: Tx, incoming: Incoming) -> Participant:
        door = incoming.channel, incoming.address
        known = await people.at_address(tx, *door)
        if known is not None:
            return known
        universe, spoken = self.house.universe, language_for(incoming.language)
        new_id, secret = universe.token(), universe.random(16)
        return await people.arrive(tx, *door, spoken, new_id=new_id, secret=secret)

    async def _outcome(self, visit: Visit) -> Outcome:
        language = visit.person.language
        asked_for: list[Shown] = []
        door = visit.incoming.channel, visit.incoming.address
        if visit.incoming.channel not in self.told:
            for name in visit.pages:
                try:
                    page = await live.page(self.house, visit.tx, visit.person, door, name)
                except KeyError:  # what it is about is gone, or a button was made up
                    visit.refuse("moved_on")
                else:
                    asked_for.append(shown_to(visit.person, page, language))
        return Outcome(
            notices=tuple(say(notice, language) for notice in visit.notices),
            refused=visit.refused,
            pages=tuple(asked_for),
            files=tuple(visit.files),
            documents=tuple(visit.documents),
            renewed=bool(visit.incoming.renewed) and door[1] == visit.incoming.renewed,
        )


async def _where_they_stand(tx: Tx, incoming: Incoming) -> Incoming:
    """Pressed twice, or with its answer lost on the way, a link's button finds the person whom the
    first press let in.
    """
    if not incoming.renewed:
        return incoming
    there = await people.at_address(tx, incoming.channel, incoming.renewed)
    return incoming if there is None else replace(incoming, address=incoming.renewed)
