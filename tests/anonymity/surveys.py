"""Surveys of forty people, answered through the product's own steps, watched all the time."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot import log as product_log
from bot import releasing, shelf, submission
from bot.fieldwork import fielding, figures
from bot.house import House
from bot.submission import Sent
from bot.universe import Universe
from flows.marks import layout
from flows.rounds import Round
from flows.session import Answer, Place, Session
from storage import backups, participation, people, rounds, sessions
from storage.database import Database
from storage.keys import Keys
from storage.location import file_of, located
from tests.anonymity.evidence import Evidence, Moment, Report
from tests.flows.playing import ASI, ASI_ID, another

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.database import Tx
    from tests.anonymity.evidence import Links, Said

ROUND = "spring"
SIZE = 40
SIZES = range(36, 45)
"""How many people a survey has: with some a remainder is left, with some none."""
GIVE_DETAILS, ATTACH_THEM = 0.35, 0.05
CAN_BE_UNDONE = False
"""Whether a round can be extended even after something was let out by closing it: with a mistake
that is planted.
"""
EDITIONS = """
    SELECT r.marks, c.words, e.edition FROM response r JOIN comment c ON c.response_id = r.id
    JOIN collection e ON e.id = r.collection_id
"""
NEWER = another(ASI_ID, ('edition = "2021"', 'edition = "2022"'))
OPENS = date(2026, 11, 2)
WORDS = ("audit", "supplier", "training", "market", "cost", "policy", "water", "team")


class Crowd:
    """Who answers, in which order, and what: everybody's words are their own."""

    def __init__(self, seed: int, size: int = SIZE) -> None:
        self.chance = random.Random(seed)
        self.people = [f"person{self.chance.randrange(16**12):012x}" for _ in range(size)]
        self.tags = {who: self.chance.choice(("en", "zh")) for who in self.people}
        self.names = {who: f"name{self.chance.randrange(16**12):012x}" for who in self.people}
        self.editions = {who: ASI if self.chance.random() < 0.75 else NEWER for who in self.people}
        self.answers = {who: self._answers() | self._details(who) for who in self.people}

    def _answers(self) -> dict[str, Answer]:
        answers = {}
        for item in ASI.items[:9]:
            options = [each.id for each in getattr(item, "options", ()) if not each.text_entry]
            if options:
                answers[item.id] = Answer(chosen=(self.chance.choice(options),))
        many = self.chance.randrange(2, 60)
        mark = f"canary{self.chance.randrange(16**12):012x}"
        words = " ".join([mark, *(self.chance.choice(WORDS) for _ in range(many))])
        return answers | {"q11": Answer(text=words)}

    def _details(self, who: str) -> dict[str, Answer]:
        """Some give contact details, and a few attach these to their answers."""
        wish = self.chance.random()
        if wish > GIVE_DETAILS:
            return {}
        attach = frozenset({"attach"} if wish < ATTACH_THEM else ())
        return {"q12": Answer(fields={"name": self.names[who]}, allowed=attach)}

    def attached(self, who: str) -> bool:
        """Whether somebody gave up their anonymity."""
        return any("attach" in each.allowed for each in self.answers[who].values())

    def truth(self, said: dict[str, Said]) -> Links:
        """Whose each response is, by the words that only they can have written."""
        by_words = {each["q11"].text: who for who, each in self.answers.items()}
        found = {each: by_words[each[1][0]] for each in said.values()}
        return {each: who for each, who in found.items() if not self.attached(who)}


@contextlib.contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What the product would write to its log at DEBUG, in its own form."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    product_log.configure("debug", "json")
    for handler in root.handlers:
        handler.stream = written  # type: ignore[attr-defined]
    try:
        yield written
    finally:
        root.handlers[:], level = before
        root.setLevel(level)


async def held(
    url: str, folder: Path, seed: int, size: int | None = None
) -> tuple[Evidence, Crowd]:
    """One survey, from its first draft to the end of its round, in a database that has a schema."""
    crowd = Crowd(seed, size or random.Random(seed).choice(SIZES))
    at = [datetime(2026, 11, 2, 9, tzinfo=UTC)]
    universe = Universe(now=lambda: at[0], random=crowd.chance.randbytes)
    stock = shelf.read()
    database = await Database.open(url)
    keys = await Keys.open(f"sqlite:///{folder / 'keys'}")
    house = House(stock, universe, keys)
    stock._editions[ASI_ID, NEWER.edition] = NEWER
    evidence = Evidence(url, crowd.people, crowd.names)
    evidence.editions = {who: each.edition for who, each in crowd.editions.items()}
    words = {each["q11"].text.split()[0] for each in crowd.answers.values()}
    evidence.marks = frozenset(each.encode() for each in words | set(crowd.names.values()))
    evidence.begin_log()
    with everything_logged() as written:
        try:
            await stock.keep(database)
            async with database.writing() as tx:
                await rounds.keep(tx, Round(ASI_ID, ROUND, OPENS))
            await _answered(house, database, crowd, evidence, folder, at)
        finally:
            await keys.close()
            await database.close()
    evidence.log = written.getvalue()
    return evidence, crowd


