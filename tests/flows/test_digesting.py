"""Digests: when one is due, and what it says has changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.digesting import Change, Schedule, changed, latest
from flows.ladder import funnel

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "key", "due"),
    [
        (Schedule("day"), "2021-11-23 07:00", "day:2021-11-23", "2021-11-23 07:00"),
        (Schedule("day"), "2021-11-23 06:59", "day:2021-11-22", "2021-11-22 07:00"),
        (Schedule("week", on=1), "2021-11-23 07:00", "week:2021-11-22", "2021-11-22 07:00"),
        (Schedule("week", on=7), "2021-11-23 07:00", "week:2021-11-21", "2021-11-21 07:00"),
        (Schedule("month", on=31), "2021-03-01 12:00", "month:2021-02-28", "2021-02-28 07:00"),
        (Schedule("month", on=31), "2021-03-31 06:00", "month:2021-03-31", "2021-03-31 06:00"),
        (Schedule("month", on=31), "2021-03-31 05:59", "month:2021-02-28", "2021-02-28 07:00"),
    ],
)
def test_the_latest_digest_that_fell_due_is_the_one_to_send(schedule, now, key, due):
    found = latest(schedule, at(now), AMSTERDAM)

    assert (found.key, found.due) == (key, at(due))


def test_who_wants_no_digest_gets_none():
    assert latest(Schedule("never"), at("2021-11-23 07:00"), AMSTERDAM) is None


def test_a_clock_that_jumps_moves_the_digest_and_never_doubles_it():
    early = Schedule("day", at=time(2, 30))
    keys = [
        latest(early, at("2021-03-27 00:00") + timedelta(minutes=10 * step), AMSTERDAM).key
        for step in range(6 * 24 * 3)
    ]

    assert sorted(set(keys)) == [f"day:2021-03-{day}" for day in (26, 27, 28, 29)]
    assert keys == sorted(keys)


@given(
    some.sampled_from(["day", "week", "month"]),
    some.integers(1, 31),
    some.times(),
    some.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001
    some.integers(0, 60),
)
def test_time_brings_later_digests_and_each_is_over_when_it_is_sent(every, on, hour, now, days):
    schedule = Schedule(every, hour, on if every == "month" else 1 + on % 7)
    first = latest(schedule, now, AMSTERDAM)
    second = latest(schedule, now + timedelta(days=days), AMSTERDAM)

    assert first.due <= now
    assert first.key <= second.key
    assert now - first.due <= timedelta(days={"day": 2, "week": 8, "month": 32}[every])


def test_a_digest_says_what_moved_since_the_one_before():
    before, now = funnel({"invited": 10}), funnel({"invited": 7, "begun": 2, "finished": 3})

    moved = changed(now, before)

    assert (moved.invited, moved.begun, moved.finished) == (
        Change(12, 10),
        Change(5, 0),
        Change(3, 0),
    )
    assert (moved.invited.by, moved.rate, moved.rate_before) == (2, 25, 0)
    assert not moved.quiet


def test_the_first_digest_counts_from_nothing_and_a_quiet_one_says_so():
    now = funnel({"invited": 3})

    assert changed(now, None).invited == Change(3, 0)
    assert changed(now, None).rate_before is None
    assert changed(now, now).quiet
