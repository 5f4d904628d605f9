"""What every door talks to: take what somebody did, and say what they should see now.

``take`` is one transaction: load, decide, save, queue what is to be said. Nothing is shown as
saved before its commit, because what is shown is rendered from what was committed.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import commands, pages, presses, scorecards, tokens, typed
from bot.channels import Asked, Incoming, Outcome, Pressed, Shown, Typed, Unreadable, Uploaded
from bot.fieldwork import access, desk_lists, desk_pages
from bot.fieldwork.documents import KINDS
from bot.house import House, under_way
from bot.showing import shown_to, stamped
from bot.taking_part import decline, part
from bot.texts import LANGUAGES, language_for, say, worded
from bot.visit import Visit
from bot.workspace import answering, beside, packs
from bot.workspace import pages as workspace
from flows.actions import Action, Command, Go, Write
from flows.card import Button, Phrase, Several, Words
from flows.screens import card
from storage import (
    administrators,
    invitations,
    ledger,
    organisations,
    outbox,
    participation,
    people,
)
from storage.database import lock_person
from storage.outbox import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.channels import Attachment
    from bot.fieldwork.documents import Documents
    from flows.card import Card
    from flows.instrument import Instrument
    from flows.session import Place
    from storage.database import Database, Tx
    from storage.people import Participant
    from storage.sessions import Kept

log = logging.getLogger(__name__)

ASKING = {"work", "verdict"}
"""Commands for which pages ask for words."""
PRESSED = {*ASKING, "scorecard", "take"}
"""Commands whose buttons on a page can be pressed by typing their label."""
ON_PAGE = "page "
"""How it is kept that a page was the last that somebody was shown."""
BRIEFLY = {"overtaken_by": "refused_overtaken", "not_yours_but": "refused_not_yours"}
"""What is said again from the outbox, which keeps no names."""
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
    setting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    """Held while a file is set: it takes processor time, and anybody may ask for many."""

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        """Take what was done, all of it in one transaction. Left by an exception, nothing was
        taken, or (where the commit itself failed) it is not known; the same may be handed in again.
        """
        async with self.database.writing() as tx:
            outcomes = [await self._take(tx, each) for each in incoming]
        self.wake()
        return outcomes

    async def current(
        self, channel: str, address: str, language: str | None = None, note: str = ""
    ) -> Shown:
        """The card that somebody should see now. A stranger sees the front page.

        ``note`` is what an outbox row remembers of a notice: a phrase key and a number.
        """
        async with self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            shown, kept = await self._live(tx, person)
        if note:
            shown = _noted(shown, note)
        return shown_to(person, shown, language, kept)

    async def page(
        self, channel: str, address: str, name: str, language: str | None = None
    ) -> Shown:
        """One of the pages around the interview, or of the administrators' desk. Raises KeyError
        for a page that there is not.
        """
        writes = name in pages.WRITING
        async with self.database.writing() if writes else self.database.reading() as tx:
            person = await people.at_address(tx, channel, address)
            card = await self._page(tx, person, (channel, address), name)
            return shown_to(person, card, language)

    async def _page(
        self, tx: Tx, person: Participant | None, door: tuple[str, str], name: str
    ) -> Card[Words]:
        if _of_desk(name):
            return await desk_pages.page(self.house, tx, *door, name)
        if name.partition(".")[0] == "work":
            return await workspace.page(self.house, tx, person, name)
        return await pages.page(self.house, tx, person, name)

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
            return await asyncio.to_thread(scorecards.attachment, kind, score, spoken), spoken

    async def heed(self, token: str, wish: str) -> bool:
        """Do what the owner of a letter's link wishes: no reminders ("off"), or no part in what it
        is about ("decline"). Whether there is such a link; it opens nothing, and is good for ever.
        """
        async with self.database.writing() as tx:
            of = await invitations.of_token(tx, tokens.digest(token))
            if of is None:
                return False
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
        person = await self._arrived(tx, incoming)
        await lock_person(tx, person.id)
        me = await organisations.of_person(tx, person.id)
        if me is not None:  # colleagues one after the other
            await lock_person(tx, f"company:{me.organisation}")
        # Between the look and the lock somebody may have forgotten or moved this person.
        visit = Visit(self.house, tx, incoming, await self._arrived(tx, incoming))
        await self._answer(visit)
        if incoming.channel in self.told:
            await self._queue(visit)
        return await self._outcome(visit)

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
            await outbox.put(tx, *door, "card", _new_with([said]), lane=INTERACTIVE, now=now)
        return Outcome((say(said, language_for(incoming.language)),), refused=True)

    async def _arrived(self, tx: Tx, incoming: Incoming) -> Participant:
        universe = self.house.universe
        return await people.arrive(
            tx,
            incoming.channel,
            incoming.address,
            language_for(incoming.language),
            new_id=universe.token(),
            secret=universe.random(16),
        )

    async def _answer(self, visit: Visit) -> None:
        await self._answer_said(visit)
        if visit.asking is None and visit.pages and visit.pages[-1].partition(".")[0] == "work":
            visit.asking = ON_PAGE + visit.pages[-1]
        if visit.person.asking != visit.asking:
            await people.set_asking(visit.tx, visit.person.id, visit.asking)

    async def _answer_said(self, visit: Visit) -> None:
        match visit.incoming.said:
            case Asked(command):
                await commands.run(visit, command.name, command.argument)
            case Pressed() as pressed:
                await self._press(visit, pressed)
            case Typed() as words:
                await self._type(visit, words)
            case Uploaded() as file:
                await desk_lists.uploaded(visit, file)
            case Unreadable(kind):
                visit.refuse(f"kind_{kind}")

    async def _press(self, visit: Visit, pressed: Pressed) -> None:
        asked = presses.read(pressed.code)
        if isinstance(asked, Command):
            if commands.stamped(visit, asked.name, asked.argument, pressed.stamp):
                await commands.run(visit, asked.name, asked.argument)
            else:
                visit.refuse("moved_on")
            return
        found = await visit.kept()
        if asked is None or found is None:
            visit.refuse("moved_on")
            return
        session = found[1].session
        at = pressed.at or session.at
        if await self._counts(visit, found, at, pressed.stamp):
            await visit.act((asked,) if at == session.at else (Go(at), asked))

    async def _counts(
        self, visit: Visit, found: tuple[Instrument, Kept], at: Place, stamp: str
    ) -> bool:
        """Whether what carries this stamp was done on a card that shows how things are; says why
        where not.
        """
        if stamped(visit.person, found[1], at, stamp):
            return True
        if not await answering.overtaken(visit, *found, at, stamp):
            visit.refuse("moved_on")
        return False

    async def _type(self, visit: Visit, words: Typed) -> None:
        asked = words.to or (None if words.at else presses.read(visit.person.asking or ""))
        if isinstance(asked, Command) and asked.name in ASKING:
            await commands.run(visit, asked.name, f"{asked.argument} {words.text}")
            return
        pressed = None if words.at else await self._on_page(visit, words.text)
        if pressed is not None:
            await commands.run(visit, pressed.name, pressed.argument)
            return
        found = await visit.kept()
        if found is not None and words.at is not None:
            session = found[1].session
            if not await self._counts(visit, found, words.at, words.stamp):
                return
            written: list[Action] = [] if words.at == session.at else [Go(words.at)]
            await visit.act((*written, Write(words.text, words.whole)))
            return
        shown, _ = await self._live(visit.tx, visit.person)
        languages = (visit.person.language, *LANGUAGES)
        said = typed.read([worded(shown, each) for each in languages], words.text)
        match said:
            case ():
                visit.refuse("not_understood")
            case (Command(name, argument),):
                await commands.run(visit, name, argument)
            case _ if found and await answering.overtaken(visit, *found, found[1].session.at, None):
                pass  # they are told who was faster
            case _:
                await visit.act([each for each in said if not isinstance(each, Command)])

    async def _on_page(self, visit: Visit, text: str) -> Command | None:
        """The button that words press by its label, on the page that was shown last."""
        name = (visit.person.asking or "").removeprefix(ON_PAGE)
        if name == (visit.person.asking or ""):
            return None
        door = visit.incoming.channel, visit.incoming.address
        shown = await self._page(visit.tx, visit.person, door, name)
        bare = replace(shown, rows=(), lines=(), entry=None)
        languages = (visit.person.language, *LANGUAGES)
        match typed.read([worded(bare, each) for each in languages], text):
            case (Command() as pressed,) if pressed.name in PRESSED:
                return pressed
        return None

    async def _queue(self, visit: Visit) -> None:
        """Queue what is to be said: never its words, which are chosen when it is sent."""
        incoming = visit.incoming
        now = self.house.universe.seconds()
        door = incoming.channel, incoming.address
        for name in visit.pages:
            page = f"{name}:{visit.person.language}"
            if isinstance(incoming.said, Pressed) and await self._changes(visit, name):
                page += f":{incoming.said.on}"
            await outbox.put(visit.tx, *door, "page", page, lane=INTERACTIVE, now=now)
        for benchmark in visit.files:
            for kind in scorecards.SENT:
                file = f"{kind}:{benchmark}"
                await outbox.put(visit.tx, *door, "file", file, lane=INTERACTIVE, now=now)
        for file in visit.documents:
            await outbox.put(visit.tx, *door, "file", file, lane=INTERACTIVE, now=now)
        beside = visit.pages or visit.files or visit.documents
        if visit.shows_card and not (beside and isinstance(incoming.said, Asked)):
            # A press redraws the card it stood on; words push that card up, so it comes anew.
            edits = isinstance(incoming.said, Pressed) and not visit.comes_anew
            card_is = "edit" if edits else _new_with(visit.notices)
            await outbox.put(visit.tx, *door, "card", card_is, lane=INTERACTIVE, now=now)

    async def _changes(self, visit: Visit, name: str) -> bool:
        """Whether a page takes the place of the message that was pressed: where that is a page of
        the same kind, and not the live card.
        """
        said = visit.incoming.said
        if not isinstance(said, Pressed) or said.on is None:
            return False
        if _of_desk(name):
            return True  # buttons of the desk stand on its pages only
        live = await people.card_at(visit.tx, visit.incoming.channel, visit.incoming.address)
        on_card = live is not None and live.message_id == said.on
        return name.partition(".")[0] == "work" and not on_card

    async def _outcome(self, visit: Visit) -> Outcome:
        language = visit.person.language
        asked_for: list[Shown] = []
        if visit.incoming.channel not in self.told:
            for name in visit.pages:
                door = visit.incoming.channel, visit.incoming.address
                page = await self._page(visit.tx, visit.person, door, name)
                asked_for.append(shown_to(visit.person, page, language))
        return Outcome(
            notices=tuple(say(notice, language) for notice in visit.notices),
            refused=visit.refused,
            pages=tuple(asked_for),
            files=tuple(visit.files),
            documents=tuple(visit.documents),
        )

    async def _live(self, tx: Tx, person: Participant | None) -> tuple[Card[Words], Kept | None]:
        """The live card: of the interview, the receipt after it, or the front page."""
        if person is None:
            return await pages.home(self.house, tx, None), None
        found = await under_way(self.house, tx, person)
        if found is not None:
            instrument, kept = found
            shown = self._with_newer(card(instrument, kept.session), instrument)
            return await beside.told(self.house, tx, instrument, kept, shown), kept
        installed = self.house.shelf.get(person.instrument or "")
        if installed is not None:
            taken = await part(self.house, tx, person.id, installed.id)
            if taken is not None and taken.done:
                return await pages.sent(self.house, tx, person, installed), None
        return await pages.home(self.house, tx, person), None

    def _with_newer(self, shown: Card[Words], pinned: Instrument) -> Card[Words]:
        """An offer to move to a newer edition, where there is one; nobody is moved unasked."""
        installed = self.house.shelf.get(pinned.id)
        offered = shown.name in {"introduction", "contents", "review", "paused"}
        if not offered or installed is None or installed.edition == pinned.edition:
            return shown
        args: dict[str, Words | int] = {"edition": installed.edition}
        offer: Button[Words] = Button(
            Phrase("button_move", args), Command("move", installed.edition)
        )
        return replace(
            shown,
            paragraphs=(*shown.paragraphs, Phrase("newer_edition", args)),
            buttons=((offer,), *shown.buttons),
        )


def _of_desk(page: str) -> bool:
    return page.partition(".")[0] == "admin"


def _new_with(notices: Sequence[Phrase]) -> str:
    """The outbox reference of a new card that says the first of these: a key and a number.

    A notice that needs more than its row keeps is left out: the card could not be worded.
    """
    if not notices:
        return "new"
    key, args = notices[0].key, notices[0].args
    if key in BRIEFLY:
        return f"new:{BRIEFLY[key]}:0"
    return "new" if args.keys() - {"n", "numbers"} else f"new:{key}:{args.get('n', 0)}"


def _noted(shown: Card[Words], note: str) -> Card[Words]:
    key, _, number = note.partition(":")
    lacking = tuple(line.number for line in shown.lines if line.state == "missing")
    said = Phrase(key, {"n": int(number or 0), "numbers": Several(lacking)})
    return replace(shown, notices=(said, *shown.notices))
