"""What a document leaves open: data that computes the other reading."""

from __future__ import annotations

from fractions import Fraction

import pytest

from flows.interpretation import Change, effect, load, otherwise
from flows.scoring import score
from flows.session import Answer
from tests.flows.playing import INSTALLED, KITCHEN, RSCB

TEXT = (INSTALLED / RSCB.id / "interpretations" / "2014.toml").read_text("utf-8")
OPEN, FINDINGS = load(TEXT, RSCB)
BY_ID = {each.id: each for each in OPEN}


def everything():
    """The best selection of every criterion."""
    answers = {}
    for criterion in RSCB.criteria:
        best = [row for row in criterion.rows if not row.alone and row.points]
        for group in {row.group for row in best if row.group}:
            those = [row for row in best if row.group == group]
            top = max(those, key=lambda row: row.points)
            best = [row for row in best if row not in those or row is top]
        chosen = best or [max(criterion.rows, key=lambda row: row.points)]
        answers[criterion.id] = Answer(chosen=tuple(row.id for row in chosen))
    return answers


def test_the_register_of_the_benchmark_reads_without_a_finding():
    assert FINDINGS == ()
    assert len(OPEN) == 19
    assert sum(each.change is not None for each in OPEN) == 10


def test_by_the_default_reading_a_change_of_nothing_is_the_score():
    for answers in ({}, everything(), {"3.1": Answer(chosen=("3.1b",))}):
        assert otherwise(RSCB, Change(), answers) == score(RSCB, answers).floor


def test_a_whole_score_is_whole_by_every_reading_that_changes_points_and_maximum_alike():
    assert score(RSCB, everything()).floor == 100
    for each in OPEN:
        if each.id != "three-improvements":
            assert effect(RSCB, each, everything()) == 0, each.id


def test_levels_instead_of_sums_move_the_score_as_the_tables_say():
    """7.1.3 and 7.2.2 met at level 3 only, all else of B full: 40.00 instead of 37.04."""
    answers = everything()
    answers["7.1.3"] = Answer(chosen=("7.1.3c",))
    answers["7.2.2"] = Answer(chosen=("7.2.2c",))

    assert score(RSCB, answers).floor == 60 + Fraction(40 * 75, 81)
    assert effect(RSCB, BY_ID["tiers-add-up"], answers) == 40 - Fraction(40 * 75, 81)


def test_a_section_can_be_the_mean_of_its_themes_or_of_its_criteria():
    """Only theme 12 is perfect: 1.75, 8.75 or 3.5 of 35."""
    answers = {"12": everything()["12"]}

    assert score(RSCB, answers).floor == Fraction(7, 4)
    assert effect(RSCB, BY_ID["mean-of-themes"], answers) == Fraction(35, 4) - Fraction(7, 4)
    assert effect(RSCB, BY_ID["mean-of-criteria"], answers) == Fraction(7, 2) - Fraction(7, 4)


def test_an_item_that_does_not_apply_leaves_the_maximum():
    answers = everything()
    answers["3.2"] = Answer(chosen=tuple(row for row in answers["3.2"].chosen if row != "3.2g"))

    assert score(RSCB, answers).floor == 100 - Fraction(25 * 2, 37)
    assert effect(RSCB, BY_ID["subcontracting-not-allowed"], answers) == Fraction(50, 37)


def test_an_item_can_be_worth_something_else():
    answers = {"14.4": Answer(chosen=("14.4c",))}

    assert effect(RSCB, BY_ID["three-improvements"], answers) == Fraction(35, 40)


def test_a_reading_that_changes_no_score_has_no_effect():
    assert effect(RSCB, BY_ID["all-conditions"], everything()) == 0


def test_where_nothing_is_left_to_be_had_a_section_counts_nothing():
    whole = tuple(row.id for criterion in KITCHEN.criteria for row in criterion.rows)

    for average in ("points", "themes", "criteria"):
        assert otherwise(KITCHEN, Change(without=whole, average=average), {}) == 0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"7.1.3a"', '"7.1.3z"', "tiers-add-up: wrong-value '7.1.3z' is no scoring item"),
        ('"7.1.3a"', '"7.2.2a"', "tiers-add-up: wrong-value rows of several criteria"),
        ('id = "mean-of-themes"', 'id = "tiers-add-up"', "duplicate-id"),
        ('zh = "是', 'zx = "是', "default: missing-translation no zh"),
        ('average = "themes"', 'average = "median"', "wrong-value"),
        ('place = "1.1"', 'plaze = "1.1"', "plaze: unknown-key"),
        (', zh = "引言" }', " }", "mean-of-themes: place: missing-translation no zh"),
        ('place = "1.1"', 'place = ""', "policy-and-strategy: place: missing-translation no en"),
    ],
)
def test_a_file_with_a_slip_is_refused_with_its_place(old, new, expected):
    assert old in TEXT
    found, findings = load(TEXT.replace(old, new, 1), RSCB)

    assert found == ()
    assert any(expected in str(finding) for finding in findings), [*map(str, findings)]
