"""One thing that somebody did, while it is being taken: who, where, and what is to be said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from bot import live, presses, submission
from bot.fieldwork import reminders
from bot.house import under_way, zone_of
from bot.submission import Sent
from bot.taking_part import part
from bot.workspace import answering, beside, founding, sending
from flows.actions import Action, Refused, Shortened, Submitted
from flows.card import Phrase, Several, Words
from flows.engine import advance, begin
from storage import (
    administrators,
    invitations,
    organisations,
    participation,
    people,
    rounds,
    sessions,
)
from storage.database import lock_person
from storage.responses import Response
from storage.sessions import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.batch import Answering, Batch, Door
    from bot.channels import Incoming
    from bot.house import House
    from flows.actions import Command
    from flows.card import Card
    from flows.instrument import Instrument
    from flows.ladder import State
    from flows.rounds import Round
    from flows.session import Answer, Session
    from storage.database import Tx
    from storage.people import Participant
    from storage.sessions import Kept


@dataclass(slots=True)
class Visit:
    """What is known and what has been decided so far."""

    house: House
    tx: Tx
    incoming: Incoming
    person: Participant
    batch: Batch
    notices: list[Phrase] = field(default_factory=list)
    refused: bool = False
    pages: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """What files are wanted of: the ids of benchmarks, for their scorecards."""
    documents: list[str] = field(default_factory=list)
    """Files for an administrator: kind and of what, as the outbox keeps it."""
    shows_card: bool = True
    comes_anew: bool = False
    """Whether the card is sent below what was pressed, and not put right where it stands above."""

    asking: str | None = None
    """What this person's next words are for: the code of a command."""

    def ask_words(self, page: str, does: Command) -> None:
        """Show a page that asks for words, which go to a command."""
        self.pages.append(page)
        self.asking = presses.code_of(does)

    def at(self, instrument: str) -> None:
        """Have this person be at an instrument, as is kept already."""
        self.person = replace(self.person, instrument=instrument)

    def say(self, key: str, **args: Words | int) -> None:
        """Say something that is no refusal."""
        self.notices.append(Phrase(key, args))

    def refuse(self, reason: str, **args: Words | int) -> None:
        """Say why nothing changed."""
        self.refused = True
        self.notices.append(Phrase(f"refused_{reason}", args))

    def refuse_with(self, why: Phrase) -> None:
        """Say why nothing changed, in words that name more than a number."""
        self.refused = True
        self.notices.append(why)

    async def speak(self, language: str) -> None:
        """Speak another language from here on."""
        await people.set_language(self.tx, self.person.id, language)
        door = self.incoming.channel, self.incoming.address
        await administrators.speak(self.tx, *door, language)
        self.person = replace(self.person, language=language)

    async def leave(self) -> None:
        """Go to the front page; what is under way stays under way."""
        await people.set_instrument(self.tx, self.person.id, None)
        self.person = replace(self.person, instrument=None)

    async def become(self, participant_id: str) -> None:
        """Be, at this door, the person who stands at another."""
        door = self.incoming.channel, self.incoming.address
        await people.move_address(self.tx, *door, participant_id)
        self.person = await people.get(self.tx, participant_id) or self.person

    async def renew(self) -> None:
        """Stand at the new address from here on, where the channel gives one: what the old one was
        known to, and the codes that were made there, open nothing any more.
        """
        of = self.incoming
        if of.renewed in {"", of.address}:
            return
        for each in (people, administrators):
            await each.renew_address(self.tx, of.channel, of.address, of.renewed)
        await invitations.void_code(self.tx, self.person.id)
        self.incoming = replace(of, address=of.renewed)

    async def begin_apart(self) -> None:
        """Be somebody new at this door, and no longer who stands at other doors, too: they might
        be another's. Both are one again by a code.
        """
        of, universe = self.incoming, self.house.universe
        await people.leave_address(self.tx, of.channel, of.address)
        self.person = await people.arrive(
            self.tx,
            of.channel,
            of.address,
            self.person.language,
            new_id=universe.token(),
            secret=universe.random(16),
        )

    @property
    def answering(self) -> Answering | None:
        """What the batch knows of this person, who only answers so far."""
        return self.batch.answering.get(self.door)

    @property
    def door(self) -> Door:
        """Where they stand."""
        return self.incoming.channel, self.incoming.address

    async def kept(self) -> tuple[Instrument, Kept] | None:
        """The session under way at this visit, with the edition it is pinned to."""
        known = self.answering
        if known is not None:
            return known.instrument, known.kept
        return await under_way(self.house, self.tx, self.person)

    async def goes_beyond(self) -> None:
        """What is done now is more than an answer and may concern anybody: from here on the
        database is asked.
        """
        await self.batch.keep()
        self.batch.forget()

    async def card(self) -> Card[Words]:
        """The live card as it is now."""
        known = self.answering
        if known is not None:
            return live.drawn(self.house, known.instrument, known.kept)
        return (await live.card_of(self.house, self.tx, self.person))[0]

    async def may_take(self, instrument: str) -> bool:
        """Whether this person may answer the instrument: invited, or open to everybody."""
        return await part(self.house, self.tx, self.person.id, instrument) is not None

    async def take_up(self, instrument: Instrument) -> None:
        """Turn to an instrument: the session under way, or a new one at its introduction."""
        tx, person = self.tx, self.person
        now = self.house.universe.now()
        found = await part(self.house, tx, person.id, instrument.id)
        if found is None:
            self.refuse("no_access")
            return
        if not (found.done or found.round.takes_answers(now)):
            planned = found.round.phase(now) == "planned"
            self.refuse("round_planned" if planned else "round_closed")
            return
        await people.set_instrument(tx, person.id, instrument.id)
        self.person = replace(person, instrument=instrument.id)
        if found.done:
            return
        shared = await self._shared(instrument, found.round)
        if shared is not None and not shared.assessment:
            return
        kept = await sessions.load(tx, self.house.keys, person.id, instrument.id)
        under_way = kept is not None and bool(kept.session.answers)
        if found.state is not None or under_way:
            await self._climb(instrument, found.round, under_way=under_way)
        if kept is not None and shared is not None and kept.round != found.round.name:
            await sessions.remove(tx, person.id, instrument.id)
            kept = None
        if kept is None:
            await self._draft(instrument, found.round, shared)
        elif kept.round != found.round.name:
            await sessions.carry_over(tx, person.id, instrument.id, found.round.name)

    async def _climb(self, instrument: Instrument, of: Round, *, under_way: bool) -> None:
        """Whoever leads has seen what it is about, or is under way; so has who came beside them."""
        tx, lead = self.tx, await self.lead(instrument)
        climb = participation.begin if under_way else participation.open_
        await climb(tx, lead.id, instrument.id, of.name)
        if lead.id != self.person.id:
            step: State = "begun" if under_way else "opened"
            await participation.move(tx, self.person.id, instrument.id, of.name, step)
        await reminders.plan(self.house, tx, lead, of)

    async def _draft(self, instrument: Instrument, of: Round, shared: Shared | None) -> None:
        """A new draft, at the introduction, or where somebody's part begins."""
        tx, who, now = self.tx, self.person.id, self.house.universe.seconds()
        session, day = begin(instrument), self.day(of)
        first = None if shared is None else await founding.first_part(tx, who, instrument)
        if first is not None:
            session = replace(session, at=first)
        keys = self.house.keys
        await sessions.save(
            tx, keys, who, session, None, now=now, day=day, round_name=of.name, shared=shared
        )

    async def _shared(self, instrument: Instrument, of: Round) -> Shared | None:
        """The company's assessment that a benchmark's answers belong to; its number is 0 where it
        was sent already, by somebody else.
        """
        if instrument.kind != "benchmark":
            return None
        me = await founding.member(self.house, self.tx, self.person)
        await lock_person(self.tx, f"company:{me.organisation}")  # who comes first begins it
        if me.looks_at is not None:
            await organisations.look(self.tx, me, None)
        there = await founding.assessment(self.house, self.tx, me, instrument, of.name)
        if there.state == "open":
            return Shared(there.id)
        await participation.together(self.tx, [self.person.id], instrument.id, of.name, "finished")
        return Shared(0)

    async def lead(self, instrument: Instrument) -> Participant:
        """Whose part in a round counts for this person: the owner's for an invited colleague."""
        if instrument.kind != "benchmark":
            return self.person
        leading = await organisations.lead(self.tx, self.person.id)
        return await people.get(self.tx, leading) or self.person

    async def act(
        self, actions: Sequence[Action], found: tuple[Instrument, Kept] | None = None
    ) -> None:
        """Do what was pressed or typed, one after the other, and keep what came of it. ``found``
        is the session, where it was looked at already.

        All or nothing: where one is refused, none has happened.
        """
        found = found or await self.kept()
        if found is None or not self._in_turn(found[1]):
            self.refuse("moved_on")
            return
        instrument, kept = found
        of = await self.batch.round(kept.session.instrument, kept.round)
        checked = kept.assessment is not None and kept.assessment.state != "open"
        if not (of is None or checked or of.takes_answers(self.house.universe.now())):
            self.refuse("round_closed")
            return
        session = await self._advanced(instrument, kept, actions)
        if session is None or session == kept.session:
            return
        shared = None
        if kept.assessment is not None:
            there = kept.assessment
            session = beside.onward(self.house.shelf.rules(instrument.id), kept.session, session)
            if not await answering.keep(self, instrument, kept, there, session):
                return
            shared = Shared(there.id, kept.by_others(session.at.item))
        if session.answers and not kept.session.answers:
            await self._begin(instrument, of or rounds.always(instrument.id))
        known, newest, day = self.answering, self.incoming.update_id, self.day(of)
        if known is not None:
            known.becomes(session, day, newest)
            return
        now, who, keys = self.house.universe.seconds(), self.person.id, self.house.keys
        await sessions.save(
            self.tx, keys, who, session, kept, now=now, day=day, shared=shared, update_id=newest
        )

    def _in_turn(self, kept: Kept) -> bool:
        """Whether nothing changed this draft that was done later. Telegram brings words and
        presses of one chat beside each other: what comes late is for a card that is gone.
        """
        number = self.incoming.update_id
        return number is None or kept.awaits(number, self.house.universe.day())

    async def _advanced(
        self, instrument: Instrument, kept: Kept, actions: Sequence[Action]
    ) -> Session | None:
        """The session after these actions; None where one was refused, or all was sent."""
        session = kept.session
        for action in actions:
            turn = advance(instrument, session, action)
            session = turn.session
            for event in turn.events:
                match event:
                    case Refused():
                        self._say_refusal(instrument, event)
                        return None
                    case Shortened(left_out):
                        self.say("shortened", n=left_out)
                    case Submitted(answers):
                        await self._submit(instrument, kept, answers)
                        return None
        return session

    async def _begin(self, instrument: Instrument, of: Round) -> None:
        """The first answer: this person is under way, and may be reminded from now on."""
        lead = await self.lead(instrument)
        await participation.begin(self.tx, lead.id, of.instrument, of.name)
        if lead.id != self.person.id:
            await participation.move(self.tx, self.person.id, of.instrument, of.name, "begun")
        await reminders.plan(self.house, self.tx, lead, of)

    def day(self, of: Round | None) -> int:
        """The day it is where the person is, or the round, counted from 1970."""
        usual = self.house.manners.zone if of is None else of.zone
        local = self.house.universe.now().astimezone(zone_of(self.person.zone, usual))
        return (local.date() - date(1970, 1, 1)).days

    async def _submit(
        self, instrument: Instrument, kept: Kept, answers: Mapping[str, Answer]
    ) -> None:
        await self.batch.part_with(self.door)
        said = Sent(answers, kept.round, kept.begun_at, self.incoming.channel, self.person.language)
        if kept.assessment is not None:
            await sending.ask(self, instrument, kept, said)
            return
        if not await submission.submit(self.tx, self.house, self.person.id, instrument, said):
            self.refuse("already_sent")
        elif Response(answers).attached:
            self.say("survey_sent_attached")

    def _say_refusal(self, instrument: Instrument, event: Refused) -> None:
        items = (instrument.item(each) for each in event.items)
        numbers = tuple(item.number for item in items if item is not None)
        self.refuse(event.reason, numbers=Several(numbers), n=event.limit)
