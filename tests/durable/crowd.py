"""People who answer in Telegram, quickly and carelessly, and write down what they did."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.texts import template
from tests.bot_api import BotApi, Call
from tests.durable.reference import (
    CHECKS,
    INTRODUCTION,
    REVIEW,
    SENT,
    Did,
    Place,
    Walk,
    is_single,
    rows_of,
)
from tests.people import _keys

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable

    from tests.bot_api import Parameters
    from tests.durable.reference import Form
    from tests.loopback import Request, Response
    from tests.people import Person

ONWARD = ("next", "skip", "later", "no_comment", "back_to_review")
SYLLABLES = ("ka", "lo", "mi", "nu", "re", "sa", "ti", "vo")
MARK = re.compile(f"q(?:{'|'.join(SYLLABLES)}){{4}}q")
"""What is in all words of somebody, and in nobody else's."""


def label(*keys: str) -> set[str]:
    return {template("en", key if key.startswith("work_") else f"button_{key}") for key in keys}


class Square(BotApi):
    """Many chats, and somebody in each who waits for that chat alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.said: Counter[int] = Counter()
        """How many new messages each chat was sent."""
        self.latest: defaultdict[int, deque[str]] = defaultdict(lambda: deque(maxlen=8))
        """The last calls about each chat, as they were answered."""
        self._news: dict[int, asyncio.Event] = {}

    async def shows(self, chat: int, condition: Callable[[], bool]) -> None:
        """Wait until this holds, looked at when something was said in the chat."""
        while not condition():
            await self._news.setdefault(chat, asyncio.Event()).wait()
            self._news[chat].clear()

    def wakes(self, chat: int) -> None:
        """Whoever waits there looks again."""
        self._news.setdefault(chat, asyncio.Event()).set()

    async def _done(self, request: Request, method: str, parameters: Parameters) -> Response:
        response = await super()._done(request, method, parameters)
        self.ledger.clear()  # many thousands of calls; what is wanted of them is counted here
        chat = Call(method, parameters, 0).chat
        if chat is not None:
            self.said[chat] += method == "sendMessage" and response.status == 200
            begins = str(parameters.get("text", ""))[:60]
            self.latest[chat].append(f"{time.time():.3f} {method} {response.status} {begins!r}")
            self.wakes(chat)
        return response


@asynccontextmanager
async def square() -> AsyncIterator[Square]:
    """A stand-in for the Bot API with room for many, stopped at the end."""
    api = Square()
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


@dataclass
class Walker:
    """Somebody on their way through a form."""

    api: Square
    person: Person
    form: Form
    chance: random.Random
    did: dict[int, Did] = field(default_factory=dict)
    """By the number of the update that came of it."""
    words: int = 0
    """Texts written so far: each is one that nobody else writes."""
    coming: set[int] = field(default_factory=set)
    """The press with which they come in."""
    _walk: Walk | None = None

    @property
    def walk(self) -> Walk:
        """Where they are, by what they did."""
        if self._walk is None:
            self._walk = Walk(self.form)
            for did in self.did.values():
                self._walk.does(did)
        return self._walk

    def lost(self, update_id: int) -> None:
        """What they did there never reached the product. Who has not come in yet tries again."""
        if update_id in self.coming:
            self.coming = {self._takes()}
        if self.did.pop(update_id, None) is not None:
            self._walk = None
            self.api.wakes(self.person.id)

    @property
    def mark(self) -> str:
        """What is in all words of theirs, and in nobody else's."""
        digits = f"{self.person.id:04o}"
        return "q" + "".join(SYLLABLES[int(digit)] for digit in digits) + "q"

    async def comes(self) -> None:
        """Come in and take the form up."""
        await self.person.says("/start")
        await self._until(lambda: self._finds(f"k:take:{self.form.id}") is not None)
        self.coming = {self._takes()}
        await self.sees()
        self.coming = set()

    def _takes(self) -> int:
        """Press on the form's name; the number of that update."""
        return self.person.presses_data(
            self._finds(f"k:take:{self.form.id}"), self.person.chat.card
        )

    async def walks(self) -> None:
        """Go on until everything is sent."""
        while self.walk.at != SENT:
            await self.acts()

    async def goes_home(self) -> None:
        """Press one more button, after everything was sent: the chat still works."""
        self.person.presses_data(self._labelled("home"), self.person.chat.card)
        await self._until(lambda: self._labelled("home") is None)

    async def acts(self) -> None:
        """Do something where they are, and see what comes of it."""
        await self._burst()
        await self.sees()

    async def sees(self) -> None:
        """Wait until the newest card shows what it must."""
        await self._until(self.looks_right)

    async def _until(self, condition: Any) -> None:
        await self.api.shows(
            self.person.id, lambda: bool(self.person.chat.from_bot) and condition()
        )

    def looks_right(self) -> bool:
        """Whether the newest card is the one of where they are, with what they said."""
        walk, text = self.walk, self.person.screen
        said = walk.of(walk.at[1]) if len(walk.at) > 1 else None
        match walk.at:
            case ("introduction",):
                return bool(label("start", "go_on") & set(self.person.buttons))
            case ("review",):
                return self._reviews()
            case ("checks",):
                return self._labelled("work_send_all_the_same") is not None
            case ("sent",):
                return template("en", "button_home") in self.person.buttons
            case ("comment", name):
                number = f"{self.form.item(name)['number']}."
                there = self._labelled("back_to_question") is not None and number in text
                return there and said is not None and _has(text, said.words)
            case ("field", name, line):
                fields = self.form.item(name)["fields"]
                asked = next(each["label"] for each in fields if each["id"] == line)
                return self._labelled("back_to_question") is not None and asked in text
            case ("other", name):
                asked = next(
                    row["text"] for row in rows_of(self.form.item(name)) if row.get("text_entry")
                )
                return self._labelled("back_to_question") is not None and asked in text
        return self._item_looks_right(walk.at[1])

    def _item_looks_right(self, name: str) -> bool:
        item, said = self.form.item(name), self.walk.of(name)
        if item["kind"] == "text":
            asked = f"{item['number']}. " in self.person.screen and not self._reviews()
            return (
                asked
                and self._labelled("back_to_question") is None
                and _has(self.person.screen, said.words)
            )
        if item["kind"] == "contact":
            asked = self._finds(f"g:fi:{name}:") is not None
            return asked and all(words in self.person.screen for words in said.fields.values())
        return self.ticks_shown() == said.rows

    def ticks_shown(self) -> set[str] | None:
        """The rows that the newest card shows as ticked; None where it is of another question."""
        item = self.form.item(self.walk.at[1]) if self.walk.at[0] == "item" else {}
        rows = [each["id"] for each in rows_of(item)] if item else []
        if not rows or any(self._row(item, each) is None for each in rows):
            return None
        return {each for each in rows if self._is_marked(item, each)}

    def _reviews(self) -> bool:
        return template("en", "review_title") in self.person.screen

    def _row(self, item: dict[str, Any], row: str) -> dict[str, Any] | None:
        code = f"c:{item['id']}:{row}" if is_single(item) else f"t:{item['id']}:{row}:"
        return next(
            (key for key in _keys(self.person.chat.card) if code in f"{key['callback_data']}"), None
        )

    def _is_marked(self, item: dict[str, Any], row: str) -> bool:
        key = self._row(item, row)
        return key is not None and key["text"].startswith(("●", "☑"))

    def _finds(self, part: str) -> str | None:
        datas = (key["callback_data"] for key in _keys(self.person.chat.card))
        return next((data for data in datas if part in data), None)

    def _labelled(self, *keys: str) -> str | None:
        wanted = label(*keys)
        for key in _keys(self.person.chat.card):
            if key["text"].strip("➤▶→← ") in wanted:
                return str(key["callback_data"])
        return None

    def _press(self, data: str, did: Did | None = None) -> None:
        for _ in range(self.chance.choices((1, 2), (9, 1))[0]):
            number = self.person.presses_data(data, self.person.chat.card)
            self._note(number, did)

    def _note(self, number: int, did: Did | None) -> None:
        if did is not None:
            self.did[number] = did
            self.walk.does(did)

    def _goes(self, to: Place, *keys: str) -> None:
        data = self._labelled(*keys)
        assert data is not None, (keys, self.person.screen, self.person.buttons)
        self._press(data, Did(self.walk.at, "go", to=to))

    async def _writes(self) -> None:
        self.words += 1
        words = f"{self.mark} {'ja ' * (self.words % 7)}{self.words}".replace("  ", " ")
        self._note(await self.person.says(words), Did(None, "say", words=words))

    async def _burst(self) -> None:
        """One to five things at once, on one card."""
        at = self.walk.at
        match at:
            case ("introduction",):
                self._goes(self.walk.first_open(), "start", "go_on")
            case ("review",):
                lacking = self.walk.missing()
                if lacking:
                    self._goes(("item", lacking[0]), "first_missing")
                else:
                    self._press(self._labelled("send") or "", Did(REVIEW, "send"))
            case ("checks",):
                self._press(self._labelled("work_send_all_the_same") or "", Did(CHECKS, "send"))
            case ("comment", name):
                await self._maybe_writes(0.6, self.walk.after(name))
            case ("field", name, line):
                ids = [each["id"] for each in self.form.item(name)["fields"]]
                later = ids[ids.index(line) + 1 :]
                await self._maybe_writes(
                    0.5, ("field", name, later[0]) if later else ("item", name)
                )
            case ("other", _):
                await self._writes()
            case _:
                await self._answers(self.form.item(at[1]))

    async def _maybe_writes(self, how_often: float, onward: Place) -> None:
        if self.walk.at[-1] != "email" and self.chance.random() < how_often:
            await self._writes()
        else:
            self._goes(onward, *ONWARD)

    async def _answers(self, item: dict[str, Any]) -> None:
        name, said = item["id"], self.walk.of(item["id"])
        done = self.walk.answered(name)
        if self.chance.random() < 0.08:
            self._goes(self._before(name), "back")
        elif (done and self.chance.random() < 0.6) or self.chance.random() < 0.1:
            self._goes(self.walk.after(name), *ONWARD)
        elif item["kind"] == "text":
            await self._maybe_writes(0.5, self.walk.after(name))
        elif item["kind"] == "contact":
            self._fills(item)
        elif is_single(item):
            row = self.chance.choice(rows_of(item))["id"]
            key = self._row(item, row)
            assert key is not None
            self._press(key["callback_data"], Did(self.walk.at, "choose", row=row))
        else:
            self._ticks(item, set(said.rows))

    def _fills(self, item: dict[str, Any]) -> None:
        if self.chance.random() < 0.5:
            self._goes(self.walk.after(item["id"]), *ONWARD)
            return
        line = item["fields"][0]["id"]
        data = self._finds(f"g:fi:{item['id']}:{line}")
        assert data is not None
        self._press(data, Did(self.walk.at, "go", to=("field", item["id"], line)))

    def _ticks(self, item: dict[str, Any], shown: set[str]) -> None:
        """Several rows one after the other, each by the button that the card showed for it."""
        at, onward = self.walk.at, self.walk.after(item["id"])
        for _ in range(self.chance.randint(1, 4)):
            row = self.chance.choice(rows_of(item))["id"]
            key = self._row(item, row)
            assert key is not None
            what = "untick" if row in shown else "tick"
            self._press(key["callback_data"], Did(at, what, row=row))
        if self.chance.random() < 0.5:
            data = self._labelled(*ONWARD)
            assert data is not None
            self._press(data, Did(at, "go", to=onward))

    def _before(self, name: str) -> Place:
        asked = self.walk.asked()
        position = asked.index(name)
        return ("item", asked[position - 1]) if position else INTRODUCTION


def _has(text: str, words: str) -> bool:
    return "".join(words.split()) in "".join(text.split())
