"""Points and scores against a second reckoning, which tries every selection there is."""

from fractions import Fraction
from itertools import chain, combinations

import pytest

from flows import points, score
from flows.exclusion import clash
from flows.scoring import printed
from flows.session import Answer
from tests.flows.playing import ASI, KITCHEN, RSCB

CRITERIA = {f"{each.id} of {of.id}": each for of in (RSCB, KITCHEN) for each in of.criteria}


def legal_selections(criterion):
    rows = criterion.rows
    for held in chain.from_iterable(combinations(rows, n) for n in range(len(rows) + 1)):
        if not any(clash(one, other) for one, other in combinations(held, 2)):
            yield held


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA)
def test_points_and_maximum_equal_those_of_every_legal_selection(criterion):
    best = 0
    for held in legal_selections(criterion):
        worth = sum(row.points for row in held)
        best = max(best, worth)
        assert points(criterion, Answer(chosen=tuple(row.id for row in held))) == worth

    assert criterion.maximum == best


def test_points_of_what_is_unanswered_or_none_are_0():
    assert points(RSCB.item("1.1"), Answer()) == 0
    assert points(RSCB.item("10.2.1"), Answer(none=True)) == 0


def test_an_empty_assessment_has_everything_before_it():
    assert score(RSCB, {}) == score(RSCB, {"unheard-of": Answer(chosen=("x",))})
    assert (score(RSCB, {}).floor, score(RSCB, {}).ceiling) == (0, 100)


def test_the_final_score_is_the_weighted_sum_of_the_shares_of_its_sections():
    answers = {"1.1": Answer(chosen=("1.1c",)), "2.1": Answer(chosen=("2.1b", "2.1c"))}

    total = score(KITCHEN, answers)

    assert total.floor == total.ceiling == 60 * Fraction(1, 3) + 40


def test_an_open_criterion_counts_nothing_in_the_floor_and_its_maximum_in_the_ceiling():
    partly = score(KITCHEN, {"1.1": Answer(chosen=("1.1a",))})

    assert (partly.floor, partly.ceiling) == (0, 40)


def test_a_survey_is_worth_nothing():
    assert score(ASI, {}).ceiling == 0


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(5, 2), 0, "3"),
        (Fraction(65, 2), 0, "33"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(100), 2, "100.00"),
        (Fraction(200, 3), 2, "66.67"),
        (Fraction(0), 2, "0.00"),
        (Fraction(99995, 1000), 2, "100.00"),
    ],
)
def test_scores_are_rounded_half_up_when_they_are_printed(value, places, expected):
    assert printed(value, places) == expected
