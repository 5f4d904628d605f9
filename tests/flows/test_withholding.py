"""Cross-tables: what few said can neither be read nor found out by subtracting."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as some

from flows.statistics import tally
from flows.withholding import crossed
from tests.flows.playing import ASI

Q3, Q6, Q1 = ASI.item("q3"), ASI.item("q6"), ASI.item("q1")
ONE = [(option.id,) for option in Q6.options]
SEVERAL = some.lists(
    some.sampled_from([option.id for option in Q1.options]), unique=True, min_size=1
)


def grouped(counts):
    """The tallies of an item by the groups that another makes, from pairs of selections."""
    groups: dict[str, Counter] = {}
    for (said, made), count in counts.items():
        for option in made:
            groups.setdefault(option, Counter())[said] += count
    return {option: tally(selections) for option, selections in groups.items()}


def by_q6(sizes: dict[str, int], *, base: int | None = None, smallest: int = 5):
    counts = {(("q3a",), (option,)): size for option, size in sizes.items()}
    whole = sum(sizes.values()) if base is None else base
    return {
        each.option: each.base
        for each in crossed(Q3, Q6, grouped(counts), base=whole, smallest=smallest).groups
    }


def test_the_shares_of_a_group_are_of_those_in_it():
    counts = {(("q3a",), ("q6a",)): 6, (("q3b",), ("q6a",)): 2, (("q3a",), ("q6b",)): 9}

    table = crossed(Q3, Q6, grouped(counts), base=17, smallest=5)

    yes = table.groups[0]
    assert (table.item, table.by, yes.option, yes.base) == ("q3", "q6", "q6a", 8)
    assert [(share.option, share.count, share.percent) for share in yes.shares][:2] == [
        ("q3a", 6, 75),
        ("q3b", 2, 25),
    ]


def test_a_group_below_the_threshold_is_withheld_and_with_it_the_next_smallest():
    assert by_q6({"q6a": 20, "q6b": 9, "q6c": 4}) == {"q6a": 20, "q6b": None, "q6c": None}


def test_groups_that_are_many_enough_together_hide_each_other():
    assert by_q6({"q6a": 20, "q6b": 3, "q6c": 4}) == {"q6a": 20, "q6b": None, "q6c": None}


def test_of_groups_of_one_size_the_first_is_withheld_so_that_the_table_is_always_the_same():
    sizes = dict.fromkeys(("q1a", "q1b", "q1c", "q1d", "q1e", "q1f"), 5) | {"q1g": 1}
    counts = {(("q3a",), (option,)): size for option, size in sizes.items()}
    by = Q1.model_copy(update={"at_most": 1})

    groups = crossed(Q3, by, grouped(counts), base=31, smallest=5).groups

    assert [group.option for group in groups if group.base is None] == ["q1a", "q1g"]


def test_a_group_of_nobody_is_no_secret():
    assert by_q6({"q6a": 20, "q6b": 9}) == {"q6a": 20, "q6b": 9, "q6c": 0}


def test_those_who_were_in_no_group_are_a_group_too():
    assert by_q6({"q6a": 20, "q6b": 9, "q6c": 8}, base=39) == {"q6a": 20, "q6b": 9, "q6c": None}
    assert by_q6({"q6a": 20, "q6b": 9, "q6c": 8}, base=42) == {"q6a": 20, "q6b": 9, "q6c": 8}


def test_a_round_of_few_shows_no_group_at_all():
    assert set(by_q6({"q6a": 2, "q6b": 2}).values()) == {None, 0}


def test_a_threshold_of_one_withholds_nothing():
    assert by_q6({"q6a": 1, "q6b": 2, "q6c": 3}, smallest=1) == {"q6a": 1, "q6b": 2, "q6c": 3}


@given(
    some.dictionaries(some.sampled_from(ONE), some.integers(0, 30)),
    some.integers(0, 9),
    some.integers(1, 10),
)
def test_no_single_choice_group_or_rest_of_few_can_be_had_by_subtracting(sizes, unasked, smallest):
    shown = by_q6(
        {option: size for (option,), size in sizes.items()},
        base=sum(sizes.values()) + unasked,
        smallest=smallest,
    )
    open_groups = [size for size in shown.values() if size is not None]
    rest = sum(sizes.values()) + unasked - sum(open_groups)

    assert all(size == 0 or size >= smallest for size in open_groups)
    assert rest == 0 or rest >= smallest or not any(open_groups)


@given(some.lists(SEVERAL, max_size=40), some.integers(1, 10))
def test_of_a_tick_all_question_neither_those_who_ticked_nor_the_others_are_few(ticked, smallest):
    counts = Counter((("q3a",), tuple(sorted(each))) for each in ticked)

    table = crossed(Q3, Q1, grouped(counts), base=len(ticked), smallest=smallest)

    for group in table.groups:
        size = sum(group.option in each for each in ticked)
        hidden = 0 < size < smallest or 0 < len(ticked) - size < smallest
        assert group.base == (None if hidden else size)
