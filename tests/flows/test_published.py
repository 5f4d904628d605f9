"""Round 0: the printed tables of 2021, and what may be wrong with such a file."""

from __future__ import annotations

import pytest

from flows import published
from flows.statistics import figures
from tests.flows.playing import ASI, INSTALLED

TEXT = (INSTALLED / ASI.id / "published" / "published-2021.toml").read_text("utf-8")


def load(text: str = TEXT):
    return published.load("published-2021", text, ASI)


def test_the_printed_percentages_follow_from_the_printed_counts_in_all_cells_but_one():
    found, findings = load()
    shown = figures(ASI, found.counted)

    assert findings == ()
    cells = [
        (question.item, share.option, share.percent, found.printed[question.item][share.option])
        for question in shown.questions
        if question.item in found.printed
        for share in question.shares
    ]
    assert len(cells) == 39
    assert [cell for cell in cells if cell[2] != cell[3]] == [("q9", "q9c", 36, 35)]


def test_the_printed_round_knows_who_was_asked():
    shown = figures(ASI, load()[0].counted)

    assert (shown.invited, shown.responded, shown.finished) == (106, 40, 39)
    assert shown.response_rate == 38


def test_every_single_choice_question_adds_up_to_its_base():
    found, _ = load()

    for item in ("q3", "q4", "q5", "q6", "q7", "q8", "q9"):
        tally = found.counted.tallies[item]
        assert sum(tally.ticks.values()) == tally.base


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("q1a = 35,", "q1z = 35,", "unknown-option is no option - write one of q1a, q1b"),
        ("q1a = 35,", "q1a = 41,", "counts.q1a: wrong-value 41 is above the base"),
        ("q1a = 35,", 'q1a = "35",', "counts.q1a: wrong-value"),
        ("base = 40", "basis = 40", "questions.q1.base: missing-key"),
        ("base = 40", "basis = 40", "questions.q1.basis: unknown-key"),
        ("[questions.q1]", "[questions.q11]", "questions.q11: wrong-value is no choice question"),
        ("[questions.q1]", "[questions.", "published-2021.toml: toml-syntax"),
        ("finished = 39", "finished = -1", "finished: wrong-value"),
    ],
)
def test_a_file_with_a_slip_is_refused_with_its_place(old, new, expected):
    assert old in TEXT
    found, findings = load(TEXT.replace(old, new, 1))

    assert found is None
    assert any(expected in str(finding) for finding in findings), [*map(str, findings)]
