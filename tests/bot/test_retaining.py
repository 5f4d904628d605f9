"""What is past its time goes at night, kind by kind, and how much that was is told."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot import retaining
from bot.fieldwork import figures
from bot.fieldwork.alarm import Alarm
from flows.rounds import Round
from flows.session import Answer, Place, Session
from storage import (
    administrators,
    audit,
    contacts,
    digests,
    participation,
    people,
    pool,
    responses,
    retention,
    rounds,
    sessions,
)  # fmt: skip
from storage.contacts import Contact
from storage.keys import KeyGone
from storage.pool import Waiting
from storage.responses import Response
from tests.flows.playing import ASI, ASI_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.house import House
    from storage.database import Database

ROUND = "spring"
CLOSES = date(2026, 11, 30)
DAY = 86_400


@pytest.fixture
async def spring(house: House, database: Database) -> House:
    """A round that is over on the last of November, with a draft, and somebody who finished."""
    async with database.writing() as tx:
        await rounds.keep(tx, Round(ASI_ID, ROUND, date(2026, 11, 1), CLOSES))
        for who in ("begun", "done"):
            await people.arrive(tx, "web", who, "en", new_id=who, secret=b"0" * 16)
            await participation.begin(tx, who, ASI_ID, ROUND)
        assert await participation.finish(tx, "done", ASI_ID, ROUND)
        draft = Session(ASI_ID, ASI.edition, Place("item", "q11"), {"q11": Answer(text="mine")})
        await sessions.save(tx, house.keys, "begun", draft, None, now=0, round_name=ROUND)
    return house


async def at(clock, house, database, days: int) -> dict[str, int]:
    """What is cleared so many days after the end of November."""
    clock.at = clock.at.replace(month=12, day=1, hour=0) + timedelta(days=days)
    return dict(await retaining.clear(house, database))


async def there(database, name: str) -> int:
    async with database.reading() as tx:
        return (await tx.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one()


async def test_a_draft_goes_with_its_key_thirty_days_after_its_round(spring, database, clock, keys):
    async with database.reading() as tx:
        key_id = (await tx.execute(text("SELECT key_id FROM session"))).scalar_one()
    assert (await at(clock, spring, database, 29))["drafts"] == 0
    await keys.get(key_id)

    assert (await at(clock, spring, database, 30))["drafts"] == 1

    assert await there(database, "session") == 0
    with pytest.raises(KeyGone):
        await keys.get(key_id)


async def test_who_took_part_is_a_number_a_year_after_the_round(spring, database, clock):
    assert (await at(clock, spring, database, 364))["people"] == 0

    assert (await at(clock, spring, database, 365))["people"] == 2

    assert [await there(database, each) for each in ("participation", "participant")] == [0, 0]
    async with database.reading() as tx:
        assert await participation.forgotten(tx, ASI_ID, ROUND) == 0
        assert await participation.counts(tx, ASI_ID, ROUND) == {"begun": 1, "finished": 1}


async def test_the_figures_of_a_round_stay_when_its_people_go(spring, database, clock):
    async with database.writing() as tx:
        (of,) = [each.round for each in await rounds.every(tx) if each.round.name == ROUND]
        await participation.expire(tx, ASI_ID, ROUND)
    clock.at = clock.at.replace(month=12, day=2)
    async with database.reading() as tx:
        before = await figures.standing(spring, tx, of)
    assert (before.invited, before.finished, before.rate) == (2, 1, 50)

    await at(clock, spring, database, 365)

    async with database.reading() as tx:
        assert await figures.standing(spring, tx, of) == before


async def bytes_of(database: Database, tables: Iterable[str]) -> bytes:
    """What PostgreSQL's files of these tables hold, older versions of rows among it."""
    kept = b""
    async with database._writer.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("CHECKPOINT"))
        for each in tables:
            read = f"SELECT pg_read_binary_file(pg_relation_filepath('{each}'))"
            kept += (await plain.execute(text(read))).scalar_one()
    return kept


async def test_the_night_after_somebody_is_forgotten_no_file_of_postgresql_holds_them(
    spring, database, clock
):
    if database._lock is not None:
        return  # SQLite overwrites what is deleted: tests/anonymity
    async with database.writing() as tx:
        them = Contact("Zebulon", "Zinc", "zebulon@company.example", "en", "", "")
        await contacts.keep(tx, them, new_id="gone", secret=b"0" * 16)
        await people.arrive(tx, "telegram", "4815162342", "en", new_id="else", secret=b"0" * 16)
        for who in ("gone", "else"):
            await people.forget(tx, who)
    held = await bytes_of(database, retention.OF_PEOPLE)
    assert b"4815162342" in held, "deleted rows stay"
    assert b"Zebulon" in held

    await at(clock, spring, database, 0)

    held = await bytes_of(database, retention.OF_PEOPLE)
    assert b"4815162342" not in held
    assert b"Zebulon" not in held


async def test_contact_details_go_a_year_after_their_round(spring, database, clock):
    async with database.writing() as tx:
        details = [{"name": "Anna"}]
        await responses.add_details(tx, ASI_ID, ROUND, details, token=spring.universe.token)
    assert (await at(clock, spring, database, 364))["contact_details"] == 0

    assert (await at(clock, spring, database, 365))["contact_details"] == 1

    assert await there(database, "contact_request") == 0


