"""A self-assessment as others write it, and its score as others read it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest

from flows.claims import ClaimError, number, read, result
from flows.exclusion import clash
from flows.scoring import credited, readings, scored
from flows.session import Answer
from tests.flows.playing import ASI, KITCHEN, RSCB


def form(**answers):
    return {"instrument": "rscb-2014", "answers": answers}


def test_a_missing_criterion_is_unanswered_and_an_empty_list_is_none_of_these():
    answers = read(
        RSCB, {"instrument": "rscb-2014", "answers": {"1.1": ["1.1d", "1.1c"], "7.1.3": []}}
    )

    assert answers == {"1.1": Answer(chosen=("1.1c", "1.1d")), "7.1.3": Answer(none=True)}
    assert scored(RSCB, answers).answered == 2


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        ({"1.1": ["1.1b", "1.1c"]}, "1.1: 1.1b and 1.1c: 1.1b is the one item with an asterisk"),
        ({"1.1": ["1.1a", "1.1d"]}, "1.1: 1.1a and 1.1d: 1.1a says that there is nothing"),
        ({"14.1": ["14.1b", "14.1c"]}, "14.1: 14.1b and 14.1c: of the items with an asterisk"),
        ({"9.1": ["9.1c", "9.1e"]}, "9.1: 9.1c and 9.1e: of the items with an asterisk"),
        ({"1.1": ["1.1c", "1.1c"]}, "criterion 1.1: 1.1c stands there 2 times; write it once"),
        ({"1.1": ["1.2b"]}, "criterion 1.1: '1.2b' is no item of it; write some of 1.1a, 1.1b"),
        ({"1.1": [1]}, "criterion 1.1: 1 is no item of it"),
        ({"1.1": "1.1c"}, "criterion 1.1: must be a list of items"),
        ({"99": []}, "'99' is no criterion; write some of 1.1, 1.2"),
        ({"x" * 90: []}, "… is no criterion"),
    ],
)  # fmt: skip
def test_an_answer_that_breaks_a_rule_is_refused_by_name(claimed, said):
    with pytest.raises(ClaimError) as refused:
        read(RSCB, {"instrument": "rscb-2014", "answers": claimed})

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ([], "must be an object"),
        ({"instrument": "tea", "answers": {}}, "instrument: 'tea'; must be 'rscb-2014'"),
        ({"answers": {}}, "instrument: None; must be 'rscb-2014'"),
        ({"instrument": "rscb-2014"}, "answers: must be an object"),
        ({"instrument": "rscb-2014", "answers": []}, "answers: must be an object"),
        ({"instrument": "rscb-2014", "answers": {}, "ansers": {}}, "'ansers' is not known here"),
        ({"instrument": "rscb-2014", "answers": {}, "a\nb": 1}, "'a.nb' is not known here"),
    ],
)
def test_a_form_of_another_shape_is_refused(whole, said):
    with pytest.raises(ClaimError, match=said):
        read(RSCB, whole)


def test_exactly_the_selections_that_the_rules_allow_are_read():
    for criterion in RSCB.criteria:
        for count in range(len(criterion.rows) + 1):
            for rows in combinations(criterion.rows, count):
                legal = not any(clash(one, other) for one, other in combinations(rows, 2))
                claimed = {criterion.id: [row.id for row in rows]}
                try:
                    read(RSCB, {"instrument": "rscb-2014", "answers": claimed})
                except ClaimError:
                    assert not legal
                else:
                    assert legal


def test_the_result_has_the_promised_shape():
    found = result(
        RSCB, read(RSCB, form(**{"11.2": ["11.2b", "11.2c", "11.2d", "11.2e", "11.2f"]}))
    )

    assert found["score"] == {"claimed": 6.13, "floor": 6.13, "ceiling": 100.0}
    assert (found["instrument"], found["complete"]) == ("rscb-2014", False)
    assert (found["answered"], found["criteria_total"]) == (1, 46)
    assert found["sections"]["C"] == {
        "points": 7, "maximum": 40, "percent": 17.5, "weight": 35, "weighted": 6.13,
        "floor": 6.13, "ceiling": 35.0,
    }  # fmt: skip
    assert found["themes"]["11"] == {"points": 7, "maximum": 19}
    assert found["criteria"]["11.2"] == {"points": 7, "maximum": 7, "answered": True}
    assert list(found["criteria"]) == [each.id for each in RSCB.criteria]


def test_the_maxima_are_those_of_the_document():
    found = scored(RSCB, {})

    assert {key: each.maximum for key, each in found.sections.items()} == {
        "A": 37,
        "B": 81,
        "C": 40,
    }
    assert [part.maximum for part in found.themes.values()] == [
        9, 18, 10, 13, 5, 4, 27, 8, 10, 14, 19, 2, 4, 15,
    ]  # fmt: skip
    assert (found.score.floor, found.score.ceiling) == (0, 100)


def test_what_has_no_points_to_be_had_counts_nothing():
    found = scored(ASI, {})

    assert found.complete
    assert found.score.ceiling == 0
    assert all(section.share == 0 for section in found.sections.values())


def test_a_figure_is_the_printed_one():
    assert number(Fraction(49, 8)) == 6.13


def test_only_what_is_credited_counts_and_what_was_answered_stays_answered():
    answers = {"1.1": Answer(chosen=("1.1c", "1.1d")), "2.1": Answer(none=True)}

    found = readings(RSCB, answers, evidenced={"1.1c"}, verified=())

    assert found.claimed.criteria["1.1"].points == 2
    assert found.evidenced.criteria["1.1"].points == 1
    assert found.verified.criteria["1.1"].points == 0
    assert found.verified.answered == found.claimed.answered == 2
    assert found.verified.score.ceiling < found.evidenced.score.ceiling
    assert credited(answers, {"1.1c"})["1.1"] == Answer(chosen=("1.1c",))


def test_a_reading_of_which_nothing_is_known_is_none():
    found = readings(KITCHEN, {})

    assert (found.evidenced, found.verified) == (None, None)
