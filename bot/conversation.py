"""What every door talks to: take what somebody did, and say what they should see now.

``take`` is one transaction: load, decide, save, queue what is to be said. Nothing is shown as
saved before its commit, because what is shown is rendered from what was committed.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from bot import answers, live, scorecards, tokens
from bot.admitting import was_wrong
from bot.batch import Batch, only_answered
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
    from contextlib import AbstractContextManager

    from bot.batch import Door
    from bot.channels import Attachment
    from bot.fieldwork.documents import Documents
    from bot.sender import Said
    from storage.database import Database, Tx
    from storage.outbox import Due
    from storage.people import Participant

log = logging.getLogger(__name__)

TRIES = 3
"""How often something is taken that others came in between of."""
LEASE = 60
"""Seconds for which a row that is claimed where it is put is ours."""
AT_ONCE = 2
"""Files that are set at the same time."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A row of the outbox that was claimed in the commit that put it, the card it is about as it
    was committed, and the message on which the card before it stands.
    """

    due: Due
    claim: str
    shown: Shown
    stands: people.LiveCard | None


class Speaker(Protocol):
    """Who says cards right after the commit that they come of (``bot.sender``)."""

    def recording(self) -> AbstractContextManager[Sequence[Said]]:
        """What was said so far, to be recorded in the transaction that is made within."""

    async def record(self, tx: Tx, said: Sequence[Said]) -> None:
        """Record in this transaction what was said."""

    def claim(self) -> tuple[str, int]:
        """By which claim, and how many cards, can be said at once."""

    def say(self, ready: Sequence[Ready]) -> None:
        """Say them."""


class Silence:
    """Where nobody speaks: doors that ask, and a product that is not running."""

    def recording(self) -> AbstractContextManager[Sequence[Said]]:
        """Nothing was said."""
        return nullcontext(())

    async def record(self, tx: Tx, said: Sequence[Said]) -> None:
        """Nothing is to be recorded."""

    def claim(self) -> tuple[str, int]:
        """Nothing can be said."""
        return "", 0

    def say(self, ready: Sequence[Ready]) -> None:
        """Nothing is."""


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
    speaker: Speaker = field(default_factory=Silence)
    """Says cards right after the commit that they come of."""
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
        with self.speaker.recording() as said:
            async with self.database.writing(brief=True) as tx:
                await self.speaker.record(tx, said)
                batch = Batch(self.house, tx)
                outcomes = await self._take_batch(batch, incoming)
                ready = await self._queue(batch)
        self.speaker.say(ready)
        if self.house.keys.over:
            await self.house.keys.shred(self.database)
        if len(ready) < len(batch.cards) or len(ready) < len(outcomes):
            self.wake()
        return outcomes

    async def _take_batch(self, batch: Batch, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Everybody who does more than answer first, one after the other; then who answers: what
        is known of those cannot be made untrue by the others any more.
        """
        outcomes: dict[int, Outcome] = {}
        numbers = [each.update_id for each in incoming if each.update_id is not None]
        new = await ledger.first_times(batch.tx, numbers, self.house.universe.day())
        answered = only_answered(incoming)
        for index, each in enumerate(incoming):
            if each.update_id is not None and each.update_id not in new:
                outcomes[index] = Outcome(seen=True)
            elif (each.channel, each.address) not in answered:
                outcomes[index] = await self._take(batch, each)
            if each.update_id is not None:
                new.discard(each.update_id)  # the same one once more in one batch is a repetition
        waiting = [index for index in range(len(incoming)) if index not in outcomes]
        await batch.look({(incoming[each].channel, incoming[each].address) for each in waiting})
        beyond = [each for each in waiting if _door(incoming[each]) not in batch.answering]
        if beyond:
            batch.forget()
            for each in beyond:
                outcomes[each] = await self._take(batch, incoming[each])
            waiting = [index for index in waiting if index not in outcomes]
            await batch.look({_door(incoming[each]) for each in waiting})
        for each in waiting:
            outcomes[each] = await self._take(batch, incoming[each])
        await batch.keep()
        return [outcomes[index] for index in range(len(incoming))]

    async def _queue(self, batch: Batch) -> list[Ready]:
        """Queue the cards of a batch; those that are claimed with it, to be said after it."""
        ready: list[Ready] = []
        now, (claim, room) = self.house.universe.seconds(), self.speaker.claim()
        claimed: dict[str, dict[str, str]] = {}
        for door, card_is in batch.cards.items():
            if room and door in batch.answering and door in batch.free:
                claimed.setdefault(door[0], {})[door[1]] = card_is
                room -= 1
            else:
                await outbox.put(batch.tx, *door, "card", card_is, lane=INTERACTIVE, now=now)
        for channel, cards in claimed.items():
            due = await outbox.put_claimed(
                batch.tx, channel, cards, now=now, claim=claim, lease=LEASE
            )
            for each in due:
                known = batch.answering[channel, each.address]
                _, _, note = each.reference.partition(":")
                ready.append(Ready(each, claim, known.shown(self.house, note), known.stands))
        return ready

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card that somebody should see now. A stranger sees the front page."""
        async with self.database.reading(brief=True) as tx:
            person = await people.at_address(tx, channel, address)
            shown, kept = await live.card_of(self.house, tx, person)
        return shown_to(person, shown, language, kept)

    async def redrawn(
        self, channel: str, address: str, note: str
    ) -> tuple[Shown, people.LiveCard | None]:
        """The same, with the message on which it stands.

        ``note`` is what an outbox row remembers of a notice: a phrase key and a number.
        """
        async with self.database.reading(brief=True) as tx:
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
        async with self.database.reading(brief=True) as tx:
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
        async with self.database.reading(brief=True) as tx:
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
        if not guesses.take("link", origin, now, guessable=False):
            return False
        async with self.database.writing() as tx:
            of = await invitations.of_token(tx, tokens.digest(token))
            if of is None:
                await was_wrong(self.house, tx)
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
        async with self.database.reading(brief=True) as tx:
            who = await administrators.at_address(tx, channel, address)
        return who is not None and access.may(who.role, "invite")

    async def _take(self, batch: Batch, incoming: Incoming) -> Outcome:
        tx, known = batch.tx, batch.answering.get(_door(incoming))
        if known is not None:
            return await self._visited(Visit(self.house, tx, incoming, known.person, batch))
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
        return await self._visited(Visit(self.house, tx, incoming, person, batch))

    async def _visited(self, visit: Visit) -> Outcome:
        await answers.answer(visit)
        if visit.incoming.channel in self.told:
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
        known = visit.answering if visit.incoming.channel not in self.told else None
        return Outcome(
            shown=known.shown(self.house) if known is not None else None,
            notices=tuple(say(notice, language) for notice in visit.notices),
            refused=visit.refused,
            pages=tuple(asked_for),
            files=tuple(visit.files),
            documents=tuple(visit.documents),
            renewed=bool(visit.incoming.renewed) and door[1] == visit.incoming.renewed,
        )


def _door(incoming: Incoming) -> Door:
    return incoming.channel, incoming.address


async def _where_they_stand(tx: Tx, incoming: Incoming) -> Incoming:
    """Pressed twice, or with its answer lost on the way, a link's button finds the person whom the
    first press let in.
    """
    if not incoming.renewed:
        return incoming
    there = await people.at_address(tx, incoming.channel, incoming.renewed)
    return incoming if there is None else replace(incoming, address=incoming.renewed)