async def test_answers_that_were_too_few_to_be_let_out_go_with_the_drafts(
    spring, database, clock, keys
):
    async with database.writing() as tx:
        key = await keys.new(spring.universe.day())
        waiting = Waiting(ASI.edition, Response({"q11": Answer(text="mine")}))
        await pool.put(tx, key, "1" * 32, ASI_ID, ROUND, waiting)
    assert (await at(clock, spring, database, 29))["held_back"] == 0

    assert (await at(clock, spring, database, 30))["held_back"] == 1

    assert await there(database, "pool") == 0
    with pytest.raises(KeyGone):
        await keys.get(key.id)


async def test_who_takes_part_elsewhere_or_runs_the_fieldwork_stays(spring, database, clock):
    async with database.writing() as tx:
        await participation.invite(tx, "begun", ASI_ID, "open")
        await tx.execute(
            text(
                "INSERT INTO administrator (channel, address, role, language, every, hour, on_day,"
                " zone, origin) VALUES ('web', 'done', 'owner', 'en', 'never', 8, 1, 'UTC', 'code')"
            )
        )

    await at(clock, spring, database, 365)

    assert await there(database, "participant") == 2
    assert await there(database, "participation") == 1


async def test_acts_go_after_two_years_and_the_last_digest_stays(spring, database, clock):
    async with database.writing() as tx:
        now = spring.universe.seconds()
        await audit.note(tx, audit.Act(now, "x", "remind", "spring"))
        await audit.note(tx, audit.Act(now + 5 * DAY, "x", "remind", "spring"))
        await tx.execute(
            text(
                "INSERT INTO administrator (channel, address, role, language, every, hour, on_day,"
                " zone, origin) VALUES ('web', 'a', 'owner', 'en', 'never', 8, 1, 'UTC', 'code')"
            )
        )
        who = await administrators.at_address(tx, "web", "a")
        for day in (0, 1):
            await digests.make(tx, who.id, f"day:{day}", now + day * DAY, "{}")
    clock.passes(days=731)

    gone = await retaining.clear(spring, database)

    assert (gone["acts"], gone["digests"]) == (1, 1)
    assert [await there(database, each) for each in ("audit", "digest")] == [1, 1]


async def test_clearing_twice_finds_nothing_the_second_time(spring, database, clock):
    await at(clock, spring, database, 400)

    assert set((await retaining.clear(spring, database)).values()) == {0}


async def test_a_company_that_assesses_itself_is_not_cleared(spring, database, clock):
    async with database.writing() as tx:
        await rounds.keep(tx, Round("rscb-2014", ROUND, date(2026, 11, 1), CLOSES))
        await participation.begin(tx, "begun", "rscb-2014", ROUND)

    await at(clock, spring, database, 400)

    assert await there(database, "participation") == 1


async def test_it_is_done_once_a_day_by_the_heartbeat_and_says_how_much(
    spring, database, clock, caplog
):
    alarm = Alarm(spring, database)
    clock.at = clock.at.replace(year=2027, month=2, day=1)
    with caplog.at_level(logging.INFO, "bot.retaining"):
        await alarm.ring()
        await alarm.ring()

    counts = {each.state: each.count for each in caplog.records}
    assert len(caplog.records) == len(retaining.KINDS)
    assert counts["drafts"] == 1


def test_the_kinds_and_counts_are_told_at_the_prompt(prompt):
    said = prompt("clear")
    told = dict(line.split("\t") for line in said.out.splitlines())

    assert list(told.values()) == ["0"] * len(retaining.KINDS)
    assert {"drafts", "who took part, links, reminders", "what administrators did"} <= set(told)
    assert "cleared" not in said.err


def test_a_company_is_read_out_and_deleted_whole(prompt, tmp_path):
    prompt("invite", "contacts.csv", "--instrument", "rscb-2014", "--out", "links.csv")

    async def founds(tx) -> str:
        who = (await tx.execute(text("SELECT participant_id FROM contact LIMIT 1"))).scalar_one()
        await tx.execute(
            text("INSERT INTO organisation (id, name) VALUES ('org', 'ACME')"),
        )
        await tx.execute(
            text(
                "INSERT INTO member (organisation_id, participant_id, role, name)"
                " VALUES ('org', :who, 'owner', 'Anna')"
            ),
            {"who": who},
        )
        await tx.execute(
            text(
                "INSERT INTO assessment (organisation_id, instrument, round, edition, state)"
                " VALUES ('org', 'rscb-2014', 'open', '2014', 'open')"
            )
        )
        return who

    who = prompt.stored(founds)
    assert prompt("companies").out == "org\tACME\t1\t1\n"

    prompt("companies", "export", "org", "--out", "acme.json")
    form = json.loads((prompt.folder / "acme.json").read_text("utf-8"))
    assert [each["name"] for each in form["member"]] == ["Anna"]
    assert form["assessment"][0]["instrument"] == "rscb-2014"
    assert form["contact"][0]["participant_id"] == who

    assert (
        prompt("companies", "erase", "org", "--yes").out == "org erased; 1 person worked for it\n"
    )
    assert prompt("companies").out == ""

    async def left(tx) -> list[int]:
        names = ("organisation", "member", "assessment", "contact WHERE participant_id = :who")
        return [
            (await tx.execute(text(f"SELECT count(*) FROM {each}"), {"who": who})).scalar_one()
            for each in names
        ]

    assert prompt.stored(left) == [0, 0, 0, 0]
    assert [each[1:3] for each in prompt.audit()][:2] == [
        ["erase", "company org"],
        ["export", "company org"],
    ]
