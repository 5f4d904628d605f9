"""Lines counted as columns of bits: the same as counting people one by one."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows import crossing
from flows.crossing import Crossing
from flows.marks import layout
from flows.session import Answer
from flows.statistics import Tally
from tests.flows.playing import ASI, RSCB

LAYOUT = layout(ASI)


def people(lines, by):
    """Selection -> item -> tally, by looking at one person after the other."""
    asked = lines.by_item[by].options

    def counted(said):
        groups = defaultdict(list)
        for each in said:
            if by in each:
                groups[each[by].chosen].append(each)
        return {
            made: {
                field.item: Tally(
                    sum(field.item in each for each in them),
                    {
                        option: sum(
                            field.item in each and option in each[field.item].chosen
                            for each in them
                        )
                        for option in field.options
                    },
                )
                for field in lines.fields
                if field.options != asked
            }
            for made, them in groups.items()
        }

    return counted


@some.composite
def answers(draw):
    said = {}
    for field in draw(some.sets(some.sampled_from(LAYOUT.fields))):
        ticked = draw(some.sets(some.sampled_from(field.options)))
        chosen = tuple(option for option in field.options if option in ticked)
        said[field.item] = Answer(chosen=chosen, none=not chosen)
    return said


@pytest.mark.parametrize("few", [0, crossing._FEW], ids=["line by line", "all lines at once"])
@given(said=some.lists(answers(), max_size=12), cut=some.integers(0, 12))
def test_every_group_is_counted_as_if_one_by_one(few, said, cut):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crossing, "_FEW", few)
        for by in ("q1", "q6"):
            found = Crossing(LAYOUT, by)
            for part in (said[:cut], said[cut:]):
                if part:
                    found.add("".join(LAYOUT.line(each) for each in part))

            assert found.tallies() == people(LAYOUT, by)(said)


def test_whoever_said_that_none_applies_is_a_group_of_its_own():
    lines = layout(RSCB)
    first, second, *_ = (field.item for field in lines.fields)
    found = Crossing(lines, first)
    found.add(lines.line({first: Answer(none=True), second: Answer(none=True)}) + lines.line({}))

    assert found.tallies().keys() == {()}
    assert found.tallies()[()][second].base == 1


def test_of_nobody_there_are_no_groups():
    assert Crossing(LAYOUT, "q6").tallies() == {}
