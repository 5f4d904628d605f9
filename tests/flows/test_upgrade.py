"""A session moves to a newer edition: what was said stays wherever it is still asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.actions import Choose, Go, NoneOfThese, Tick, Write
from flows.navigation import first_open, missing
from flows.session import Answer, Place
from flows.upgrade import move
from tests.flows.playing import KITCHEN, TEA, another, clashes, files, play, without

EDITION = ('edition = "1"', 'edition = "2"')
SECOND = another("tea-break", EDITION)
TEA_TOML = files("tea-break")["instrument.toml"]

ANSWERS = {
    "drink": Answer(chosen=("drink-a",)),
    "milk": Answer(chosen=("milk-a",), comment="Oat"),
    "brand": Answer(text="Meadow"),
    "snack": Answer(chosen=("snack-a", "snack-d"), other="Nuts"),
    "who": Answer(fields={"name": "Ann", "email": "ann@example.org"}),
}


def tea(at="snack", instrument=TEA):
    """A session with everything answered, at an item."""
    there = play(instrument, at="drink").session
    for item, answer in ANSWERS.items():
        there = there.with_answer(item, answer)
    return play(instrument, Go(Place("item", at)), session=there).session


def test_nothing_is_lost_where_nothing_changed():
    moved = move(tea(), TEA, SECOND)

    assert moved.session.answers == ANSWERS
    assert (moved.session.edition, moved.session.at) == ("2", Place("item", "snack"))
    assert (moved.kept, moved.lost) == (tuple(ANSWERS), ())


def test_an_item_that_is_new_is_open():
    old = without("tea-break", "snack")
    there = play(old, Choose("drink", "drink-a"), at="drink").session

    moved = move(there, old, TEA)

    assert (moved.kept, moved.lost) == (("drink",), ())
    assert first_open(TEA, moved.session) == Place("item", "milk")
    assert [each.item for each in missing(TEA, moved.session.answers)] == ["snack"]


def test_an_item_that_is_gone_takes_its_answer_along():
    moved = move(tea(at="brand"), TEA, without("tea-break", "brand"))

    assert moved.lost == ("brand",)
    assert "brand" not in moved.session.answers
    assert moved.session.at == Place("item", "milk")


def test_an_option_that_is_gone_is_ticked_no_more():
    moved = move(tea(), TEA, without("tea-break", "snack-a"))

    assert moved.session.answer("snack") == Answer(chosen=("snack-d",), other="Nuts")
    assert moved.kept == tuple(ANSWERS)
    assert moved.lost == ("snack",)


def test_words_go_with_the_option_that_asked_for_them():
    moved = move(tea(), TEA, without("tea-break", "snack-d"))

    assert moved.session.answer("snack") == Answer(chosen=("snack-a",))


def test_an_answer_that_becomes_empty_goes():
    one = play(TEA, at="snack", tick=["snack-a"]).session

    moved = move(one, TEA, without("tea-break", "snack-a"))

    assert moved.session.answers == {}
    assert (moved.kept, moved.lost) == ((), ("snack",))


def test_a_comment_goes_where_none_is_asked_for():
    moved = move(tea(), TEA, another("tea-break", ('comment = "Which kind of milk?"\n', "")))

    assert moved.session.answer("milk") == Answer(chosen=("milk-a",))
    assert moved.lost == ("milk",)


def test_a_line_of_contact_details_that_is_gone_takes_its_words_along():
    moved = move(tea(), TEA, without("tea-break", "name"))

    assert moved.session.answer("who").fields == {"email": "ann@example.org"}
    assert moved.lost == ("who",)


def test_answers_move_with_ids_that_were_renamed():
    new = another(
        "tea-break",
        ('id = "snack"', 'id = "food"'),
        ('id = "snack-a"', 'id = "food-a"'),
        ("\n[[sections]]", '\n[renamed]\nsnack = "food"\nsnack-a = "food-a"\n\n[[sections]]'),
    )

    moved = move(tea(), TEA, new)

    assert moved.session.answer("food") == Answer(chosen=("food-a", "snack-d"), other="Nuts")
    assert moved.session.at == Place("item", "food")
    assert moved.lost == ()


def test_ids_may_change_places():
    new = another(
        "tea-break",
        ('id = "snack-a"', 'id = "snack-b1"'),
        ('id = "snack-b"', 'id = "snack-a"'),
        ('id = "snack-b1"', 'id = "snack-b"'),
        ("\n[[sections]]", '\n[renamed]\nsnack-a = "snack-b"\nsnack-b = "snack-a"\n\n[[sections]]'),
    )

    moved = move(tea(), TEA, new)

    assert moved.session.answer("snack").chosen == ("snack-b", "snack-d")


def test_an_id_that_another_took_over_keeps_nothing():
    """The old Fruit is gone, and what was Biscuits is called what Fruit was called."""
    new = another(
        "tea-break",
        ('id = "snack-b"', 'id = "snack-z"'),
        ('id = "snack-a"', 'id = "snack-b"'),
        ("\n[[sections]]", '\n[renamed]\nsnack-a = "snack-b"\n\n[[sections]]'),
    )
    fruit = play(TEA, at="snack", tick=["snack-b"]).session

    assert move(fruit, TEA, new).session.answers == {}
    assert move(tea(), TEA, new).session.answer("snack").chosen == ("snack-b", "snack-d")


def test_from_an_edition_that_had_the_new_name_already_nothing_is_renamed():
    new = another("tea-break", ("\n[[sections]]", '\n[renamed]\ntreat = "snack"\n\n[[sections]]'))

    assert move(tea(), TEA, new).lost == ()


def test_an_item_that_is_numbered_anew_keeps_its_answer():
    moved = move(tea(), TEA, another("tea-break", ('number = "4"', 'number = "7"')))

    assert moved.session.answers == ANSWERS


def test_an_item_of_another_kind_keeps_nothing():
    fields = TEA_TOML[TEA_TOML.index("\n[[sections.items.fields]]") :]
    new = another("tea-break", (fields, ""), ('kind = "contact"', 'kind = "text"'))

    moved = move(tea(at="who"), TEA, new)

    assert new.item("who").kind == "text"
    assert moved.lost == ("who",)
    assert moved.session.at == Place("item", "who")


def test_rows_that_clash_now_leave_the_first_printed():
    one = play(KITCHEN, at="1.1", tick=["1.1c", "1.1d"]).session
    new = another("tea-kitchen", ("points = 2", "points = 2\nalone = true"))

    moved = move(one, KITCHEN, new)

    assert moved.session.answer("1.1").chosen == ("1.1c",)
    assert moved.lost == ("1.1",)


def test_more_ticks_than_allowed_now_leave_the_first_printed():
    moved = move(tea(), TEA, another("tea-break", ("at_most = 2", "at_most = 1")))

    assert moved.session.answer("snack") == Answer(chosen=("snack-a",))


def test_none_of_these_goes_where_the_table_has_a_zero_row_now():
    one = play(KITCHEN, NoneOfThese("2.1"), at="2.1").session
    zero = '[[sections.items.rows]]\nid = "2.1z"\ntext = "No cups"\npoints = 0\nalone = true\n\n'
    before = '[[sections.items.rows]]\nid = "2.1a"'
    new = another("tea-kitchen", (before, zero + before))

    assert move(one, KITCHEN, KITCHEN).session.answer("2.1").none
    assert move(one, KITCHEN, new).session.answers == {}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (Place("introduction"), Place("introduction")),
        (Place("item", "brand"), Place("item", "milk")),
        (Place("contents", "brand"), Place("contents", "milk")),
        (Place("review", "brand"), Place("review", "milk")),
        (Place("paused"), Place("paused")),
        (Place("comment", "milk"), Place("comment", "milk")),
        (Place("other", "snack"), Place("other", "snack")),
        (Place("field", "who", "email"), Place("field", "who", "email")),
        (Place("item", "unheard-of"), Place("introduction")),
    ],
)
def test_one_stays_where_one_was_or_comes_to_the_nearest_earlier_item(at, expected):
    there = play(TEA, Go(at), session=tea()).session
    if at.item == "unheard-of":
        there = there.__class__("tea-break", "1", at, there.answers)

    assert move(there, TEA, without("tea-break", "brand")).session.at == expected


def test_where_the_first_items_are_gone_one_comes_to_the_introduction():
    new = without("tea-break", "drink")
    there = play(TEA, Go(Place("review")), Go(Place("item", "drink"))).session

    moved = move(there, TEA, new)

    assert moved.session.at == Place("introduction")
    assert not moved.session.returning


def test_a_line_that_is_gone_leads_to_its_item():
    there = play(TEA, Go(Place("field", "who", "name")), at="who").session

    assert move(there, TEA, without("tea-break", "name")).session.at == Place("item", "who")


def test_what_could_be_taken_back_no_longer_can():
    there = play(TEA, at="snack", tick=["snack-a", "snack-e"]).session

    moved = move(there, TEA, SECOND)

    assert there.undo is not None
    assert (moved.session.undo, moved.session.last) == (None, "")


@given(st.lists(st.sampled_from(["snack-a", "snack-b", "snack-c", "snack-d", "snack-e"])))
def test_whatever_was_ticked_the_rules_of_the_new_edition_hold(rows):
    there = play(TEA, Choose("drink", "drink-c"), Write("Cocoa"), at="drink").session
    for row in rows:
        tick = [Go(Place("item", "snack")), Tick("snack", row, on=True)]
        there = play(TEA, *tick, session=there).session
    new = another("tea-break", ('text = "Fruit"', 'text = "Fruit"\nalone = true'))

    assert clashes(new, move(there, TEA, new).session) == []
