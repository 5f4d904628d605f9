"""A digest comes once a period, says what changed since the last, and knows who may see what."""

from __future__ import annotations

import json
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from bot.channels import Incoming, Typed
from bot.channels.mail import MailChannel
from bot.fieldwork import appointments, digests
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.documents import Documents
from bot.fieldwork.post import Post
from bot.sender import Sender
from bot.settings import Mail, Reports, Settings
from storage import administrators, outbox, participation, people
from storage import digests as kept
from tests.bot.fieldwork.desks import BENCHMARK, SURVEY, AtDesk, appointed, number_of
from tests.invited import invited, someone

WEEK = 7


async def said(talk, key, address="1"):
    rendered = await digests.rendered(
        talk.house, talk.database, f"{await number_of(talk, address)}:{key}"
    )
    shown = rendered.shown.card
    return "\n".join([shown.title, *shown.paragraphs, *(each.label for each in shown.lines)])


async def beats(talk):
    """One beat: how many digests it made."""
    async with talk.database.writing() as tx:
        return await digests.make_due(talk.house, tx)


async def invites(talk, many, start=0):
    async with talk.database.writing() as tx:
        for n in range(start, start + many):
            await invited(tx, someone(f"{n}@x.org"), SURVEY, n.to_bytes(2) * 16)


async def finishes(talk, n):
    async with talk.database.writing() as tx:
        person = await people.at_address(tx, "mail", f"{n}@x.org")
        await participation.begin(tx, person.id, SURVEY, "open")
        await participation.finish(tx, person.id, SURVEY, "open")


async def test_nothing_is_sent_when_an_administrator_is_first_seen(fieldwork, clock):
    await appointed(fieldwork)

    assert await beats(fieldwork) == 0
    clock.passes(hours=2)
    assert await beats(fieldwork) == 0


async def test_a_digest_comes_once_a_week_whatever_many_beats(fieldwork, clock):
    await appointed(fieldwork)
    await beats(fieldwork)

    made = []
    for _ in range(3 * WEEK * 24):
        clock.passes(hours=1)
        made.append(await beats(fieldwork))

    assert sum(made) == 3
    assert max(made) == 1


async def test_after_a_month_away_one_digest_covers_the_gap(fieldwork, clock):
    await appointed(fieldwork)
    await beats(fieldwork)
    clock.passes(days=30)

    assert [await beats(fieldwork) for _ in range(3)] == [1, 0, 0]


async def test_another_schedule_brings_no_digest_for_days_that_are_over(fieldwork, clock):
    desk = await appointed(fieldwork)
    await beats(fieldwork)
    clock.passes(hours=30)

    await desk.wants("schedule.month.1")
    assert await beats(fieldwork) == 0
    await desk.wants("schedule.never")
    clock.passes(days=60)
    assert await beats(fieldwork) == 0


async def test_what_changed_is_counted_from_the_last_one_that_was_sent(fieldwork, clock):
    exact = replace(fieldwork.house.manners, batch=1)
    fieldwork.house = replace(fieldwork.house, manners=exact)
    await appointed(fieldwork)
    number = await number_of(fieldwork)
    await invites(fieldwork, 4)
    keys = []
    for n in range(3):
        clock.passes(days=1)
        await finishes(fieldwork, n)
        async with fieldwork.database.writing() as tx:
            who = await administrators.numbered(tx, number)
            keys.append(f"now:{n}")
            await digests.make(fieldwork.house, tx, who, keys[-1])
            await kept.settle(tx, number, keys[-1], "unknown" if n == 1 else "sent")

    assert "1 of 4 has answered" in await said(fieldwork, keys[0])
    third = await said(fieldwork, keys[2])
    assert "3 of 4 have answered (75 %), +2 since 24 November" in third


@pytest.mark.parametrize(("role", "sees"), [("researcher", True), ("survey", False)])
async def test_scores_are_for_those_who_may_see_them(fieldwork, role, sees):
    fieldwork.house = replace(fieldwork.house, open_to_all=True)
    mei = AtDesk(fieldwork, "7", "web")
    await mei.asks("take", BENCHMARK)
    await fieldwork.take([Incoming("web", "7", Typed(each)) for each in ("start", "1")])
    await appointed(fieldwork, role)
    number = await number_of(fieldwork)
    async with fieldwork.database.writing() as tx:
        who = await administrators.numbered(tx, number)
        await digests.make(fieldwork.house, tx, who, "now:1")
    async with fieldwork.database.reading() as tx:
        told = await digests.told(fieldwork.house, tx, who, "now:1")

    (assessment,) = told.under_way
    assert (assessment.floor is not None) is sees
    assert assessment.answered == 1


