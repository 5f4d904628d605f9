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


def parted(counts):
    """The tallies of an item by what was ticked under another, from pairs of selections."""
    parts: dict[tuple, Counter] = {}
    for (said, made), count in counts.items():
        parts.setdefault(made, Counter())[said] += count
    return {made: tally(selections) for made, selections in parts.items()}


def table(item, by, counts, *, base=None, by_base=None, smallest=5):
    both = sum(counts.values())
    bases = both if base is None else base, both if by_base is None else by_base
    return crossed(item, by, parted(counts), bases=bases, smallest=smallest)


def by_q6(sizes: dict[str, int], *, base: int | None = None, smallest: int = 5):
    counts = {(("q3a",), (option,)): size for option, size in sizes.items()}
    found = table(Q3, Q6, counts, base=base, smallest=smallest)
    return {each.option: each.base for each in found.groups}


def test_the_shares_of_a_group_are_of_those_in_it():
    counts = {(("q3a",), ("q6a",)): 6, (("q3b",), ("q6a",)): 2, (("q3a",), ("q6b",)): 9}

    found = table(Q3, Q6, counts, smallest=2)

    yes = found.groups[0]
    assert (found.item, found.by, yes.option, yes.base) == ("q3", "q6", "q6a", 8)
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

    groups = table(Q3, by, counts).groups

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


PEOPLE = some.lists(
    some.tuples(SEVERAL, some.sampled_from([o.id for o in Q3.options])), max_size=40
)


def attacker(shown: list[str], ticked: list[list[str]]) -> set[int]:
    """How many are in every part that the groups shown divide people into."""
    return set(Counter(tuple(o for o in shown if o in each) for each in ticked).values())


@given(PEOPLE, some.integers(1, 10))
def test_no_union_or_difference_of_tick_all_groups_leaves_few(people, smallest):
    counts = Counter(((said,), tuple(sorted(ticked))) for ticked, said in people)

    found = table(Q3, Q1, counts, smallest=smallest)

    shown = [group.option for group in found.groups if group.base]
    assert not shown or min(attacker(shown, [ticked for ticked, _ in people])) >= smallest
    for group in found.groups:
        size = sum(group.option in ticked for ticked, _ in people)
        assert group.base in {None, size}


def test_a_group_within_another_does_not_give_away_who_is_in_one_only():
    """18 tick a and b, one only a, 12 something else: a less b would be one person."""
    said = {("q1a", "q1b"): 18, ("q1a",): 1, ("q1c",): 12}
    counts = {(("q3a",), made): count for made, count in said.items()}

    bases = {group.option: group.base for group in table(Q3, Q1, counts).groups}

    assert None in {bases["q1a"], bases["q1b"]}
    assert bases["q1c"] == 12


@given(
    some.dictionaries(
        some.tuples(
            some.sampled_from([o.id for o in Q3.options]),
            some.sampled_from([o.id for o in Q6.options]),
        ),
        some.integers(0, 12),
    ),
    some.integers(1, 8),
)
def test_two_questions_withhold_the_same_whichever_divides_the_other(cells, smallest):
    one = {((a,), (b,)): count for (a, b), count in cells.items()}
    other = {((b,), (a,)): count for (a, b), count in cells.items()}

    def hidden(found, *, turned):
        shown = {
            (share.option, group.option)[:: -1 if turned else 1]
            for group in found.groups
            if group.base
            for share in group.shares
            if cells.get((share.option, group.option)[:: -1 if turned else 1])
        }
        return {cell for cell, count in cells.items() if count} - shown

    straight = hidden(table(Q3, Q6, one, smallest=smallest), turned=False)
    assert straight == hidden(table(Q6, Q3, other, smallest=smallest), turned=True)


def test_an_option_of_a_tick_all_question_that_few_chose_is_left_out_of_every_group():
    counts = {(("q1a",), ("q6a",)): 9, (("q1a", "q1g"), ("q6a",)): 1}

    (group, *_) = table(Q1, Q6, counts).groups

    assert group.base == 10
    assert "q1g" not in {share.option for share in group.shares}
    assert "q1a" in {share.option for share in group.shares}