async def _answered(house, database, crowd, evidence, folder, at) -> None:
    drafting = [*crowd.people]
    crowd.chance.shuffle(drafting)  # begun in another order than sent
    for who in drafting:
        await _begins(house, database, who, crowd)
        if crowd.chance.random() < 0.03:
            _copy(evidence, folder)
    _copy(evidence, folder)
    await _reports(database, evidence, 0)
    for who in crowd.people:
        at[0] += timedelta(minutes=crowd.chance.randrange(1, 900))
        await _sends(house, database, who, crowd)
        await _watch(house, database, evidence)
        await _pries(house, database, evidence, crowd)
        if crowd.chance.random() < 0.5:
            await _beats(house, database)
            await _watch(house, database, evidence)
        if crowd.chance.random() < 0.08:
            _copy(evidence, folder)
    await _closes(house, database)
    await _watch(house, database, evidence)
    await _reports(database, evidence, len(crowd.people))
    at[0] += timedelta(days=2)
    await _beats(house, database)
    _copy(evidence, folder, last=True)


async def _pries(house: House, database: Database, evidence: Evidence, crowd: Crowd) -> None:
    """An operator closes the round, looks at what came out of it, and extends it again: as long as
    that can be undone. Later they only look.
    """
    sent = len(evidence.moments[-1].finished)
    can_be_undone = CAN_BE_UNDONE or len(evidence.moments[-1].finished) < house.manners.batch
    if can_be_undone and crowd.chance.random() < 0.7:
        await _closes(house, database)
        await _reports(database, evidence, sent)
        async with database.writing() as tx:
            await fielding.extend(house, tx, await _round(tx), None)
    elif crowd.chance.random() < 0.5:
        await _reports(database, evidence, sent)


async def _round(tx: Tx) -> Round:
    (kept,) = [each.round for each in await rounds.every(tx) if each.round.name == ROUND]
    return kept


async def _closes(house: House, database: Database) -> None:
    async with database.writing() as tx:
        await fielding.close(house, tx, await _round(tx))
    await _beats(house, database)


async def _reports(database: Database, evidence: Evidence, sent: int) -> None:
    """What reports and exports hold of all that was let out, and the list of contact details."""
    async with database.reading() as tx:
        lines = list((await tx.execute(text("SELECT marks FROM response"))).scalars())
        asked = "SELECT r.marks, c.words FROM response r JOIN comment c ON c.response_id = r.id"
        said = frozenset((marks, (words,)) for marks, words in await tx.execute(text(asked)))
        details = (await tx.execute(text("SELECT details FROM contact_request"))).scalars()
        names = frozenset(json.loads(each)["name"] for each in details)
    marks = Counter(pair for line in lines for pair in layout(ASI).parts(line).items())
    evidence.reports.append(Report(sent, marks, said, names))


async def _beats(house: House, database: Database) -> None:
    """What the heartbeat does for anonymity."""
    await releasing.release_due(house, database)
    await house.keys.shred(database)
    await database.tidy()


async def _begins(house: House, database: Database, who: str, crowd: Crowd) -> None:
    answers = crowd.answers[who]
    half = dict(list(answers.items())[: len(answers) // 2])
    async with database.writing() as tx:
        tag = crowd.tags[who]
        await people.arrive(tx, "web", who, tag, new_id=who, secret=crowd.chance.randbytes(16))
        await participation.begin(tx, who, ASI_ID, ROUND)
        for read, said in ((False, half), (True, answers)):
            kept = await sessions.load(tx, house.keys, who, ASI_ID) if read else None
            session = Session(ASI_ID, crowd.editions[who].edition, Place("item", "q11"), said)
            now = house.universe.seconds()
            await sessions.save(tx, house.keys, who, session, kept, now=now, round_name=ROUND)


async def _sends(house: House, database: Database, who: str, crowd: Crowd) -> None:
    async with database.writing() as tx:
        sent = Sent(crowd.answers[who], ROUND, house.universe.seconds(), "web", crowd.tags[who])
        assert await submission.submit(tx, house, who, crowd.editions[who], sent)
    await house.keys.shred(database)


async def _watch(house: House, database: Database, evidence: Evidence) -> None:
    async with database.reading() as tx:
        done = "SELECT participant_id FROM participation WHERE state = 'finished'"
        finished = frozenset((await tx.execute(text(done))).scalars())
        found = (await tx.execute(text(EDITIONS))).all()
        of = await _round(tx)
        shown = await figures.standing(house, tx, of)
    editions = {(marks, (words,)): name for marks, words, name in found}
    said = frozenset(editions)
    evidence.moments.append(Moment(finished, said, editions))
    evidence.desk.append((shown.finished, said))


def copy_files(evidence: Evidence, folder: Path) -> Path | None:
    """The files as they lie there now, in a folder of their own; None of PostgreSQL."""
    file = file_of(located(evidence.url))
    if file is None:
        return None
    into = folder / f"copy-{len(evidence.copies):03}"
    into.mkdir()
    for ending in ("", "-wal", "-shm"):
        part = file.with_name(file.name + ending)
        if part.exists():
            shutil.copyfile(part, into / part.name)
    evidence.copies.append(into)
    return into


def _copy(evidence: Evidence, folder: Path, *, last: bool = False) -> None:
    """The files as they lie there, and a backup."""
    if evidence.on_postgresql:
        # Its log is kept whole, so once in between and once in the end is enough.
        if last or (evidence.moments and not evidence.copies):
            evidence.copy_pages(folder)
        return
    into = copy_files(evidence, folder)
    if into is not None:
        backups.backup(evidence.url, into / "assay.backup")
