"""Rounds: days of a zone, and wall clocks that jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.rounds import Cadence, Round, RoundError, closed, extended, moment, planned

AMSTERDAM, SHANGHAI = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Asia/Shanghai")
WINTER = planned(Round("tea", "winter", date(2021, 11, 23), date(2021, 12, 6), AMSTERDAM))
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
    assert WINTER.phase(at(now)) == phase


def test_a_round_without_an_end_stays_open():
    endless = planned(Round("tea", "always", date(2021, 11, 23), None, SHANGHAI))

    assert endless.phase(at("2099-01-01 00:00:00")) == "open"


def test_a_round_cannot_close_before_it_opens():
    with pytest.raises(RoundError, match="closes on 2021-11-22, before it opens on 2021-11-23"):
        planned(replace(WINTER, closes=date(2021, 11, 22)))


def test_a_round_that_would_outlive_everybody_is_refused():
    with pytest.raises(RoundError, match="leave the end open"):
        planned(replace(WINTER, closes=date(2121, 11, 22)))


def test_a_round_is_extended_to_a_day_to_come():
    today = date(2021, 12, 5)

    assert extended(WINTER, date(2021, 12, 20), today).closes == date(2021, 12, 20)
    assert extended(WINTER, None, today).closes is None
    with pytest.raises(RoundError, match="cannot be extended to 2021-12-04"):
        extended(WINTER, date(2021, 12, 4), today)


def test_a_closed_round_takes_no_answer_from_now_on():
    today = date(2021, 11, 30)

    assert closed(WINTER, today).phase(at("2021-11-30 00:00:00")) == "closed"


def test_a_round_that_never_opened_can_be_closed():
    over = closed(WINTER, date(2021, 11, 1))

    assert over.phase(at("2021-11-23 12:00:00")) == "closed"


def test_a_reading_that_the_clock_jumps_over_moves_forward():
    """On 2021-03-28 Amsterdam's clocks went from 2:00 to 3:00."""
    assert moment(date(2021, 3, 28), time(2, 30), AMSTERDAM) == at("2021-03-28 01:30:00")


def test_of_a_reading_that_comes_twice_the_first_counts():
    """On 2021-10-31 Amsterdam's clocks went from 3:00 back to 2:00."""
    assert moment(date(2021, 10, 31), time(2, 30, fold=1), AMSTERDAM) == at("2021-10-31 00:30:00")


@given(some.dates(date(2000, 1, 1), date(2037, 12, 1)), some.integers(0, 40), ZONES)
def test_a_round_is_planned_then_open_then_closed_whatever_the_zone(opens, days, zone):
    of = Round("tea", "some", opens, opens + timedelta(days=days), zone)
    first = moment(opens, time(0), zone)
    second = timedelta(seconds=1)

    assert of.phase(first - second) == "planned"
    assert of.phase(first) == "open"
    assert of.phase(of.ends() - second) == "open"
    assert of.phase(of.ends()) == "closed"


@pytest.mark.parametrize("name", ["", "Winter", "winter 2021", "w" * 41, "../winter"])
def test_a_round_has_a_name_that_a_file_and_an_address_can_carry(name):
    with pytest.raises(RoundError, match="a round's name is"):
        planned(replace(WINTER, name=name))


@pytest.mark.parametrize("days", [(1, 2, 3, 4), (7, 2), (2, 2), (0, 2), (-1,)])
def test_a_cadence_that_would_bother_people_is_refused(days):
    with pytest.raises(RoundError, match="at most 3 numbers of days"):
        planned(replace(WINTER, cadence=Cadence(days)))


def test_a_round_may_remind_nobody():
    assert planned(replace(WINTER, cadence=Cadence(()))).cadence.idle_days == ()


def test_an_answer_that_was_on_its_way_at_the_end_still_counts():
    end = WINTER.ends()

    assert WINTER.takes_answers(end + timedelta(seconds=59))
    assert not WINTER.takes_answers(end + timedelta(seconds=60))
    assert not WINTER.takes_answers(at("2021-11-22 22:59:59"))


def test_a_round_knows_which_day_it_is_where_it_is_held():
    assert WINTER.today(at("2021-11-22 23:30")) == date(2021, 11, 23)


def test_a_round_that_is_there_for_ever_can_be_given_an_end():
    always = Round("tea", "open", date(1970, 1, 1))
    today = date(2021, 12, 5)

    assert extended(always, date(2021, 12, 20), today).closes == date(2021, 12, 20)
    with pytest.raises(RoundError, match="leave the end open"):
        extended(always, date(2041, 12, 20), today)
