"""Rounds, the ladder and people who turn out to be one, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, insert, text

from flows.ladder import MOVES, STATES
from flows.rounds import Cadence, Round
from flows.session import Answer, Place, Session
from storage import invitations, participation, people, reminders, rounds, schema, sessions
from storage.database import Database
from storage.location import located
from storage.tables import participation as table
from tests.invited import invited, someone

TEA = "tea"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


async def arrived(tx, person, channel="web"):
    await people.arrive(tx, channel, person, "en", new_id=person, secret=b"s" * 16)


async def test_a_round_comes_back_as_it_was_kept(database):
    of = Round(TEA, "spring", date(2021, 3, 1), date(2021, 4, 1), AMSTERDAM, Cadence((1, 5)))
    async with database.writing() as tx:
        await rounds.keep(tx, of)
        await rounds.keep(tx, replace(of, closes=None))

        assert await rounds.get(tx, TEA, "spring") == replace(of, closes=None)
        assert await rounds.get(tx, TEA, "autumn") is None
        assert await rounds.get(tx, TEA, "open") == rounds.always(TEA)
        (kept,) = await rounds.every(tx)
        assert await rounds.numbered(tx, kept.id) == kept.round


async def test_the_rounds_of_a_person_are_the_newest_first(database):
    async with database.writing() as tx:
        await arrived(tx, "p1")
        for name, opens in (("old", date(2020, 1, 1)), ("new", date(2021, 1, 1))):
            await rounds.keep(tx, Round(TEA, name, opens))
            await participation.invite(tx, "p1", TEA, name)

        found = await rounds.of_person(tx, "p1", TEA)

    assert [(each.name, state) for each, state in found] == [("new", "invited"), ("old", "invited")]


async def test_nobody_moves_where_the_ladder_does_not_lead(database):
    async with database.writing() as tx:
        await arrived(tx, "p1")
        await participation.invite(tx, "p1", TEA, "open")
        here = "invited"
        for first in STATES:
            for second in STATES:
                moved = await participation.move(tx, "p1", TEA, "open", second)
                assert moved is (second in MOVES[here]), (here, second)
                here = second if moved else here
            await participation.move(tx, "p1", TEA, "open", first)
            here = await participation.state(tx, "p1", TEA, "open")


async def test_when_a_round_ends_it_is_over_for_who_did_not_finish_and_goes_on_when_extended(
    database,
    keys,
):
    async with database.writing() as tx:
        for person, state in (("a", "invited"), ("b", "opened"), ("c", "begun"), ("d", "finished")):
            await arrived(tx, person)
            await participation.invite(tx, person, TEA, "open")
            for to in ("opened", "begun", "finished")[: STATES.index(state)]:
                await participation.move(tx, person, TEA, "open", to)
        draft = Session(TEA, "1", Place("item", "q1"))
        await sessions.save(tx, keys, "c", draft.with_answer("q1", Answer(text="tea")), None, now=0)
        await sessions.save(tx, keys, "b", draft, None, now=0)
        for person, state in (("bounced", "bounced"), ("gone", "unreachable"), ("no", "declined")):
            await arrived(tx, person)
            await participation.invite(tx, person, TEA, "open")
            assert await participation.move(tx, person, TEA, "open", state)
        await invited(tx, someone(), TEA, b"t" * 32)
        await arrived(tx, "e")
        assert await invitations.redeem(tx, b"t" * 32, "e", 1)
        await participation.move(tx, "e", TEA, "open", "opened")

        assert await participation.expire(tx, TEA, "open") == 4
        away = {"bounced": 1, "unreachable": 1, "declined": 1}
        now = {"expired": 4, "finished": 1, **away}
        assert await participation.counts(tx, TEA, "open") == now
        assert await participation.reopen(tx, TEA, "open") == 4

        assert await participation.state(tx, "c", TEA, "open") == "begun"
        assert await participation.state(tx, "b", TEA, "open") == "opened"
        assert await participation.state(tx, "e", TEA, "open") == "opened"
        assert await participation.state(tx, "a", TEA, "open") == "invited"
        counts = await participation.counts(tx, TEA, "open")
        assert {name: counts[name] for name in away} == away


async def test_who_is_out_of_reach_is_so_everywhere_and_comes_back_where_they_were(database, keys):
    async with database.writing() as tx:
        await arrived(tx, "p1")
        for name in ("one", "two", "three", "four"):
            await participation.invite(tx, "p1", TEA, name)
        draft = Session(TEA, "1", Place("item", "q1"))
        await sessions.save(tx, keys, "p1", draft, None, now=0, round_name="two")
        await participation.open_(tx, "p1", TEA, "two")
        await participation.begin(tx, "p1", TEA, "three")
        assert await participation.finish(tx, "p1", TEA, "three")

        assert await participation.everywhere(tx, "p1", "unreachable") == 3
        await participation.back_within_reach(tx, "p1")

        states = [await participation.state(tx, "p1", TEA, n) for n in ("one", "two", "three")]
        assert states == ["invited", "opened", "finished"]


async def test_who_was_known_by_mail_only_becomes_whoever_opens_the_link(database):
    async with database.writing() as tx:
        mei = await invited(tx, someone(), TEA, b"t" * 32)
        await reminders.plan(tx, mei, TEA, "open", {1: 50, 2: 60}, iter(("r1", "r2")).__next__)
        await arrived(tx, "v", "telegram")

        assert await invitations.redeem(tx, b"t" * 32, "v", 1)

        assert await people.get(tx, mei) is None
        assert set(await people.addresses(tx, "v")) == {
            ("telegram", "v"),
            ("mail", "mei@example.org"),
        }
        assert [each.participant_id for each in await reminders.due(tx, 99, 9, "telegram")] == [
            "v",
            "v",
        ]


async def test_a_link_of_somebody_with_doors_of_their_own_opens_only_its_round(database, keys):
    """A link that got into wrong hands must not open somebody's other answers."""
    async with database.writing() as tx:
        mei = await invited(tx, someone(), TEA, b"1" * 32)
        await arrived(tx, "own")
        await invitations.redeem(tx, b"1" * 32, "own", 1)
        draft = Session("cake", "1", Place("item", "q1"))
        await sessions.save(tx, keys, "own", draft, None, now=0)
        await invited(tx, someone(), TEA, b"2" * 32, round_name="next")
        await arrived(tx, "thief", "telegram")

        assert await invitations.redeem(tx, b"2" * 32, "thief", 1)

        assert await participation.state(tx, "thief", TEA, "next") == "invited"
        assert await participation.state(tx, "own", TEA, "next") is None
        assert await sessions.load(tx, keys, "thief", "cake") is None
        assert await sessions.load(tx, keys, "own", "cake") is not None
        assert await people.addresses(tx, "thief") == (("telegram", "thief"),)
        assert mei


