"""One trial: a crowd answers while the product is killed again and again; then it is judged."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import bot_api_updates
from tests.bot_api import drops, garbles, refuses
from tests.durable.crowd import Walker
from tests.durable.reference import Form

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator

    from tests.bot_api import BotApi
    from tests.durable.reference import Walk
    from tests.durable.spawner import Spawner

PRODUCT = Path(__file__).parents[2] / "flows" / "instruments"
OURS = Path(__file__).parents[1] / "instruments"
FORMS = tuple(
    Form.read(folder)
    for folder in (
        PRODUCT / "asi-certification-survey-2021",
        OURS / "tea-break",
        OURS / "tea-kitchen",
    )
)
ROUND = "shaken"
HALF = 0.5
PATIENCE = 120
"""Seconds after which whoever still waits is stuck: a trial takes a fourth of it."""
AGAIN = 12
"""Updates that are handed out once more after a kill."""
JUNK: tuple[dict[str, Any], ...] = (
    {"message": {"text": 7}}, {"callback_query": None}, {"poll": {}}, {}, {"message": []},
    {"edited_message": {"chat": {"id": "x"}}}, {"callback_query": {"id": 1, "from": 2}},
)  # fmt: skip
FAULTS = {
    "getUpdates": (drops(), garbles(), refuses(502, "Bad Gateway")),
    "editMessageText": (drops(), drops(acts=True), refuses(502, "Bad Gateway"), garbles()),
    "sendMessage": (drops(), refuses(500, "Internal Server Error")),
    "answerCallbackQuery": (drops(), drops(acts=True)),
}


@dataclass
class House:
    """A folder with a database, and the product over it."""

    folder: Path
    spawner: Spawner
    api: BotApi
    plant: str = ""
    url: str = ""
    """Of a database elsewhere; without it, a file in the folder."""
    pid: int = 0

    def __post_init__(self) -> None:
        self.log = self.folder / "log"
        self.database = self.folder / "assay.sqlite3"
        self.configuration = self.folder / "config.toml"
        self.configuration.write_text(
            f"""
            [telegram]
            token = "{self.api.token}"
            base_url = "{self.api.base_url}"
            base_file_url = "{self.api.base_file_url}"
            [web]
            enabled = false
            [database]
            url = "{self.url or f"sqlite:///{self.database}"}"
            keys = "sqlite:///{self.database}.keys"
            [access]
            mode = "open"
            [instruments]
            folders = ["{OURS}"]
            [reports]
            smallest_comments = 1
            [anonymity]
            batch = 3
            [log]
            level = "debug"
            """,
            "utf-8",
        )

    def starts(self) -> None:
        config = ("run", "--config", str(self.configuration))
        self.pid = self.spawner.starts(*config, log=self.log, plant=self.plant)

    async def opens(self) -> None:
        """Open the rounds; nobody has been there yet."""
        for form in FORMS:
            await self.does("round", "open", form.id, ROUND, "--from", "2020-01-01")

    async def does(self, *args: str) -> None:
        await self.spawner.does(*args, "--config", str(self.configuration), log=self.log)

    async def exported(self, form: Form) -> list[dict[str, Any]]:
        """Close the round of a form, and read what was collected, as anybody may."""
        await self.does("round", "close", form.id, ROUND, "--yes")
        out = self.folder / f"{form.id}.jsonl"
        await self.does("export", form.id, "--format", "json", "--round", ROUND, "--out", str(out))
        _, *lines = out.read_text("utf-8").splitlines()  # the codebook is the first
        return [json.loads(line) for line in lines]


@dataclass
class Trial:
    """So many people, so many kills."""

    house: House
    chance: random.Random
    people: int
    kills: int
    cut_off: Callable[[], None] | None = None
    """Ends every connection that the product has to its database."""
    killed: int = 0
    expired: int = 0
    walkers: list[Walker] = field(default_factory=list)

    @property
    def api(self) -> BotApi:
        return self.house.api

    @property
    def updates(self) -> int:
        """How many updates came of what people did."""
        return self.api.updates.next_id - bot_api_updates.FIRST

    async def runs(self) -> None:
        """Everybody answers and sends; the product dies meanwhile."""
        self.walkers = [
            # In turn: of a form that fewer than a batch answer nothing is ever let out.
            Walker(self.api, self.api.person(number), FORMS[number % len(FORMS)], self.chance)
            for number in range(1, self.people + 1)
        ]
        self.house.starts()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._live()
        except TimeoutError:
            raise AssertionError(self._stuck()) from None
        await self.house.spawner.stops(self.house.pid)

    async def _live(self) -> None:
        killer = asyncio.create_task(self._kills())
        async with asyncio.TaskGroup() as crowd:
            for each in self.walkers:
                crowd.create_task(self._walks(each))
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        for each in self.walkers:
            await each.sees()
        await self.api.taken()

    def _stuck(self) -> str:
        """Who waits for a card that does not come, and where."""
        lines = [f"{len(self.api.updates.waiting)} updates wait"]
        for each in self.walkers:
            if not (each.person.chat.from_bot and each.looks_right()):
                lines.append(f"{each.person.id} at {each.walk.at}: {each.person.messages[-1:]}")
                lines += [f"  {number} {did}" for number, did in list(each.did.items())[-5:]]
        lines += self.house.log.read_text("utf-8").splitlines()[-20:]
        return "\n".join(lines)

    async def _walks(self, walker: Walker) -> None:
        await walker.comes()
        await walker.walks()

    async def _kills(self) -> None:
        while self.killed < self.kills:
            await self._something_happens(self.chance.randint(10, 150))
            await asyncio.sleep(self.chance.random() / 100)  # between two events, too
            self.killed += 1
            if self.cut_off is not None and self.chance.random() < HALF:
                self.cut_off()
                if self.chance.random() < HALF:
                    continue  # the product lives on
            await self.house.spawner.kills(self.house.pid)
            if self.chance.random() < 0.2:
                self._away()
            self._disturbs()
            self.house.starts()

    async def _something_happens(self, times: int) -> None:
        for _ in range(times):
            await self.api.updates.something_happened()

    def _away(self) -> None:
        """It was away for three minutes: Telegram has dropped the presses it never handed out."""
        updates = self.api.updates
        gone = {
            each["update_id"]
            for each in updates.waiting
            if "callback_query" in each and not updates.handed[each["update_id"]]
        }
        updates.waiting = [each for each in updates.waiting if each["update_id"] not in gone]
        self.expired += len(gone)
        for walker in self.walkers:
            for number in gone:
                walker.lost(number)

    def _disturbs(self) -> None:
        """Something arrives twice, something is no update, something goes wrong."""
        updates = self.api.updates
        for _ in range(min(AGAIN, len(updates.confirmed))):
            updates.replay(self.chance.choice(updates.confirmed[-40:]))
        if self.chance.random() < 0.5:
            updates.put(**self.chance.choice(JUNK))
        if self.chance.random() < 0.3:
            method = self.chance.choice(list(FAULTS))
            self.api.fault(method, self.chance.choice(FAULTS[method]))


async def judge(trial: Trial) -> None:
    """What can be read from outside is what people did, once, and nothing else."""
    house, walkers = trial.house, trial.walkers
    for form in FORMS:
        theirs = [each.walk for each in walkers if each.form is form]
        kept = Counter(map(_line, await house.exported(form)))
        expected = Counter(_line(row) for row in _rows(theirs))
        assert kept == expected, _difference(kept, expected)
    for walker in walkers:
        seen = "\n".join(walker.person.messages)
        others = [each.mark for each in walkers if each is not walker and each.mark in seen]
        assert not others, f"{walker.person.id} was shown what {others} wrote"
    log = house.log.read_text("utf-8")
    assert trial.api.token not in log
    assert not [each.mark for each in walkers if each.mark in log]
    for file in house.folder.glob("*.sqlite3*"):
        if file.suffix not in {".sqlite3", ".keys"}:
            continue
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _rows(walks: Iterable[Walk]) -> Iterator[dict[str, Any]]:
    """The lines that an export must have: rows and words apart."""
    for walk in walks:
        said = walk.final()
        row: dict[str, Any] = {
            "chosen": {item: sorted(each.rows) for item, each in said.items() if each.rows}
        }
        if walk.form.kind == "benchmark":
            row["score"] = f"{float(walk.score()):.2f}"
        yield row
        for item, each in said.items():
            for part, words in (("other", each.other), ("words", each.words)):
                if words:
                    yield {"item": item, "part": part, "text": words}


def _line(row: dict[str, Any]) -> str:
    """A line that can be compared, whatever the order of what is in it."""
    if "answers" in row:
        chosen = {item: sorted(said["chosen"]) for item, said in row["answers"].items()}
        scored = {"score": f"{row['score']:.2f}"} if "score" in row else {}
        row = {"chosen": chosen, **scored}
    elif "quotable" in row:
        part = "other" if row["part"] == "other" else "words"
        row = {"item": row["item"], "part": part, "text": row["text"]}
    return json.dumps(row, sort_keys=True)


def _difference(kept: Counter[str], expected: Counter[str]) -> str:
    lost = "\n".join((expected - kept).elements())
    more = "\n".join((kept - expected).elements())
    return f"what people did and is not there:\n{lost}\nwhat is there and nobody did:\n{more}"
