"""Rounds: days of a zone, and wall clocks that jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.rounds import Round, RoundError, closed, extended, moment, planned

AMSTERDAM, SHANGHAI = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Asia/Shanghai")
WINTER = planned("tea", "winter", date(2021, 11, 23), date(2021, 12, 6))
ZONES = some.sampled_from(
    [ZoneInfo(name) for name in (
        "UTC", "Europe/Amsterdam", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
        "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo",
    )]
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        ("2021-11-22 22:59:59", "planned"),
        ("2021-11-22 23:00:00", "open"),
        ("2021-12-06 22:59:59", "open"),
        ("2021-12-06 23:00:00", "closed"),
    ],
)
def test_a_round_lasts_from_midnight_to_midnight_of_its_zone(now, phase):
    assert WINTER.phase(at(now), AMSTERDAM) == phase


def test_a_round_without_an_end_stays_open():
    endless = planned("tea", "always", date(2021, 11, 23), None)

    assert endless.phase(at("2099-01-01 00:00:00"), SHANGHAI) == "open"


def test_a_round_cannot_close_before_it_opens():
    with pytest.raises(RoundError, match="closes on 2021-11-22, before it opens on 2021-11-23"):
        planned("tea", "winter", date(2021, 11, 23), date(2021, 11, 22))


def test_a_round_that_would_outlive_everybody_is_refused():
    with pytest.raises(RoundError, match="leave the end open"):
        planned("tea", "winter", date(2021, 11, 23), date(2121, 11, 22))


def test_a_round_is_extended_to_a_day_to_come():
    today = date(2021, 12, 5)

    assert extended(WINTER, date(2021, 12, 20), today).closes == date(2021, 12, 20)
    assert extended(WINTER, None, today).closes is None
    with pytest.raises(RoundError, match="cannot be extended to 2021-12-04"):
        extended(WINTER, date(2021, 12, 4), today)


def test_a_closed_round_takes_no_answer_from_now_on():
    today = date(2021, 11, 30)

    assert closed(WINTER, today).phase(at("2021-11-30 00:00:00"), AMSTERDAM) == "closed"


def test_a_round_that_never_opened_can_be_closed():
    over = closed(WINTER, date(2021, 11, 1))

    assert over.phase(at("2021-11-23 12:00:00"), AMSTERDAM) == "closed"


def test_a_reading_that_the_clock_jumps_over_moves_forward():
    """On 2021-03-28 Amsterdam's clocks went from 2:00 to 3:00."""
    assert moment(date(2021, 3, 28), time(2, 30), AMSTERDAM) == at("2021-03-28 01:30:00")


def test_of_a_reading_that_comes_twice_the_first_counts():
    """On 2021-10-31 Amsterdam's clocks went from 3:00 back to 2:00."""
    assert moment(date(2021, 10, 31), time(2, 30, fold=1), AMSTERDAM) == at("2021-10-31 00:30:00")


@given(some.dates(date(2000, 1, 1), date(2037, 12, 1)), some.integers(0, 40), ZONES)
def test_a_round_is_planned_then_open_then_closed_whatever_the_zone(opens, days, zone):
    of = Round("tea", "some", opens, opens + timedelta(days=days))
    first = moment(opens, time(0), zone)
    second = timedelta(seconds=1)

    assert of.phase(first - second, zone) == "planned"
    assert of.phase(first, zone) == "open"
    assert of.phase(of.ends(zone) - second, zone) == "open"
    assert of.phase(of.ends(zone), zone) == "closed"
