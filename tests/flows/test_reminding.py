"""Reminders: when one falls due, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.ladder import REMINDED, STATES
from flows.reminding import LATE, QUIET, Send, Skip, Standing, Wait, Window, decide, due
from flows.rounds import Cadence, Round, planned

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ROUND = planned(Round("tea", "winter", date(2021, 11, 23), date(2021, 12, 6), AMSTERDAM))
WINDOW = Window()
NAMES = (
    "UTC", "Europe/Amsterdam", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Shanghai",
)  # fmt: skip
ZONES = some.sampled_from([ZoneInfo(name) for name in NAMES])
# Hypothesis wants bounds without a zone and adds it itself.
BOUNDS = datetime(2010, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001
MOMENTS = some.datetimes(*BOUNDS, timezones=some.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def decided(standing: Standing, now: str, slot: str = "2021-11-25 08:00", following=None):
    return decide(
        at(slot),
        following and at(following),
        standing,
        ROUND,
        now=at(now),
        window=WINDOW,
    )


BEGUN = Standing("begun", AMSTERDAM)


def test_reminders_fall_due_when_the_window_opens_on_the_participants_clock():
    assert due(Cadence(), WINDOW, date(2021, 3, 26), AMSTERDAM) == (
        at("2021-03-28 07:00"),  # summer time since that night
        at("2021-04-02 07:00"),
        at("2021-04-09 07:00"),
    )


def test_what_is_due_in_the_window_is_sent():
    assert decided(BEGUN, "2021-11-25 08:00") == Send()
    assert decided(BEGUN, "2021-11-25 16:59") == Send()


def test_what_is_due_at_night_waits_for_the_morning():
    assert decided(BEGUN, "2021-11-25 17:00") == Wait(at("2021-11-26 08:00"))
    assert decided(BEGUN, "2021-11-26 03:00") == Wait(at("2021-11-26 08:00"))


@pytest.mark.parametrize("state", STATES)
def test_only_those_are_reminded_who_can_still_answer(state):
    expected = Send() if state in REMINDED else Skip("state")

    assert decided(replace(BEGUN, state=state), "2021-11-25 09:00") == expected


def test_who_wants_no_reminders_gets_none():
    assert decided(replace(BEGUN, stopped=True), "2021-11-25 09:00") == Skip("stopped")


def test_a_closed_round_reminds_nobody():
    assert decided(BEGUN, "2021-12-07 09:00", slot="2021-12-06 08:00") == Skip("closed")


def test_a_reminder_that_could_go_only_after_the_end_is_not_sent():
    assert decided(BEGUN, "2021-12-06 18:00", slot="2021-12-06 08:00") == Skip("closed")


def test_a_round_not_yet_open_is_waited_for():
    assert decided(BEGUN, "2021-11-20 09:00", slot="2021-11-20 08:00") == Wait(
        at("2021-11-23 08:00")
    )


def test_after_a_long_outage_the_last_slot_is_sent_and_the_others_are_not():
    back = "2021-12-03 09:00"

    assert decided(BEGUN, back, following="2021-11-30 08:00") == Skip("late")
    assert decided(BEGUN, back, slot="2021-11-30 08:00") == Send()


def test_nobody_is_written_to_twice_within_twenty_hours():
    lately = replace(BEGUN, last_message=at("2021-11-25 07:00"))

    assert decided(lately, "2021-11-25 09:00") == Wait(at("2021-11-26 08:00"))
    assert decided(lately, "2021-11-26 09:00") == Send()


@given(MOMENTS, ZONES, some.none() | some.integers(0, 48))
def test_what_is_sent_lies_in_the_window_and_what_waits_is_sent_then(now, zone, hours_ago):
    last = None if hours_ago is None else now - timedelta(hours=hours_ago)
    standing = Standing("invited", zone, last_message=last)
    endless = Round("tea", "always", date(2009, 1, 1), None, zone)

    def decision(moment):
        return decide(moment, None, standing, endless, now=moment, window=WINDOW)

    found = decision(now)
    when = now if found == Send() else found.until
    assert decision(when) == Send()
    assert time(9) <= when.astimezone(zone).time() < time(18)
    assert last is None or when - last >= QUIET
    assert when - now <= timedelta(hours=20 + 24 + 1)


def test_after_an_outage_one_reminder_speaks_for_the_rounds_that_fell_due_meanwhile():
    written = replace(BEGUN, last_message=at("2021-11-28 08:00"))

    assert decided(written, "2021-11-29 08:00") == Skip("late")


def test_what_waits_for_its_turn_is_not_taken_for_late():
    written = replace(BEGUN, last_message=at("2021-11-25 08:00"))
    morning = at("2021-11-26 08:00")

    assert decided(written, "2021-11-25 08:00") == Wait(morning)
    assert decided(written, "2021-11-26 08:00", slot="2021-11-26 08:00") == Send()
    assert timedelta(hours=10) < LATE < QUIET
