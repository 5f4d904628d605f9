"""Counts become figures: bases, whole percentages, what was ticked together and alone."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.statistics import Counted, figures, merged, percent, tally
from tests.flows.playing import ASI, RSCB

if TYPE_CHECKING:
    from flows.statistics import QuestionFigures, Selection, Tally

Q1 = [option.id for option in ASI.item("q1").options]
SELECTIONS = some.lists(
    some.lists(some.sampled_from(Q1), min_size=1, unique=True).map(
        lambda ticked: tuple(sorted(ticked))
    ),
    max_size=60,
)


def counted(invited: int | None = None, responded: int = 0, **tallies: Tally) -> Counted:
    return Counted(ASI.id, ASI.edition, "open", invited, responded, responded, tallies)


def question(item: str, selections: dict[Selection, int], comments: int = 0) -> QuestionFigures:
    shown = figures(ASI, counted(**{item: tally(selections, comments)}))
    return next(each for each in shown.questions if each.item == item)


@pytest.mark.parametrize(
    ("count", "base", "expected"),
    [(1, 40, 3), (13, 40, 33), (21, 40, 53), (14, 39, 36), (14, 40, 35), (7, 40, 18), (0, 0, 0)],
)
def test_percentages_are_whole_and_rounded_half_up(count, base, expected):
    assert percent(count, base) == expected


@given(some.integers(0, 10_000), some.integers(1, 10_000))
def test_a_percentage_is_the_exact_share_and_half_of_one_rounded_down(count, base):
    exact = Fraction(100 * count, base)

    assert 0 <= percent(count, base) - exact + Fraction(1, 2) <= 1
    assert percent(count, base) - exact > -Fraction(1, 2)


def test_the_base_of_a_question_is_those_who_answered_it():
    shown = question("q3", {("q3a",): 30, ("q3b",): 9, (): 1}, comments=4)

    assert shown.base == 40
    assert [(share.option, share.count, share.percent) for share in shown.shares][:2] == [
        ("q3a", 30, 75),
        ("q3b", 9, 23),
    ]
    assert shown.comments == 4


def test_a_question_that_nobody_answered_has_all_its_options_at_nothing():
    shown = figures(ASI, counted())

    assert [each.item for each in shown.questions] == [f"q{n}" for n in range(1, 12)]
    assert all(
        share.count == share.percent == 0 for each in shown.questions for share in each.shares
    )


def test_contact_details_are_no_figure():
    assert "q12" not in {each.item for each in figures(ASI, counted()).questions}


def test_the_response_rate_is_known_where_the_invited_are():
    assert figures(ASI, counted(invited=106, responded=40)).response_rate == 38
    assert figures(ASI, counted(responded=40)).response_rate is None


def test_a_question_with_one_choice_has_no_combinations():
    shown = question("q3", {("q3a",): 3})

    assert (shown.ticked, shown.together, shown.alone, shown.pairs) == ({}, (), {}, {})


def test_ticked_together_and_alone_are_told_apart():
    shown = question("q2", {("q2a", "q2b"): 3, ("q2a",): 2, ("q2c", "q2a", "q2b"): 1})

    assert shown.ticked == {1: 2, 2: 3, 3: 1}
    assert [(each.options, each.count, each.percent) for each in shown.together] == [
        (("q2a", "q2b"), 3, 50),
        (("q2a",), 2, 33),
        (("q2a", "q2b", "q2c"), 1, 17),
    ]
    assert shown.alone == {"q2a": 2}
    assert shown.pairs == {("q2a", "q2b"): 4, ("q2a", "q2c"): 1, ("q2b", "q2c"): 1}


def test_an_option_of_an_older_edition_is_not_counted_among_todays():
    shown = question("q2", {("q2a", "gone"): 1})

    assert shown.together[0].options == ("q2a",)
    assert [share.count for share in shown.shares] == [1, 0, 0, 0, 0]


def test_a_criterion_is_counted_like_a_tick_all_question():
    counts = {"1.1": tally({("1.1c", "1.1d"): 2, ("1.1b",): 1})}
    shown = figures(RSCB, Counted("rscb-2014", "2014", "open", None, 3, 3, counts)).questions[0]

    assert {share.option: share.count for share in shown.shares} == {
        "1.1a": 0,
        "1.1b": 1,
        "1.1c": 2,
        "1.1d": 2,
    }
    assert shown.ticked == {1: 1, 2: 2}


@given(SELECTIONS)
def test_every_figure_of_a_tick_all_question_follows_from_who_ticked_what(selections):
    shown = question("q1", Counter(selections))

    assert shown.base == len(selections) == sum(shown.ticked.values())
    assert {share.option: share.count for share in shown.shares} == {
        option: sum(option in each for each in selections) for option in Q1
    }
    assert {each.options: each.count for each in shown.together} == Counter(selections)
    assert shown.alone == Counter(each[0] for each in selections if len(each) == 1)
    assert shown.pairs == Counter(pair for each in selections for pair in combinations(each, 2))


@given(SELECTIONS, SELECTIONS)
def test_editions_counted_apart_give_the_figures_of_all_together(one, other):
    apart = [counted(responded=len(each), q1=tally(Counter(each), 1)) for each in (one, other)]
    together = counted(responded=len(one + other), q1=tally(Counter(one + other), 2))

    assert figures(ASI, merged(apart)) == figures(ASI, together)


def test_merged_rounds_keep_what_only_one_of_them_knows():
    first, second = counted(invited=7, q3=tally({("q3a",): 1})), counted(q4=tally({("q4a",): 2}))

    both = merged([first, second])

    assert both.invited == 7
    assert {item: each.base for item, each in both.tallies.items()} == {"q3": 1, "q4": 2}
