"""People who walk the survey: they press what they see, type where words are asked for, and wait
until what they did is acknowledged. Which bot they speak with they do not know.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import count
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tests.benchmarks.speed.chats import Chat

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.speed.ledger import Ledger

REACTION = 0.005
"""Seconds that the quickest need: nobody presses a button before the bot knows that it is shown."""
STEPS = 30
"""About how many things one does on the whole way."""
TICKS = 2
"""How many options of a tick-all question somebody ticks."""
OVER = "Front page"
"""The button that says that everything is sent."""
DECLINES = ("No comment", "Skip")
ONWARD = ("Start", "Next", *DECLINES, "Send", "1")
"""Buttons that lead on; the survey is the first one that a front page lists."""
_NOT_YET, _DONE = "○☐", "●☑"
_SIGNS = "○☐●☑✓➤▶→← 📋📝🚀"


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands on the buttons of a card."""

    open: list[str]
    """What the options carry that are not chosen yet."""
    chosen: int
    labels: dict[str, str]
    """What the other buttons carry, by what they say."""

    @property
    def asks_for_words(self) -> bool:
        """Whether something may be typed: nothing is to choose, and it can be declined."""
        lists = self.open or self.chosen or any(label.isdigit() for label in self.labels)
        return not lists and any(each in self.labels for each in DECLINES)

    def onward(self) -> str | None:
        """What the button carries that leads on, where there is one."""
        return next((self.labels[each] for each in ONWARD if each in self.labels), None)


def look(buttons: list[dict[str, Any]]) -> Seen:
    """What a person sees there."""
    options: list[str] = []
    labels: dict[str, str] = {}
    chosen = 0
    for each in buttons:
        label = each["text"]
        if label[0] in _NOT_YET:
            options.append(each.get("callback_data", ""))
        elif label[0] in _DONE:
            chosen += 1
        else:
            labels[label.strip(_SIGNS)] = each.get("callback_data", "")
    return Seen(options, chosen, labels)


class Person:
    """One after the other, people who begin, walk and are done."""

    __slots__ = (
        "began", "chat", "crowd", "number", "query", "said", "shown", "steps", "waits", "words",
    )  # fmt: skip

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.number = number
        self.chat = Chat(0)
        self.waits = False
        self.query = ""
        """The press that the bot has not answered yet: its button still shows a waiting sign."""
        self.began = 0.0
        self.steps = 0
        self.words = 0
        self.said: list[str] = []
        self.shown: tuple[int, bytes] = (0, b"")

    def arrives(self) -> None:
        """Somebody new opens the chat."""
        self.chat = self.crowd.new_chat(self)
        self.words, self.said = 0, []
        self._types("/start")

    def looks(self) -> None:
        """Something was shown; go on if it is what was waited for."""
        shown = (self.chat.card, self.chat.shows)
        if not self.waits or not self.chat.buttons or shown == self.shown:
            return
        self.waits = False
        self.steps += 1
        self.crowd.ledger.acknowledged(self.began)
        if not self.query:
            self.crowd.goes_on(self)

    def is_answered(self, query: str) -> None:
        """The waiting sign goes; who has seen what came of the press goes on."""
        if query == self.query:
            self.query = ""
            if not self.waits:
                self.crowd.goes_on(self)

    def acts(self) -> None:
        """The next thing to do, by what is seen."""
        seen = look(self.chat.buttons)
        if OVER in seen.labels:
            self.crowd.is_over(self)
        elif seen.asks_for_words and self._has_something_to_say():
            self._types(self._words())
        elif seen.open and seen.chosen < TICKS and not ("Next" in seen.labels and seen.chosen > 1):
            self._presses(seen.open[self.number % min(2, len(seen.open))])
        elif (sends := seen.onward()) is not None:
            self._presses(sends)
        else:
            self.crowd.lost.append(f"nothing leads on: {[*seen.labels]}")

    def _has_something_to_say(self) -> bool:
        """Every second time; the last question of all is one of those."""
        self.words += 1
        return self.words % 2 == 0

    def _words(self) -> str:
        words = f"words {self.words} of person {self.chat.id}"
        self.said.append(words)
        return words

    def _types(self, text: str) -> None:
        self._waits()
        self.crowd.put(self.chat.types(self.crowd.next_update(), text))

    def _presses(self, data: str) -> None:
        self._waits()
        update = self.crowd.next_update()
        self.query = f"{self.chat.id}-{update}"
        self.crowd.put(self.chat.presses(update, self.query, data))

    def _waits(self) -> None:
        self.waits = True
        self.shown = (self.chat.card, self.chat.shows)
        self.began = perf_counter()


class Crowd:
    """Everybody who is there."""

    def __init__(
        self,
        ledger: Ledger,
        put: Callable[[bytes], None],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self.ledger = ledger
        self.put = put
        self.think = 0.0
        """Seconds between an answer and what somebody does next."""
        self.to_come: int | None = None
        """How many more people come when others are done; without a number, they never stop."""
        self.lost: list[str] = []
        """Of those who do not know what to do: why."""
        self.done = asyncio.Event()
        """Everybody who came is done, and nobody else comes."""
        self.said: list[list[str]] = []
        """What those who are over have typed, where the walks are numbered."""
        self._gathering = False
        self._here = 0
        self.gathered = asyncio.Event()
        """Everybody who was to gather is where they wait."""
        self._gathered: list[Person] = []
        self._later = later
        self._people: dict[int, Person] = {}
        self._chats = count(1_000)
        self._updates = count(1)

    def comes(self, people: int, walks: int | None = None) -> None:
        """So many people at a time from here on; with ``walks``, so many in all."""
        self.to_come = None if walks is None else walks - people
        for number in range(people):
            Person(self, number).arrives()

    def gathers(self, people: int) -> None:
        """So many people come, and each goes to another place of the walk and waits there: so that
        what is measured afterwards has everything in it that a walk has.
        """
        self._gathering = True
        self._here = people
        self.comes(people)

    def sets_off(self, think: float = 0.0) -> None:
        """Everybody goes on from where they waited, in no particular order."""
        self._gathering, self.think = False, think
        Random(1).shuffle(self._gathered)
        for place, person in enumerate(self._gathered):
            self._later(think * place / len(self._gathered), person.acts)
        self._gathered.clear()

    def leaves(self) -> None:
        """Nobody does anything any more."""
        self.put = lambda _: None
        self._people.clear()

    def person(self, chat: int) -> Person | None:
        """Whose chat this is, if they are still there."""
        return self._people.get(chat)

    def new_chat(self, person: Person) -> Chat:
        """A chat that nobody has used."""
        chat = Chat(next(self._chats))
        self._people[chat.id] = person
        return chat

    def next_update(self) -> int:
        """The number of the next update."""
        return next(self._updates)

    def goes_on(self, person: Person) -> None:
        """Somebody was answered: they think, and act."""
        if self._gathering and person.steps > person.number * STEPS // self._here:
            self._gathered.append(person)
            if len(self._gathered) == self._here:
                self.gathered.set()
        else:
            self._later(self.think or REACTION, person.acts)

    def is_over(self, person: Person) -> None:
        """They have sent everything; somebody else comes, if anybody is left to come."""
        del self._people[person.chat.id]
        self.ledger.walks += 1
        if self.to_come is None:
            person.arrives()
            return
        self.said.append(person.said)
        self.to_come -= 1
        if self.to_come >= 0:
            person.arrives()
        elif not self._people:
            self.done.set()
