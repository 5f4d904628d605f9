"""A trail: any change of what was done is found, and answers are rebuilt from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.session import Answer
from flows.trail import ACTS, Deed, answers_at, bound, broken
from storage.claims import form

FIELDS = ("at", "who", "act", "edition", "item", "row", "said")
words = st.text(max_size=8)
deeds = st.builds(
    Deed, st.integers(0, 2**33), words, st.sampled_from(ACTS), words, words, words, words
)


def chained(those: list[Deed]) -> list[Deed]:
    before, found = "", []
    for each in those:
        before = bound(before, each)
        found.append(replace(each, digest=before))
    return found


@given(st.lists(deeds, max_size=6))
def test_an_unchanged_trail_is_whole(those: list[Deed]) -> None:
    assert broken(chained(those)) is None


@given(st.lists(deeds, min_size=1, max_size=5), st.data())
def test_every_change_is_found_where_it_was_made(those: list[Deed], data: st.DataObject) -> None:
    whole = chained(those)
    at = data.draw(st.integers(0, len(whole) - 1))
    field = data.draw(st.sampled_from(FIELDS))
    was = getattr(whole[at], field)
    other = was + 1 if field == "at" else was + "x"
    changed = [*whole[:at], replace(whole[at], **{field: other}), *whole[at + 1 :]]

    assert broken(changed) == at


@given(st.lists(deeds, min_size=2, max_size=6, unique_by=lambda each: each.at), st.data())
def test_a_deed_taken_out_or_moved_is_found(those: list[Deed], data: st.DataObject) -> None:
    whole = chained(those)
    at = data.draw(st.integers(0, len(whole) - 2))

    assert broken([*whole[:at], *whole[at + 1 :]]) == at
    swapped = [*whole[:at], whole[at + 1], whole[at], *whole[at + 2 :]]
    assert broken(swapped) == at


@pytest.mark.parametrize("act", ["answered", "carried"])
def test_the_answers_after_each_deed_are_those_that_were_set_until_then(act: str) -> None:
    first, second = Answer(chosen=("1.1b",)), Answer(chosen=("1.1c",), comment="测试")
    said = [("1.1", first), ("4.1", Answer(none=True)), ("1.1", second), ("4.1", Answer())]
    those = [Deed(n, "M1", act, "1", item, said=form(each)) for n, (item, each) in enumerate(said)]
    those.insert(2, Deed(9, "M1", "submitted", said="1 abc"))

    after = [answers_at(those[:n]) for n in range(len(those) + 1)]

    assert after == [
        {}, {"1.1": first}, {"1.1": first, "4.1": Answer(none=True)},
        {"1.1": first, "4.1": Answer(none=True)}, {"1.1": second, "4.1": Answer(none=True)},
        {"1.1": second},
    ]  # fmt: skip
