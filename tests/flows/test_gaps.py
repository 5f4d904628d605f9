"""Next best steps, against trying everything."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from flows.exclusion import clash
from flows.gaps import Plan, best_steps, open_steps
from flows.scoring import score
from flows.session import Answer
from tests.flows.playing import ASI, KITCHEN, RSCB

# Two criteria of one section and one of the next: whoever tries every set there is of more takes
# minutes on a busy machine.
SMALL = [KITCHEN, *(
    RSCB.model_copy(
        update={
            "sections": tuple(
                section.model_copy(update={"items": section.items[start : start + count]})
                for section, count in zip(sections, (2, 1), strict=True)
            )
        }
    )
    for start in (0, 3, 6, 8)
    for sections in combinations(RSCB.sections, 2)
)]  # fmt: skip


def some_answers(instrument, draw: random.Random) -> dict[str, Answer]:
    answers = {}
    for criterion in instrument.criteria:
        if draw.random() < 0.6:
            held: list = []
            for row in draw.sample(criterion.rows, len(criterion.rows)):
                if draw.random() < 0.4 and not any(clash(row, other) for other in held):
                    held.append(row)
            chosen = tuple(row.id for row in criterion.rows if row in held)
            answers[criterion.id] = Answer(chosen=chosen, none=not chosen)
    return answers


def with_rows(instrument, answers, rows):
    """The answers after ticking these rows, each taking away what it excludes."""
    after = dict(answers)
    for criterion in instrument.criteria:
        for row in criterion.rows:
            if row.id in rows:
                held = after.get(criterion.id, Answer()).chosen
                kept = [each for each in criterion.rows if each.id in held and not clash(each, row)]
                after[criterion.id] = Answer(chosen=(*(each.id for each in kept), row.id))
    return after


def brute_force(instrument, answers, n) -> Fraction:
    before = score(instrument, answers).floor
    held = {row for each in answers.values() for row in each.chosen}
    further = [row for each in instrument.criteria for row in each.rows if row.id not in held]
    of = {row.id: each.id for each in instrument.criteria for row in each.rows}
    best = Fraction(0)
    for count in range(1, n + 1):
        for rows in combinations(further, count):
            if any(of[a.id] == of[b.id] and clash(a, b) for a, b in combinations(rows, 2)):
                continue
            after = with_rows(instrument, answers, {row.id for row in rows})
            best = max(best, score(instrument, after).floor - before)
    return best


@pytest.mark.parametrize("number", range(len(SMALL)))
@settings(max_examples=4)  # each tries every set there is
@given(seed=some.integers(0, 10_000), n=some.integers(0, 2))
def test_the_best_set_is_as_good_as_the_best_of_all_sets(number, seed, n):
    instrument = SMALL[number]
    answers = some_answers(instrument, random.Random(seed))

    assert best_steps(instrument, answers, n).worth == brute_force(instrument, answers, n)


@settings(max_examples=30)
@given(seed=some.integers(0, 10_000), n=some.integers(0, 12))
def test_a_plan_is_worth_what_following_it_adds(seed, n):
    answers = some_answers(RSCB, random.Random(seed))

    plan = best_steps(RSCB, answers, n)

    after = with_rows(RSCB, answers, set(plan.rows))
    assert len(plan.rows) <= n
    assert plan.worth == score(RSCB, after).floor - score(RSCB, answers).floor
    held = {row for each in after.values() for row in each.chosen}
    assert set(plan.rows) <= held
    assert not held & set(plan.displaced)


@settings(max_examples=10)
@given(seed=some.integers(0, 10_000))
def test_each_single_step_is_worth_what_taking_it_adds(seed):
    answers = some_answers(RSCB, random.Random(seed))
    before = score(RSCB, answers).floor

    steps = open_steps(RSCB, answers)

    for step in steps:
        after = with_rows(RSCB, answers, {step.row})
        assert step.worth == score(RSCB, after).floor - before > 0
        assert step.displaces == tuple(
            row for row in answers.get(step.criterion, Answer()).chosen
            if row not in after[step.criterion].chosen
        )  # fmt: skip
    assert [step.worth for step in steps] == sorted((s.worth for s in steps), reverse=True)


def test_of_three_further_items_the_best_are_found_among_all():
    """Where two items that displace nothing, or one and another, are worth less than three."""
    for seed in range(3):
        answers = some_answers(KITCHEN, random.Random(seed))
        assert best_steps(KITCHEN, answers, 3).worth == brute_force(KITCHEN, answers, 3)


def test_a_point_is_worth_more_where_there_are_fewer():
    worth = {step.row: (step.points, step.worth) for step in open_steps(RSCB, {})}

    assert worth["1.1c"] == (1, Fraction(25, 37))
    assert worth["4.1b"] == (1, Fraction(40, 81))
    assert worth["12b"] == (1, Fraction(35, 40))


def test_with_nothing_ticked_everything_brings_the_whole_score():
    assert best_steps(RSCB, {}, 200).worth == 100


def test_where_everything_is_had_no_step_is_left():
    rows = best_steps(RSCB, {}, 200).rows
    whole = {
        each.id: Answer(chosen=tuple(row.id for row in each.rows if row.id in rows))
        for each in RSCB.criteria
    }

    assert open_steps(RSCB, whole) == ()
    assert best_steps(RSCB, whole, 5) == Plan()


def test_a_better_starred_item_takes_the_place_of_another():
    """3.1 is worth 1 or 3: the step from one to the other is worth the difference."""
    steps = {step.row: step for step in open_steps(RSCB, {"3.1": Answer(chosen=("3.1b",))})}

    assert (steps["3.1c"].points, steps["3.1c"].displaces) == (2, ("3.1b",))


def test_an_item_that_loses_more_than_it_brings_is_no_step():
    answers = {"1.1": Answer(chosen=("1.1c", "1.1d"))}

    assert "1.1b" not in {step.row for step in open_steps(RSCB, answers)}


def test_a_survey_has_no_steps():
    assert open_steps(ASI, {}) == ()
    assert best_steps(ASI, {}, 3) == Plan()
