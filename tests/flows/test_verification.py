"""The order in which claims are looked at, and what a dispute leaves open."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.evidence import Evidence
from flows.scoring import credited, score
from flows.session import Answer
from flows.verification import Verdict, accepted, claims, disputed, only_evidence, waiting
from tests.flows.playing import RSCB

ANSWERS = {
    "1.1": Answer(chosen=("1.1c", "1.1d")),
    "4.1": Answer(chosen=("4.1b",)),
    "14.1": Answer(chosen=("14.1e",)),
    "14.3": Answer(chosen=("14.3a",)),
}


def verdict(decision: str) -> Verdict:
    return Verdict(decision, "because", "R1", 1)


def test_what_weighs_most_comes_first_and_zero_rows_never() -> None:
    queue = claims(RSCB, ANSWERS)

    assert [each.row.id for each in queue] == ["14.1e", "1.1c", "1.1d", "4.1b"]
    assert queue[0].effect == Fraction(4 * 35, 40)
    assert queue[1].effect == Fraction(25, 37)


def test_the_effect_of_a_row_is_what_the_score_loses_without_it() -> None:
    rows = {row for answer in ANSWERS.values() for row in answer.chosen}
    whole = score(RSCB, ANSWERS).floor

    for each in claims(RSCB, ANSWERS):
        without = score(RSCB, credited(ANSWERS, rows - {each.row.id})).floor
        assert whole - without == each.effect


@given(st.dictionaries(st.sampled_from(["14.1e", "1.1c", "1.1d", "4.1b"]),
                       st.sampled_from(["accept", "reject", "ask"])))  # fmt: skip
def test_each_claim_waits_until_it_is_decided(decided: dict[str, str]) -> None:
    verdicts = {row: verdict(each) for row, each in decided.items()}

    first = {each.row.id for each in waiting(RSCB, ANSWERS, verdicts, "submitted")}
    last = {each.row.id for each in waiting(RSCB, ANSWERS, verdicts, "returned")}

    assert first == {"14.1e", "1.1c", "1.1d", "4.1b"} - decided.keys()
    assert last == first | {row for row, each in decided.items() if each == "ask"}
    assert disputed(verdicts) | accepted(verdicts) == decided.keys()
    assert not disputed(verdicts) & accepted(verdicts)


@pytest.mark.parametrize("state", ["open", "feedback", "final"])
def test_nothing_waits_while_nobody_may_decide(state: str) -> None:
    assert waiting(RSCB, ANSWERS, {}, state) == ()


def test_of_a_disputed_row_only_the_evidence_may_change() -> None:
    before = Answer(chosen=("1.1c", "1.1d"), evidence={"1.1d": Evidence("https://a.example.org/")})
    linked = replace(before, evidence={**before.evidence, "1.1c": Evidence("https://b.example/")})

    assert only_evidence(before, before, ())
    assert only_evidence(before, linked, {"1.1c"})
    assert not only_evidence(before, linked, {"1.1d"})
    assert only_evidence(before, replace(before, evidence={}), {"1.1d"})
    assert not only_evidence(before, replace(linked, chosen=("1.1c",)), {"1.1c", "1.1d"})
    assert not only_evidence(before, replace(linked, none=True), {"1.1c"})
