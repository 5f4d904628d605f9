"""Standings: quartiles of a whole batch, and nothing that one company alone can change."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from flows.scoring import Part, Score, Scored
from flows.standing import (
    BATCH,
    PEERS,
    Ranked,
    Standing,
    due,
    dump,
    load,
    ranking,
    standings,
)

FEWEST = PEERS + 1
SCORES = some.integers(0, 9)
CROWDS = some.dictionaries(some.text("abcdefghij", min_size=1), SCORES, min_size=FEWEST)


def assessed(score, **themes: tuple[int, int]) -> Scored:
    """A self-assessment by its score, and its themes as points of how many."""
    parts = {name: Part(points, of, points) for name, (points, of) in themes.items()}
    return Scored(Score(Fraction(score), Fraction(score)), {}, parts, {})


def quartiles(scores: dict) -> dict:
    found = standings({company: assessed(score) for company, score in scores.items()})
    return {company: standing.overall for company, standing in found.items()}


@dataclass
class Round:
    """A round as its companies live through it: they come, send again, go, and look."""

    submitted: dict[int, Scored] = field(default_factory=dict)
    shown: dict[int, Standing] = field(default_factory=dict)
    stood: set[int] = field(default_factory=set)

    def take(self, what: str, company: int, score: int) -> None:
        if what == "leaves":
            self.submitted.pop(company, None)
            self.shown = {each: seen for each, seen in self.shown.items() if each != company}
        else:
            self.submitted[company] = assessed(score, t=(score, 9))
        if due(len(self.shown), len(self.submitted.keys() - self.stood)):
            named = {str(each): scored for each, scored in self.submitted.items()}
            batch = {int(each): standing for each, standing in standings(named).items()}
            self.shown = batch or self.shown
            self.stood |= batch.keys()

    def seen_without(self, company: int) -> dict[int, Standing]:
        return {each: seen for each, seen in self.shown.items() if each != company}


EVENTS = some.tuples(some.sampled_from(["submits", "leaves"]), some.integers(0, 20), SCORES)
JOINED = [("submits", company, company % 7) for company in range(FEWEST)]
JOINED_LATER = [("submits", company, 9) for company in range(FEWEST, FEWEST + BATCH)]


def test_the_first_batch_needs_five_peers_for_each():
    assert [due(0, new) for new in range(8)] == [False] * 6 + [True] * 2


@pytest.mark.parametrize("known", [1, 6, 400])
def test_a_later_batch_needs_five_companies_that_were_in_none(known):
    assert [due(known, new) for new in range(7)] == [False] * 5 + [True] * 2


def test_a_quartile_is_read_from_how_many_of_the_others_are_below():
    assert quartiles({"a": 60, "b": 50, "c": 40, "d": 30, "e": 20, "f": 10}) == {
        "a": 1,  # 5 of 5
        "b": 1,  # 4 of 5
        "c": 2,
        "d": 3,
        "e": 4,
        "f": 4,
    }


def test_a_quarter_begins_exactly_at_its_share():
    found = quartiles({str(score): score for score in range(9)})

    assert [found[str(score)] for score in range(9)] == [4, 4, 3, 3, 2, 2, 1, 1, 1]


def test_of_equal_ones_half_count_as_below():
    """Two of six on top: four below and half of one, 9 of 10; four at the bottom: 3 of 10."""
    assert quartiles(dict.fromkeys("ab", 70) | dict.fromkeys("cdef", 20)) == (
        dict.fromkeys("ab", 1) | dict.fromkeys("cdef", 3)
    )


def test_where_all_are_equal_all_stand_in_the_same_quartile():
    assert quartiles(dict.fromkeys("abcdef", 33)) == dict.fromkeys("abcdef", 2)


def test_the_floor_of_a_score_counts():
    open_ones = Scored(Score(Fraction(0), Fraction(100)), {}, {}, {})
    found = standings({each: assessed(5) for each in "abcde"} | {"f": open_ones})

    assert found["f"].overall == 4


def test_a_standing_says_how_many_stand_there():
    assert {each.of for each in standings({name: assessed(1) for name in "abcdefg"}).values()} == {
        7
    }


def test_a_theme_counts_by_the_share_that_was_reached():
    found = standings(
        {name: assessed(1, t=(points, 20)) for name, points in zip("abcde", range(5), strict=True)}
        | {"f": assessed(0, t=(3, 10))}
    )

    assert found["f"] == Standing(of=6, overall=4, themes={"t": 1})
    assert found["a"].themes == {"t": 4}


def test_a_theme_without_points_to_be_had_is_left_out():
    found = standings({name: assessed(1, empty=(0, 0), t=(1, 2)) for name in "abcdef"})

    assert found["a"].themes == {"t": 2}


def test_a_theme_that_few_have_is_left_out():
    few = {name: assessed(1, rare=(1, 2)) for name in "abcde"}

    assert standings(few | {"f": assessed(1)})["a"].themes == {}
    assert standings(few | {"f": assessed(1, rare=(1, 2))})["a"].themes == {"rare": 2}


@pytest.mark.parametrize("size", range(FEWEST))
def test_nobody_stands_among_fewer_than_five_peers(size):
    assert standings({str(company): assessed(company) for company in range(size)}) == {}


@given(CROWDS, some.randoms(use_true_random=False))
def test_the_order_of_the_companies_changes_nothing(crowd, chance):
    shuffled = list(crowd.items())
    chance.shuffle(shuffled)

    assert quartiles(dict(shuffled)) == quartiles(crowd)
    assert ranking(_exact(dict(shuffled))) == ranking(_exact(crowd))


@given(CROWDS, some.randoms(use_true_random=False))
def test_the_ids_of_the_companies_change_nothing(crowd, chance):
    ids = list(crowd)
    chance.shuffle(ids)
    renamed = dict(zip(crowd, ids, strict=True))

    assert quartiles({renamed[each]: score for each, score in crowd.items()}) == {
        renamed[each]: quartile for each, quartile in quartiles(crowd).items()
    }


@given(CROWDS)
def test_a_higher_score_never_stands_worse_and_an_equal_one_stands_equally(crowd):
    found = quartiles(crowd)

    for one, score in crowd.items():
        for other, another in crowd.items():
            assert score < another or found[one] <= found[other]


@given(CROWDS, some.data(), some.integers(1, 9))
def test_who_scores_higher_than_before_never_stands_worse(crowd, data, more):
    one = data.draw(some.sampled_from(sorted(crowd)))

    assert quartiles(crowd | {one: crowd[one] + more})[one] <= quartiles(crowd)[one]


@given(CROWDS)
def test_a_quartile_is_what_its_definition_says_one_by_one(crowd):
    for company, quartile in quartiles(crowd).items():
        others = [score for each, score in crowd.items() if each != company]
        lower = sum(score < crowd[company] for score in others)
        equal = sum(score == crowd[company] for score in others)
        share = (lower + Fraction(equal, 2)) / len(others)
        assert quartile == 4 - sum(share >= Fraction(cut, 4) for cut in (1, 2, 3))


@given(some.lists(EVENTS, max_size=60))
@example(JOINED + JOINED_LATER)
@example([*JOINED, *(("leaves", company, 0) for company in range(FEWEST)), *JOINED_LATER])
def test_who_looks_before_and_after_what_one_company_does_sees_no_change(events):
    """Unless it completes a batch: then what is seen changes with at least four others."""
    those = Round()
    for what, company, score in events:
        before, stood = those.seen_without(company), set(those.stood)
        those.take(what, company, score)
        if those.seen_without(company) != before:
            assert company not in stood
            assert len(those.shown.keys() - stood) >= BATCH
        assert all(each.of >= FEWEST for each in those.shown.values())


@given(some.lists(EVENTS, max_size=40), some.integers(0, 20), SCORES)
@example(JOINED, 0, 9)
def test_sending_again_and_leaving_never_make_a_batch_due(events, company, score):
    those = Round()
    for event in events:
        those.take(*event)
    before = those.seen_without(company)

    if company in those.submitted:
        those.take("submits", company, score)
        assert those.seen_without(company) == before
        assert (company in those.shown) == (company in those.stood)
    those.take("leaves", company, 0)
    assert those.seen_without(company) == before


def test_companies_that_wait_for_the_next_batch_are_shown_with_it():
    those = Round()
    for event in JOINED + JOINED_LATER[:-1]:
        those.take(*event)
    assert sorted(those.shown) == list(range(6))

    those.take(*JOINED_LATER[-1])

    assert sorted(those.shown) == list(range(11))
    assert those.shown[0].of == 11


def test_a_ranking_shares_ranks_where_scores_are_exactly_equal():
    third = Fraction(1, 3)

    assert ranking({"d": Fraction(0), "c": third, "b": third, "a": Fraction(1, 2)}) == [
        (1, "a", Fraction(1, 2)),
        (2, "b", third),
        (2, "c", third),
        (4, "d", Fraction(0)),
    ]


def test_scores_that_print_alike_do_not_share_a_rank():
    close = ranking({"a": Fraction(1, 3), "b": Fraction(333333, 1000000)})

    assert close == [Ranked(1, "a", Fraction(1, 3)), Ranked(2, "b", Fraction(333333, 1000000))]


def test_a_ranking_of_nobody_is_empty():
    assert ranking({}) == []


def test_a_standing_comes_back_from_its_json_form():
    standing = Standing(of=12, overall=2, themes={"governance": 1, "水": 4})

    assert dump(standing) == '{"of":12,"overall":2,"themes":{"governance":1,"水":4}}'
    assert load(dump(standing)) == standing


def _exact(crowd: dict) -> dict:
    return {company: Fraction(score) for company, score in crowd.items()}
