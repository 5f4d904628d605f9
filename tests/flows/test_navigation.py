from flows.actions import Choose, Go, Tick
from flows.navigation import Missing, after, before, first_open, missing, reachable, relevant
from flows.session import Answer, Place
from tests.flows.playing import RSCB, TEA, play

TEA_WITH_MILK = {"drink": Answer(chosen=("drink-a",)), "milk": Answer(chosen=("milk-a",))}


def ids(answers):
    return [item.id for item in relevant(TEA, answers)]


def test_items_are_put_to_those_whom_they_concern():
    assert ids({}) == ["drink", "snack", "who"]
    assert ids({"drink": Answer(chosen=("drink-b",))}) == ["drink", "milk", "snack", "who"]
    assert ids(TEA_WITH_MILK) == ["drink", "milk", "brand", "snack", "who"]


def test_what_hangs_on_an_item_that_is_not_put_is_not_put_either():
    assert ids({"milk": Answer(chosen=("milk-a",))}) == ["drink", "snack", "who"]


def test_next_and_back_pass_over_what_is_not_put():
    there = play(TEA, at="drink").session

    assert after(TEA, there, "drink") == Place("item", "snack")
    assert before(TEA, there, "snack") == Place("item", "drink")
    assert before(TEA, there, "drink") == Place("introduction")
    assert after(TEA, there, "who") == Place("review", "who")


def test_from_an_item_that_is_not_put_the_way_leads_to_the_first():
    there = play(TEA, at="drink").session

    assert after(TEA, there, "brand") == Place("item", "drink")
    assert before(TEA, there, "brand") == Place("introduction")


def test_on_a_round_trip_next_is_the_review():
    there = play(TEA, Go(Place("review")), Go(Place("item", "snack"))).session

    assert after(TEA, there, "snack") == Place("review", "snack")


def test_the_first_open_item_is_the_first_without_an_answer():
    there = play(TEA, Choose("drink", "drink-a"), at="drink").session

    assert first_open(TEA, there) == Place("item", "milk")


def test_where_all_is_answered_the_review_is_next():
    there = play(TEA, at="drink").session
    for id_ in ("drink", "snack", "who"):
        there = there.with_answer(id_, Answer(text="."))

    assert first_open(TEA, there) == Place("review")


def test_a_comment_has_a_place_where_one_is_asked_for():
    there = play(TEA, Choose("drink", "drink-a"), at="drink").session

    assert reachable(TEA, there, Place("comment", "milk"))
    assert not reachable(TEA, there, Place("comment", "drink"))
    assert not reachable(TEA, there, Place("other", "drink"))
    assert not reachable(RSCB, there, Place("comment", "1.1"))


def test_what_is_missing_is_named_in_order():
    ticked = play(TEA, Tick("snack", "snack-d", on=True), at="snack").session

    assert missing(TEA, ticked.answers) == (Missing("drink", "answer"), Missing("snack", "other"))
    assert len(missing(RSCB, {})) == 46


def test_a_place_names_a_contact_line_only_where_there_are_contact_lines():
    there = play(TEA, at="drink").session

    assert not reachable(TEA, there, Place("item", "drink", "junk"))
    assert not reachable(TEA, there, Place("review", "", "junk"))
    assert reachable(TEA, there, Place("field", "who", "name"))
