"""What every door talks to: take what somebody did, and say what they should see now.

``take`` is one transaction: load, decide, save, queue what is to be said. Nothing is shown as
saved before its commit, because what is shown is rendered from what was committed.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot import live, lost, scorecards, tokens
from bot.admitting import was_wrong
from bot.batch import Batch
from bot.channels import Carried, Incoming, LiveCard, Outcome, Shown
from bot.fieldwork import access
from bot.fieldwork.documents import KINDS
from bot.gathering import Gathering
from bot.house import House
from bot.reports.apart import apart
from bot.showing import shown_to
from bot.speaking import Ready, Silence, Speaker
from bot.taking import Taking
from bot.taking_part import decline
from bot.vitals import Vitals
from bot.workspace import packs
from storage import administrators, invitations, people
from storage.claims import Overtaken
from storage.keys import KeyGone
from storage.sessions import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.channels import Attachment
    from bot.fieldwork.documents import Documents
    from flows.card import Card, Words
    from storage.database import Database, Tx
    from storage.people import Participant
    from storage.sessions import Kept

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
    speaker: Speaker = field(default_factory=Silence)
    """Says cards right after the commit that they come of."""
    vitals: Vitals = field(default_factory=Vitals)
    setting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """Held while a file is set: it takes processor time, and anybody may ask for many."""
    _gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        """Gather what waits for the same writer."""
        self._gathering = Gathering(self._take_anew)

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done, all of it in one transaction. Left by an exception, nothing was
        taken, or (where the commit itself failed) it is not known; the same may be handed in again.
        """
        channels = [each.channel for each in incoming]
        with self.vitals.taking(channels):
            outcomes = await (
                self._gathering.hand_in(incoming)
                if self.database.one_writer
                else self._take_anew(incoming)
            )
        self.vitals.became(channels, outcomes)
        return outcomes

    async def _take_anew(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        anew: set[str] = set()
        for _ in range(TRIES - 1):
            # Where another instance was faster, all of it is taken from the start again.
            with suppress(Conflict, Overtaken):
                try:
                    return await self._take_all(incoming, anew)
                except KeyGone as gone:
                    anew |= await lost.begin_anew(self.house, self.database, gone)
        return await self._take_all(incoming, anew)

    async def _take_all(self, incoming: Sequence[Incoming], anew: set[str]) -> list[Outcome]:
        """``anew``: whose draft could not be opened any more, and begins anew."""
        with self.speaker.recording() as said:
            async with self.database.writing(brief=True) as tx:
                await self.speaker.record(tx, said)
                taking = Taking(self.house, Batch(self.house, tx), self.told, anew)
                outcomes = await taking.take(incoming)
                ready = await taking.queue(self.speaker)
        outcomes = self._hand_over(incoming, outcomes, ready)
        if self.house.keys.over:
            with suppress(SQLAlchemyError):  # they stay listed, and the next beat destroys them
                await self.house.keys.shred(self.database)
        if taking.leaves:
            self.wake()
        return outcomes

    def _hand_over(
        self, incoming: Sequence[Incoming], outcomes: list[Outcome], ready: list[Ready]
    ) -> list[Outcome]:
        """Have cards be said: those that an answer can carry go along with it."""
        edits = {
            (each.due.channel, each.due.address): each
            for each in ready
            if each.due.reference == "edit" and each.stands is not None
        }
        last = {
            (each.channel, each.address): index
            for index, each in enumerate(incoming)
            if each.carries and not outcomes[index].seen
        }
        handed = {index: edits[door] for door, index in last.items() if door in edits}
        self.speaker.say([each for each in ready if each not in handed.values()])
        return [
            replace(each, carried=self._carried(handed[index])) if index in handed else each
            for index, each in enumerate(outcomes)
        ]

    def _carried(self, ready: Ready) -> Carried:
        stands = ready.stands
        assert stands is not None  # noqa: S101 - there is something to be edited
        return Carried(
            ready.due.address,
            ready.shown,
            LiveCard(stands.message_id, stands.day),
            partial(self.speaker.was_said, ready),
            partial(self.speaker.say, [ready]),
        )

    async def current(self, channel: str, address: str, language: str | None = None) -> Shown:
        """The card that somebody should see now. A stranger sees the front page."""

        async def look(tx: Tx) -> tuple[Participant | None, Card[Words], Kept | None]:
            person = await people.at_address(tx, channel, address)
            return person, *await live.card_of(self.house, tx, person)

        (person, shown, kept), anew = await lost.read(self.house, self.database, look)
        if anew:
            shown = live.noted(shown, lost.SAID)
        return shown_to(person, shown, language, kept)

    async def redrawn(
        self, channel: str, address: str, note: str
    ) -> tuple[Shown, people.LiveCard | None]:
        """The same, with the message on which it stands.

        ``note`` is what an outbox row remembers of a notice: a phrase key and a number.
        """

        async def look(
            tx: Tx,
        ) -> tuple[Participant | None, Card[Words], Kept | None, people.LiveCard | None]:
            person = await people.at_address(tx, channel, address)
            card = await live.card_of(self.house, tx, person)
            return person, *card, await people.card_at(tx, channel, address)

        (person, shown, kept, stands), anew = await lost.read(self.house, self.database, look)
        if anew or note:
            shown = live.noted(shown, lost.SAID if anew else note)
        return shown_to(person, shown, None, kept), stands

    async def page(
        self, channel: str, address: str, name: str, language: str | None = None
    ) -> Shown:
        """One of the pages around the interview, or of the administrators' desk. Raises KeyError
        for a page that there is not.
        """

        async def look(tx: Tx) -> Shown:
            person = await people.at_address(tx, channel, address)
            card = await live.page(self.house, tx, person, (channel, address), name)
            return shown_to(person, card, language)

        brief = not (live.of_desk(name) or live.of_work(name))  # these count what there is
        return (await lost.read(self.house, self.database, look, brief=brief))[0]

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
        async with self.database.reading(brief=True) as tx:
            who = await administrators.at_address(tx, channel, address)
        return who is not None and access.may(who.role, "invite")
