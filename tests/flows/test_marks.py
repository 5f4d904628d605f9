"""Responses as lines of marks: what a database can count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from flows.marks import layout
from flows.session import Answer
from tests.flows.playing import ASI, RSCB

LAYOUT = layout(ASI)


def test_every_option_has_its_place():
    assert LAYOUT.line({"q1": Answer(chosen=("q1a", "q1c"))}).startswith("1010000-----")
    assert len(LAYOUT.line({})) == sum(len(field.options) for field in LAYOUT.fields)
    assert set(LAYOUT.line({})) == {"-"}


def test_none_of_these_is_an_answer():
    line = layout(RSCB).line({"10.2.1": Answer(none=True)})

    assert layout(RSCB).answers(line) == {"10.2.1": Answer(none=True)}


def test_words_and_items_without_options_leave_no_mark():
    said = {"q11": Answer(text="more"), "q3": Answer(comment="hm"), "q1": Answer(other="x")}

    assert LAYOUT.line(said) == LAYOUT.line({})


def test_a_line_is_cut_into_the_marks_of_what_was_answered():
    line = LAYOUT.line({"q3": Answer(chosen=("q3b",)), "q6": Answer(chosen=("q6a",))})

    assert LAYOUT.parts(line) == {"q3": "01000", "q6": "100"}
    assert LAYOUT.by_item["q3"].selection("01000") == ("q3b",)
    assert LAYOUT.by_item["q3"].selection("-----") is None


@given(some.data())
def test_what_was_ticked_comes_back_from_its_line(data):
    said = {}
    for field in LAYOUT.fields:
        ticked = data.draw(some.sets(some.sampled_from(field.options)))
        if ticked:
            said[field.item] = Answer(
                chosen=tuple(option for option in field.options if option in ticked)
            )

    assert LAYOUT.answers(LAYOUT.line(said)) == said