async def test_every_letter_carries_a_link_and_one_person_opens_them(database):
    async with database.writing() as tx:
        mei = await invited(tx, someone(), TEA, b"1" * 32)
        await invitations.add_token(tx, mei, TEA, "open", b"2" * 32)
        for person in ("p1", "p2"):
            await arrived(tx, person)

        assert await invitations.redeem(tx, b"1" * 32, "p1", 1)
        assert await invitations.redeem(tx, b"2" * 32, "p1", 1)
        assert await invitations.redeem(tx, b"2" * 32, "p2", 1) is None


async def test_forgetting_leaves_nothing_of_fieldwork(database):
    async with database.writing() as tx:
        await invited(tx, someone(), TEA, b"1" * 32)
        await arrived(tx, "p1")
        await invitations.redeem(tx, b"1" * 32, "p1", 1)
        await reminders.plan(tx, "p1", TEA, "open", {1: 50}, lambda: "r1")

        await people.forget(tx, "p1")

        for table in ("participant", "address", "contact", "invitation", "token", "reminder"):
            count = await tx.execute(text(f"SELECT count(*) FROM {table}"))
            assert count.scalar_one() == 0, table
        assert await participation.forgotten(tx, TEA, "open") == 1


OLD = """
INSERT INTO participant VALUES ('opened', 'en', NULL, :secret);
INSERT INTO address VALUES ('web', 'door', 'opened');
INSERT INTO participation VALUES ('opened', 'tea', 'open', 'begun');
INSERT INTO session VALUES ('opened', 'tea', '1', 3, '{}');
INSERT INTO contact VALUES ('c1', 'Mei', 'Al', 'Mei@x.org', 'zh', 'C1', '2021-01-01');
INSERT INTO contact VALUES ('c2', 'Mei', 'Al', 'mei@x.org', 'zh', 'C2', '2021-01-02');
INSERT INTO contact VALUES ('c3', 'Jan', 'Co', 'jan@x.org', 'en', 'C1', '2022-01-01');
INSERT INTO invitation VALUES ('i1', :one, 'tea', 'open', 'c1', 99, 'opened');
INSERT INTO invitation VALUES ('i2', :two, 'tea', 'open', 'c2', 99, NULL);
INSERT INTO invitation VALUES ('i3', :three, 'tea', 'open', 'c3', 99, NULL);
"""


@pytest.fixture
def old_url(database_url):
    schema.upgrade(database_url, to="0002")
    where = located(database_url)
    if where.get_backend_name() == "sqlite":
        where = where.set(drivername="sqlite+pysqlite")
    engine = create_engine(where)
    values = {"secret": b"s" * 16, "one": b"1" * 32, "two": b"2" * 32, "three": b"3" * 32}
    with engine.begin() as connection:
        for line in filter(None, map(str.strip, OLD.split(";"))):
            used = {name: value for name, value in values.items() if f":{name}" in line}
            connection.execute(text(line), used)
    engine.dispose()
    return database_url


async def test_old_contacts_become_people_and_their_links_still_open(old_url):
    schema.upgrade(old_url)
    database = await Database.open(old_url)

    async with database.writing() as tx:
        mei = await people.at_address(tx, "mail", "mei@x.org")
        assert mei is not None
        assert mei.id == "opened"
        assert await participation.state(tx, "opened", TEA, "open") == "begun"
        assert await invitations.redeem(tx, b"2" * 32, "opened", 1)
        jan = await people.at_address(tx, "mail", "jan@x.org")
        assert jan is not None
        assert await participation.state(tx, jan.id, TEA, "open") == "invited"
        await arrived(tx, "visitor")
        assert await invitations.redeem(tx, b"3" * 32, "visitor", 1)
        names = await tx.execute(text("SELECT name FROM contact ORDER BY certification"))
        assert list(names.scalars()) == ["Jan", "Mei"]
    await database.close()


@pytest.mark.parametrize(("mine", "theirs"), [*combinations_with_replacement(STATES, 2)])
async def test_of_two_who_are_one_who_came_further_counts(database, mine, theirs):
    async with database.writing() as tx:
        for person, state in (("a", mine), ("b", theirs)):
            await arrived(tx, person)
            await tx.execute(
                insert(table).values(
                    participant_id=person, instrument=TEA, round="open", state=state
                )
            )

        await participation.merge(tx, "a", "b")

        found = await participation.state(tx, "b", TEA, "open")
    assert found in {mine, theirs}
    assert found == "finished" or "finished" not in {mine, theirs}
    assert found != "invited" or {mine, theirs} == {"invited"}