async def test_a_snapshot_holds_counts_and_nothing_else(fieldwork):
    await appointed(fieldwork)
    await invites(fieldwork, 2)
    number = await number_of(fieldwork)
    async with fieldwork.database.writing() as tx:
        who = await administrators.numbered(tx, number)
        await digests.make(fieldwork.house, tx, who, "now:1")
        made, _ = await kept.get(tx, number, "now:1")

    values = [value for each in json.loads(made.snapshot).values() for value in each.values()]
    assert all(value is None or isinstance(value, int) for value in values)


async def test_who_has_no_telegram_gets_one_letter_with_the_chart(fieldwork, tmp_path, clock):
    """The whole line: a beat makes it, the sender sends it, a restart sends no second one."""
    await invites(fieldwork, 3)
    async with fieldwork.database.writing() as tx:
        values = {
            "channel": "mail", "address": "office@x.org", "role": "analyst", "language": "zh",
            "every": "day", "hour": 8, "on_day": 1, "zone": "UTC", "origin": "config",
        }  # fmt: skip
        await administrators.appoint(tx, values, anew=True)
    mail = MailChannel(Mail(folder=str(tmp_path), sender="Assay <assay@x.org>"))
    documents = Documents(fieldwork.house, fieldwork.database, Reports())

    for _ in range(3):
        post = Post(fieldwork.house, fieldwork.database, {}, mail, documents)
        sender = Sender(fieldwork.database, fieldwork, {}, fieldwork.house.universe, post)
        await Alarm(fieldwork.house, fieldwork.database, sender).ring()
        await sender.send_due()
        clock.passes(hours=12)

    (path,) = tmp_path.glob("*.eml")
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert letter["To"] == "office@x.org"
    assert "3" in letter["Subject"]
    assert [each.get_content_type() for each in letter.walk()].count("image/png") == 1


async def test_an_administrator_on_a_page_looks_at_the_digest_there(fieldwork, clock):
    async with fieldwork.database.writing() as tx:
        await appointments.appoint(tx, Settings(), "web", "7", "owner", origin="code")
    await beats(fieldwork)
    clock.passes(days=30)

    assert await beats(fieldwork) == 0
    outcome = await AtDesk(fieldwork, "7", "web").wants("digest")
    (page,) = outcome.pages
    assert page.card.name == "admin.now"
    assert "round" in page.card.title
    async with fieldwork.database.reading() as tx:
        assert await outbox.unasked(tx, 2**40) == 0


async def test_a_report_that_cannot_be_made_takes_no_digest_with_it(
    fieldwork, tmp_path, clock, monkeypatch
):
    async def fails(*_: object) -> None:
        raise KeyError("tea")

    monkeypatch.setattr(Documents, "report", fails)
    monkeypatch.setattr(digests, "_moved", one)
    letters = await by_mail(fieldwork, tmp_path, clock)

    assert len(letters) == 1


async def one(*_: object) -> list[int]:
    return [1]


async def by_mail(talk, folder, clock):
    """The letters of a week to somebody who has no Telegram."""
    async with talk.database.writing() as tx:
        door = "mail", "boss@x.org"
        await appointments.appoint(tx, Settings(), *door, "analyst", origin="config")
    mail = MailChannel(Mail(folder=str(folder), sender="Assay <assay@x.org>"))
    post = Post(talk.house, talk.database, {}, mail, talk.documents)
    sender = Sender(talk.database, talk, {}, talk.house.universe, post)
    alarm = Alarm(talk.house, talk.database, sender)
    await alarm.ring()
    clock.passes(days=8)
    await alarm.ring()
    await sender.send_due()
    return list(folder.glob("*.eml"))


async def test_what_could_not_be_delivered_is_told_for_a_month(fieldwork, clock):
    async with fieldwork.database.writing() as tx:
        now = fieldwork.house.universe.seconds()
        await outbox.put(tx, "telegram", "7", "page", "help:en", lane=0, now=now)
        (due,) = await outbox.claim(tx, now=now, claim="c", lease=60, limit=1)
        await outbox.give_up(tx, due.id, "c", "too_many_tries")
    alarm = Alarm(fieldwork.house, fieldwork.database)

    for days, told in ((29, {"telegram": 1}), (2, {})):
        clock.passes(days=days)
        await alarm.ring()
        async with fieldwork.database.reading() as tx:
            assert await outbox.dead(tx) == told
