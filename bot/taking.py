"""Taking what was done in one transaction: who answers together, who does more one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import answers, live, lost
from bot.batch import Batch, only_answered
from bot.channels import Asked, Incoming, Outcome, Pressed, Shown, Unreadable
from bot.queueing import new_with, queue
from bot.showing import shown_to
from bot.speaking import Ready
from bot.texts import language_for, say
from bot.visit import Visit
from flows.actions import Command
from flows.card import Phrase
from storage import ledger, organisations, outbox, participation, people
from storage.database import hurry, lock_person
from storage.outbox import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.batch import Door
    from bot.house import House
    from bot.speaking import Speaker
    from storage.database import Tx
    from storage.people import Participant


@dataclass(slots=True)
class Taking:
    """One transaction in which everything of a batch is taken."""

    house: House
    batch: Batch
    told: frozenset[str]
    """Channels that are told what to show, through the outbox; the others ask for it."""
    anew: Collection[str] = ()
    """Whose draft could not be opened any more, and begins anew."""
    leaves: bool = False
    """Whether something may be left to be said that nobody has claimed."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done: first of everybody who does more than answer, one after the other;
        then of who answers, because the others cannot make untrue any more what is known of those.
        """
        batch = self.batch
        outcomes: dict[int, Outcome] = {}
        numbers = [each.update_id for each in incoming if each.update_id is not None]
        new = await ledger.first_times(batch.tx, numbers, self.house.universe.day())
        answered = only_answered(incoming)
        for index, one in enumerate(incoming):
            if one.update_id is not None and one.update_id not in new:
                outcomes[index] = Outcome(seen=True)
            elif _door(one) not in answered:
                outcomes[index] = await self._take(one)
            if one.update_id is not None:
                new.discard(one.update_id)  # the same one once more in one batch is a repetition
        waiting = [index for index in range(len(incoming)) if index not in outcomes]
        await hurry(batch.tx, here=True)
        await batch.look({_door(incoming[each]) for each in waiting})
        beyond = [each for each in waiting if _door(incoming[each]) not in batch.answering]
        if beyond:
            batch.forget()
            for each in beyond:
                outcomes[each] = await self._take(incoming[each])
            waiting = [index for index in waiting if index not in outcomes]
            await hurry(batch.tx, here=True)
            await batch.look({_door(incoming[each]) for each in waiting})
        for each in waiting:
            outcomes[each] = await self._take(incoming[each])
        await batch.keep()
        return [outcomes[index] for index in range(len(incoming))]

    async def queue(self, speaker: Speaker) -> list[Ready]:
        """Queue the cards that are to be shown; those that were claimed are to be said after the
        commit, as they are now.
        """
        tx, cards, now = self.batch.tx, self.batch.cards, self.house.universe.seconds()
        claim, room, moment = speaker.claim()
        drawn = await self._drawn(list(cards)[:room])
        for door in cards.keys() - drawn.keys():
            self.leaves = True
            await outbox.put(tx, *door, "card", cards[door], lane=INTERACTIVE, now=now)
        ready: list[Ready] = []
        for channel in {channel for channel, _ in drawn}:
            mine = {door: cards[of, door] for of, door in drawn if of == channel}
            due = await outbox.put_claimed(tx, channel, mine, now=moment, claim=claim)
            self.leaves |= not due
            ready += [Ready(each, claim, *drawn[channel, each.address]) for each in due]
        return ready

    async def _drawn(
        self, doors: Sequence[Door]
    ) -> dict[Door, tuple[Shown, people.LiveCard | None]]:
        """The card at each of these doors as things stand in this transaction, and the message on
        which the one before it stands; left out is where something else is being said.
        """
        batch = self.batch
        drawn: dict[Door, tuple[Shown, people.LiveCard | None]] = {}
        others = [door for door in doors if door not in batch.answering]
        there = await batch.there(others)
        for door in doors:
            if door not in batch.free:
                continue
            _, _, note = batch.cards[door].partition(":")
            if door in batch.answering:
                known = batch.answering[door]
                drawn[door] = known.shown(self.house, note), known.stands
            elif door in there:
                person, stands = there[door]
                card, kept = await live.card_of(self.house, batch.tx, person)
                noted = live.noted(card, note) if note else card
                drawn[door] = shown_to(person, noted, None, kept), stands
        return drawn

    async def _take(self, incoming: Incoming) -> Outcome:
        batch, tx = self.batch, self.batch.tx
        known = batch.answering.get(_door(incoming))
        if known is not None:
            return await self._visited(Visit(self.house, tx, incoming, known.person, batch))
        self.leaves |= not _concerns_nobody_else(incoming)
        await hurry(tx, here=_is_brief(incoming))
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
        if visit.person.id in self.anew:
            visit.say(lost.SAID)
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


def _concerns_nobody_else(incoming: Incoming) -> bool:
    """Whether nothing comes of it but the card of who does it."""
    match incoming.said:
        case Asked(Command("start", "")):
            return True
        case Pressed(code):
            return code.startswith(("k:take:", "k:home"))
    return False


def _is_brief(incoming: Incoming) -> bool:
    """Whether what comes of it looks at a few rows by their keys, and at nothing that grows."""
    pressed = isinstance(incoming.said, Pressed) and not incoming.said.code.startswith("k:")
    return pressed or _concerns_nobody_else(incoming)


async def _where_they_stand(tx: Tx, incoming: Incoming) -> Incoming:
    """Pressed twice, or with its answer lost on the way, a link's button finds the person whom the
    first press let in.
    """
    if not incoming.renewed:
        return incoming
    there = await people.at_address(tx, incoming.channel, incoming.renewed)
    return incoming if there is None else replace(incoming, address=incoming.renewed)
