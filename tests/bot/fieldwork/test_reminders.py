"""Reminders from slot to message: once, by day, at the right door, and never to who said no."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels import Incoming, Unreadable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_wire import open_bot
from bot.fieldwork import fielding, letters
from bot.pace import A_SECOND
from flows.rounds import Round
from storage import in_hand, outbox, participation, people, rounds, sessions
from tests import bot_api
from tests.bot.fieldwork.reached import BENCHMARK, SURVEY, Office, reminded
from tests.flows.playing import ASI_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot.conftest import Clock


@pytest.fixture
async def office(fieldwork: Conversation, clock: Clock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(bot_api.running())
        bot = await stack.enter_async_context(
            open_bot(bot_api.TOKEN, api.base_url, api.base_file_url)
        )
        office = Office(fieldwork, clock, api)
        office.opens(TelegramChannel(bot, today=lambda: 20_000))
        yield office


async def test_an_invitation_goes_out_once_and_reminders_follow(office: Office) -> None:
    await office.writes_to("mei@example.org")
    for day in (23, 24, 25, 26, 30):
        await office.at(day)

    assert [address for address, _ in office.letters] == ["mei@example.org"] * 3
    links = {each.url for _, letter in office.letters for each in letter.links}
    assert len(links) == 6  # two doors, and each letter carries links of its own
    assert await office.fates() == {0: "sent", 1: "sent", 2: "sent", 3: "waiting"}


async def test_a_letter_waits_for_the_morning(office: Office, clock: Clock) -> None:
    clock.at = clock.at.replace(hour=19)
    await office.writes_to("mei@example.org")
    await office.beats()
    assert not office.letters

    await office.at(24)
    assert len(office.letters) == 1


async def test_who_has_a_chat_is_reminded_there_with_a_way_to_stop(office: Office) -> None:
    _, alice = await office.invites(7)
    await office.at(25)
    await office.at(25, hour=15)

    assert reminded(alice) == 1
    assert "Stop reminders" in alice.buttons
    assert not office.letters


async def test_by_their_own_clock(office: Office) -> None:
    who, alice = await office.invites(7)
    async with office.talk.database.writing() as tx:
        await people.set_zone(tx, who, "Asia/Kathmandu")  # 9 o'clock there is 3:15 by Greenwich

    await office.at(25, hour=13)
    assert reminded(alice) == 0  # 18:45 there
    await office.at(26, hour=3, minute=14)
    assert reminded(alice) == 0
    await office.at(26, hour=3, minute=15)
    assert reminded(alice) == 1


async def test_who_answers_is_left_in_peace_for_as_many_days_again(office: Office) -> None:
    _, alice = await office.invites(7)
    office.clock.passes(days=1)
    await office.hears(7, "take", ASI_ID)
    await office.at(25)
    assert reminded(alice) == 0

    await office.at(26)
    assert reminded(alice) == 1


async def test_the_next_reminder_is_counted_from_the_last_answer_too(office: Office) -> None:
    """On the 30th the first one is due; so was the second one, before there was an answer."""
    who, alice = await office.invites(7)
    await office.hears(7, "take", ASI_ID)
    for day in range(24, 29):
        office.clock.at = office.clock.at.replace(day=day, hour=8)
        await office.answers(who)
        await office.at(day)
    assert reminded(alice) == 0

    await office.at(30)

    assert reminded(alice) == 1
    assert await office.fates() == {1: "sent", 2: "waiting", 3: "waiting"}


@pytest.mark.parametrize(
    ("name", "argument"), [("reminders", "off"), ("decline", ASI_ID), ("forget", "yes")]
)
async def test_nothing_comes_after_somebody_said_no(
    office: Office, name: str, argument: str
) -> None:
    _, alice = await office.invites(7)
    await office.hears(7, name, argument)
    for day in (25, 30):
        await office.at(day)

    assert reminded(alice) == 0
    assert not {"sent", "queued"} & set((await office.fates()).values())


async def test_slots_go_with_the_last_answer(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.finishes(who)

    assert await office.fates() == {}
    await office.at(25)
    assert reminded(alice) == 0


async def test_who_finishes_while_it_is_in_the_air_gets_nothing(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.decides(25)
    post = office.sender.unasked

    class AfterTheLastAnswer:
        settle = post.settle

        async def prepare(self, due):
            await office.finishes(who)
            return await post.prepare(due)

    office.sender.unasked = office.sender._saying.unasked = AfterTheLastAnswer()
    await office.sender.send_due()

    assert reminded(alice) == 0
    assert await office.waiting() == 0


async def test_who_blocked_the_bot_is_out_of_reach_in_every_round(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.invites(7, BENCHMARK)
    alice.chat.blocked = True

    await office.at(25)

    async with office.talk.database.reading() as tx:
        for of in (SURVEY, BENCHMARK):
            assert await participation.state(tx, who, of.instrument, of.name) == "unreachable"
    assert "skipped:gone" in [(await office.fates(of))[1] for of in (SURVEY, BENCHMARK)]
    assert await office.waiting() == 0


async def test_what_waits_for_somebody_who_leaves_does_not_stand_in_the_way_later(
    office: Office,
) -> None:
    _, alice = await office.invites(7)
    await office.decides(25)
    for kind in ("blocked", "returned"):
        await office.talk.take([Incoming("telegram", "7", Unreadable(kind))])
    await office.beats()
    assert (reminded(alice), (await office.fates())[1]) == (0, "skipped:gone")

    await office.at(30)
    assert reminded(alice) == 1


async def test_a_letter_to_a_box_that_is_not_there_bounces(office: Office) -> None:
    office.no_such_box.add("mei@example.org")
    await office.writes_to("mei@example.org")
    await office.at(23)
    await office.at(25)

    async with office.talk.database.reading() as tx:
        mei = await people.at_address(tx, people.MAIL, "mei@example.org")
        assert mei is not None
        assert await participation.state(tx, mei.id, ASI_ID, SURVEY.name) == "bounced"
    fates = await office.fates()
    assert (fates[0], fates[1]) == ("skipped:gone", "skipped:state")


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_call_that_may_have_arrived_is_not_made_again(
    office: Office, *, arrives: bool
) -> None:
    _, alice = await office.invites(7)
    office.api.fault("sendMessage", bot_api.drops(acts=arrives))
    await office.at(25)
    await office.at(26)

    assert reminded(alice) == arrives
    assert (await office.fates())[1] == "unknown"


async def test_a_limit_keeps_it_for_later(office: Office) -> None:
    _, alice = await office.invites(7)
    office.api.fault("sendMessage", bot_api.too_many(30))
    await office.at(25)
    assert (reminded(alice), (await office.fates())[1]) == (0, "queued")

    await office.at(25, minute=1)
    assert (reminded(alice), (await office.fates())[1]) == (1, "sent")


async def test_a_limit_that_lasts_into_the_night_keeps_it_for_the_morning(office: Office) -> None:
    _, alice = await office.invites(7)
    office.api.fault("sendMessage", bot_api.too_many(9 * 3600 + 60))
    await office.at(25)
    await office.at(25, hour=18, minute=5)
    assert reminded(alice) == 0

    await office.at(26)
    assert reminded(alice) == 1


async def test_what_was_in_the_air_when_everything_stopped_is_not_sent_again(
    office: Office,
) -> None:
    _, alice = await office.invites(7)
    await office.decides(25)
    await _claimed_by_somebody_who_died(office)

    await office.sender.account_for_abandoned(whoever=True)
    async with office.talk.database.writing() as tx:
        await in_hand.free(tx, 0)
    await office.beats()

    assert (reminded(alice), (await office.fates())[1]) == (0, "unknown")


async def test_what_was_not_said_when_everything_stopped_is_said_later(office: Office) -> None:
    _, alice = await office.invites(7)
    await office.decides(25)
    await _claimed_by_somebody_who_died(office, in_the_air=False)

    await office.beats()
    assert reminded(alice) == 0  # somebody may be about to say it
    office.clock.passes(seconds=60)
    await office.beats()

    assert (reminded(alice), (await office.fates())[1]) == (1, "sent")


@pytest.mark.parametrize("error", [KeyError("tea"), OperationalError("x", {}, Exception("locked"))])
async def test_a_reminder_that_could_not_be_prepared_is_said_later(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _, alice = await office.invites(7)

    async def fails(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(letters, "card", fails)
        await office.at(25)
    assert (reminded(alice), (await office.fates())[1]) == (0, "queued")

    office.clock.passes(seconds=700)
    await office.beats()

    assert (reminded(alice), (await office.fates())[1]) == (1, "sent")


async def test_what_hangs_in_the_air_is_given_up_by_a_beat(office: Office) -> None:
    await office.invites(7)
    await office.decides(25)
    await _claimed_by_somebody_who_died(office)
    await office.at(25, minute=9)
    assert (await office.fates())[1] == "queued"

    await office.at(25, minute=11)
    assert (await office.fates())[1] == "unknown"


async def _claimed_by_somebody_who_died(office: Office, *, in_the_air: bool = True) -> None:
    now = office.talk.house.universe.seconds()
    async with office.talk.database.writing() as tx:
        claimed = await outbox.claim(tx, now=now, claim="died", lease=60, limit=9, unasked=True)
        for each in claimed if in_the_air else ():
            assert await outbox.calling(tx, each.id, "died", now + 600)
    assert claimed


async def test_a_reminder_that_waits_holds_up_no_answer_in_the_same_chat(office: Office) -> None:
    _, alice = await office.invites(7)
    await office.decides(25)
    for other in range(A_SECOND):
        office.sender.pace.note("telegram", f"other {other}")

    await office.hears(7, "take", ASI_ID)
    await office.sender.send_due()

    assert len(alice.messages) == 1
    assert "ASI Certification Survey" in alice.screen
    assert reminded(alice) == 0


async def test_two_rounds_do_not_write_on_the_same_day(office: Office) -> None:
    _, alice = await office.invites(7)
    await office.invites(7, BENCHMARK)
    await office.at(25)
    await office.at(25, hour=17)
    assert reminded(alice) == 1

    await office.at(26)
    assert reminded(alice) == 2


async def test_a_letter_and_the_chat_it_leads_to_are_one_persons(office: Office) -> None:
    """Neither the twenty hours nor the clock are lost where two turn out to be one."""
    for of in (SURVEY, BENCHMARK):
        await office.writes_to("mei@example.org", of)
    async with office.talk.database.writing() as tx:
        mei = await people.at_address(tx, people.MAIL, "mei@example.org")
        assert mei is not None
        await people.set_zone(tx, mei.id, "Europe/London")
    await office.at(23)
    ((_, letter),) = office.letters
    link = next(each.url for each in letter.links if "t.me" in each.url)
    client = office.api.person(7)
    client.chat.begun = True
    await office.hears(7, "start", link.partition("start=")[2])

    await office.at(23, hour=17)
    async with office.talk.database.reading() as tx:
        person = await people.at_address(tx, "telegram", "7")
    assert person is not None
    assert person.zone == "Europe/London"
    assert len(office.letters) == 1
    assert not any(each.startswith(("A reminder", "Invit")) for each in client.messages)


@pytest.mark.parametrize("hour", [3, 9])
async def test_after_days_of_being_down_there_is_one_reminder_for_all_rounds(
    office: Office, hour: int
) -> None:
    _, alice = await office.invites(7)
    await office.invites(7, BENCHMARK)
    for day in (27, 28):
        await office.at(day, hour=hour)
        await office.at(day)

    assert reminded(alice) == 1
    fates = sorted([(await office.fates(of))[1] for of in (SURVEY, BENCHMARK)])
    assert fates == ["sent", "skipped:late"]


async def test_a_round_that_is_closed_reminds_nobody(office: Office) -> None:
    of = Round(ASI_ID, "short", date(2026, 11, 20), date(2026, 12, 6))
    async with office.talk.database.writing() as tx:
        await rounds.keep(tx, of)
    _, alice = await office.invites(7, of)
    async with office.talk.database.writing() as tx:
        await fielding.close(office.talk.house, tx, of)
    await office.at(25)

    assert reminded(alice) == 0
    assert (await office.fates(of))[1] == "skipped:state"


async def test_an_administrator_hastens_the_next_one_and_adds_none(office: Office) -> None:
    _, alice = await office.invites(7)
    office.clock.passes(days=1)
    async with office.talk.database.writing() as tx:
        assert await fielding.remind(office.talk.house, tx, SURVEY) == 1
    await office.at(24, hour=10)
    assert reminded(alice) == 1

    await office.at(25)
    assert reminded(alice) == 1
    assert await office.fates() == {1: "sent", 2: "waiting", 3: "waiting"}


async def test_many_who_decide_at_once_queue_it_once(office: Office) -> None:
    await office.invites(7)
    office.clock.passes(days=2)
    await asyncio.gather(*(office.alarm.ring() for _ in range(4)))

    assert await office.waiting() == 1


async def test_who_declined_one_round_and_comes_to_another_stays_declined(office: Office) -> None:
    of = Round(ASI_ID, "winter", date(2026, 11, 20), date(2026, 12, 6))
    async with office.talk.database.writing() as tx:
        await rounds.keep(tx, of)
    who, _ = await office.invites(7)
    await office.hears(7, "decline", ASI_ID)
    await office.invites(7, of)
    await office.hears(7, "take", ASI_ID)

    async with office.talk.database.reading() as tx:
        states = [await participation.state(tx, who, ASI_ID, name) for name in ("winter", "open")]
    assert states == ["opened", "declined"]


async def test_who_declines_is_asked_no_more_in_any_round_that_is_open(office: Office) -> None:
    of = Round(ASI_ID, "winter", date(2026, 11, 20), date(2026, 12, 6))
    async with office.talk.database.writing() as tx:
        await rounds.keep(tx, of)
    who, alice = await office.invites(7)
    await office.invites(7, of)
    await office.hears(7, "decline", ASI_ID)
    for day in range(24, 31):
        await office.at(day)

    assert reminded(alice) == 0
    async with office.talk.database.reading() as tx:
        states = {await participation.state(tx, who, ASI_ID, name) for name in ("winter", "open")}
    assert states == {"declined"}


async def test_a_reminder_that_was_held_back_yields_to_an_answer(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.hears(7, "take", ASI_ID)
    office.api.fault("sendMessage", bot_api.too_many(16 * 3600))
    await office.at(25, hour=17)
    assert reminded(alice) == 0

    office.clock.at = office.clock.at.replace(day=26, hour=8, minute=55)
    await office.answers(who)
    await office.at(26, hour=10)
    assert reminded(alice) == 0
    for day in (27, 28, 29):
        await office.at(day)

    assert reminded(alice) == 1


async def test_what_an_administrator_wants_now_is_not_put_off_by_an_answer(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.hears(7, "take", ASI_ID)
    async with office.talk.database.writing() as tx:
        await fielding.remind(office.talk.house, tx, SURVEY)
    office.api.fault("sendMessage", bot_api.too_many(600))
    await office.beats()
    await office.answers(who)
    office.clock.passes(minutes=15)
    await office.beats()

    assert reminded(alice) == 1


async def test_days_are_counted_by_the_persons_own_clock(office: Office) -> None:
    who, alice = await office.invites(7)
    await office.hears(7, "timezone", "Pacific/Auckland")
    await office.hears(7, "take", ASI_ID)
    office.clock.at = office.clock.at.replace(day=24, hour=19, minute=50)  # the 25th, 08:50 there
    await office.hears(7, "resume", ASI_ID)
    async with office.talk.database.writing() as tx:
        keys = office.talk.house.keys
        kept = await sessions.load(tx, keys, who, ASI_ID)
        assert kept is not None
        day = (date(2026, 11, 25) - date(1970, 1, 1)).days
        now = office.talk.house.universe.seconds()
        await sessions.save(tx, keys, who, kept.session, kept, now=now, day=day)

    await office.at(25, hour=21)  # the 26th, 10:00 there
    assert reminded(alice) == 0
    await office.at(26, hour=21)  # the 27th: two days after
    assert reminded(alice) == 1


async def test_a_round_that_is_closed_and_goes_on_loses_no_letter(office: Office) -> None:
    office.clock.at = office.clock.at.replace(hour=19)
    await office.writes_to("mei@example.org")
    async with office.talk.database.writing() as tx:
        of = await fielding.close(office.talk.house, tx, SURVEY)
    await office.at(24)
    assert not office.letters

    async with office.talk.database.writing() as tx:
        await fielding.extend(office.talk.house, tx, of, date(2026, 12, 31))
    for day, hour in ((24, 12), (25, 10), (26, 10)):
        await office.at(day, hour)

    titles = [letter.subject for _, letter in office.letters]
    assert [title.startswith("A reminder") for title in titles] == [False, True]
