"""One trial: a crowd answers while the product is killed again and again; then it is judged."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import bot_api_updates
from tests.bot_api import drops, garbles, refuses
from tests.durable.crowd import MARK, Walker
from tests.durable.quiet import SMALLEST, Quiet
from tests.durable.reference import SENT, Form
from tests.several.instances import noon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.durable.crowd import Square
    from tests.durable.reference import Walk
    from tests.spawner import Spawner

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
PATIENCE = 60
"""Seconds in which nothing came of anything: whoever still waits is stuck."""
HALF_A_WALK = 12
"""Updates that somebody will at least still do, on average."""
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
    api: Square
    plant: str = ""
    url: str = ""
    """Of a database elsewhere; without it, a file in the folder."""
    quiet: int = 0
    """How many people there are who say nothing, and are reminded."""
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
            batch = {SMALLEST}
            [log]
            level = "debug"
            """
            "[reminders]\n"
            + (
                f'from_hour = 4\nto_hour = 23\nzone = "{noon()}"'
                if self.quiet
                else "idle_days = [365]"  # not even where the clock jumps
            ),
            "utf-8",
        )
        self.beside = Quiet(self.url or f"sqlite:///{self.database}", self.api, self.quiet)

    def starts(self) -> None:
        config = ("run", "--config", str(self.configuration))
        self.pid = self.spawner.starts(*config, log=self.log, plant=self.plant)

    async def opens(self) -> None:
        """Open the rounds; nobody has been there yet."""
        for form in FORMS:
            await self.does("round", "open", form.id, ROUND, "--from", "2020-01-01")
        self.beside.invited(FORMS[0].id, ROUND)

    def looks(self) -> None:
        """See what can be read while it is dead, or, in a database elsewhere, at any time."""
        self.beside.looks(None if self.url else self.database)

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
    """So many people at a time, and further ones until there were so many kills and updates."""

    house: House
    chance: random.Random
    people: int
    kills: int = 0
    cut_off: Callable[[], None] | None = None
    """Ends every connection that the product has to its database."""
    wanted: int = 0
    """Updates."""
    under_way: int = 0
    """People who have not sent yet."""
    killed: int = 0
    expired: int = 0
    walkers: list[Walker] = field(default_factory=list)
    forms: tuple[Form, ...] = FORMS

    @property
    def api(self) -> Square:
        return self.house.api

    @property
    def updates(self) -> int:
        """How many updates came of what people did."""
        return self.api.updates.next_id - bot_api_updates.FIRST

    async def runs(self) -> None:
        """Everybody answers and sends; the product dies meanwhile."""
        self.gather()
        self.house.starts()
        try:
            async with asyncio.timeout(PATIENCE) as limit:
                moving = asyncio.create_task(self._prolongs(limit))
                await self._live()
        except TimeoutError:
            raise AssertionError(self.stuck()) from None
        finally:
            moving.cancel()
        await self.house.spawner.stops(self.house.pid)

    async def _prolongs(self, limit: asyncio.Timeout) -> None:
        while True:
            seen = self.updates
            await self.api.until(lambda: self.updates > seen)  # noqa: B023 - waited for here
            limit.reschedule(asyncio.get_running_loop().time() + PATIENCE)

    def gather(self) -> None:
        """Who they are, and what each will answer."""
        for _ in range(self.people):
            self._comes()

    def _comes(self) -> Walker:
        person = self.api.person(len(self.walkers) + 1)
        # In turn: of a form that fewer than a batch answer nothing is ever let out.
        form = self.forms[len(self.walkers) % len(self.forms)]
        # A chance of their own: what they do does not hang on who was quicker.
        theirs = random.Random(self.chance.getrandbits(64))
        self.walkers.append(Walker(self.api, person, form, theirs))
        return self.walkers[-1]

    async def _live(self) -> None:
        self.under_way = len(self.walkers)
        async with asyncio.TaskGroup() as crowd:
            crowd.create_task(self._kills())
            for each in list(self.walkers):
                crowd.create_task(self._one_after_another(each))
        for each in self.walkers:
            await each.sees()
        for each in self.walkers[-self.people :]:
            await each.goes_home()
        await self.api.taken()
        await self.house.beside.judge()

    async def _one_after_another(self, walker: Walker) -> None:
        """Nobody else comes where those who are under way will do; the last of them knows."""
        await self._walks(walker)
        self.under_way -= 1
        while self.updates + self.under_way * HALF_A_WALK < self.wanted or self.killed < self.kills:
            self.under_way += 1
            await self._walks(self._comes())
            self.under_way -= 1

    def stuck(self) -> str:
        """Who waits for a card that does not come, and where."""
        lines = [f"{len(self.api.updates.waiting)} updates wait"]
        for each in self.walkers:
            if not (each.person.chat.from_bot and each.looks_right()):
                lines.append(f"{each.person.id} at {each.walk.at}: {each.person.messages[-1:]}")
                lines += [f"  {number} {did}" for number, did in list(each.did.items())[-5:]]
                lines += [f"  {call}" for call in self.api.latest[each.person.id]]
        lines += self.house.log.read_text("utf-8").splitlines()[-20:]
        return "\n".join(lines)

    async def _walks(self, walker: Walker) -> None:
        await walker.comes()
        await walker.walks()

    async def _kills(self) -> None:
        while self.killed < self.kills:
            await self._something_is_done()
            self.killed += 1
            if self.cut_off is not None and self.chance.random() < HALF:
                self.cut_off()
                if self.chance.random() < HALF:
                    continue  # the product lives on
            await self.house.spawner.kills(self.house.pid)
            self.house.looks()
            if self.chance.random() < 0.2:
                self._away()
            self._disturbs()
            self.house.starts()

    async def _something_is_done(self) -> None:
        """For as long as it takes that kills are spread over the updates; now and then only for as
        long as a start may take.
        """
        if self.chance.random() < 0.1:
            await asyncio.sleep(self.chance.random() / 3)
            return
        left = max(1, self.wanted - self.updates) // (self.kills - self.killed)
        until = self.updates + self.chance.randint(10, max(20, 2 * left))
        await self.api.until(lambda: self.updates >= until)
        await asyncio.sleep(self.chance.random() / 100)  # between two events, too

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
    house.looks()
    less, more = await difference(trial)
    assert not less | more, _told(less, more)
    for walker in walkers:
        others = set(MARK.findall("\n".join(walker.person.messages))) - {walker.mark}
        assert not others, f"{walker.person.id} was shown what {others} wrote"
    log = house.log.read_text("utf-8")
    assert trial.api.token not in log
    assert not {each.mark for each in walkers} & set(MARK.findall(log))
    for file in house.folder.glob("*.sqlite3*"):
        if file.suffix not in {".sqlite3", ".keys"}:
            continue
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def difference(trial: Trial) -> tuple[Counter[str], Counter[str]]:
    """Lines that exports lack of what people sent, and lines in them that nobody sent."""
    less, more = Counter[str](), Counter[str]()
    for form in FORMS:
        theirs = [each.walk for each in trial.walkers if each.form is form and each.walk.at == SENT]
        if not theirs or (form.kind == "survey" and len(theirs) < SMALLEST):
            continue  # a round in which nothing was collected, or let out, has no export
        kept = Counter(map(_line, await trial.house.exported(form)))
        sent = Counter(_line(row) for row in _rows(theirs))
        less.update(sent - kept)
        more.update(kept - sent)
    return less, more


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


def _told(less: Counter[str], more: Counter[str]) -> str:
    lost, made_up = "\n".join(less.elements()), "\n".join(more.elements())
    return f"what people did and is not there:\n{lost}\nwhat is there and nobody did:\n{made_up}"
