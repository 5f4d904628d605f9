"""What an action makes of a session."""

import pytest

from flows import begin, entry
from flows.actions import (
    AnswerSaved,
    Choose,
    Displaced,
    Erase,
    Go,
    NoneOfThese,
    Refused,
    Shortened,
    Submit,
    Submitted,
    TakeBack,
    Tick,
    Write,
)
from flows.session import Answer, Place, Undo
from tests.flows.playing import ASI, KITCHEN, RSCB, TEA, play, refused

INTRODUCTION = Place("introduction")
NAME, EMAIL = Place("field", "who", "name"), Place("field", "who", "email")
OTHER_SNACK = Place("other", "snack")


def item(id_):
    return Place("item", id_)


def test_a_session_begins_at_the_introduction_of_its_edition():
    one = begin(RSCB)

    assert (one.instrument, one.edition, one.at) == ("rscb-2014", "2014", INTRODUCTION)


def test_a_choice_leads_to_the_next_question():
    turn = play(TEA, Choose("drink", "drink-a"), at="drink")

    assert turn.session.answer("drink").chosen == ("drink-a",)
    assert turn.session.at == item("milk")
    assert turn.events == (AnswerSaved("drink"),)


def test_a_choice_with_a_comment_asks_for_it_first():
    turn = play(ASI, Choose("q3", "q3a"), at="q3")

    assert turn.session.at == Place("comment", "q3")


def test_a_choice_that_asks_for_words_leads_to_the_place_for_them():
    turn = play(TEA, Choose("drink", "drink-c"), at="drink")

    assert turn.session.at == Place("other", "drink")


def test_another_choice_takes_the_words_away():
    there = play(TEA, Choose("drink", "drink-c"), Write("Cocoa"), Go(item("drink")), at="drink")
    assert there.session.answer("drink").other == "Cocoa"

    turn = play(TEA, Choose("drink", "drink-a"), session=there.session)

    assert turn.session.answer("drink") == Answer(chosen=("drink-a",))


def test_the_same_choice_again_keeps_the_words():
    there = play(TEA, Choose("drink", "drink-c"), Write("Cocoa"), Go(item("drink")), at="drink")

    turn = play(TEA, Choose("drink", "drink-c"), session=there.session)

    assert turn.session.answer("drink").other == "Cocoa"


def test_the_words_of_a_single_choice_lead_on():
    turn = play(TEA, Choose("drink", "drink-c"), Write(" Cocoa\n"), at="drink")

    assert turn.session.answer("drink").other == "Cocoa"
    assert turn.session.at == item("snack")


def test_the_words_of_a_single_choice_lead_to_its_comment():
    with_comment = ASI.model_copy(update={"sections": (_with_comment_and_other(ASI),)})

    turn = play(with_comment, Choose("q3", "q3e"), Write("Both"), at="q3")

    assert turn.session.at == Place("comment", "q3")


def _with_comment_and_other(instrument):
    """The section of question 3, where the last option asks for words."""
    section = instrument.sections[1]
    last = section.items[0].options[-1].model_copy(update={"text_entry": True})
    options = (*section.items[0].options[:-1], last)
    changed = section.items[0].model_copy(update={"options": options})
    return section.model_copy(update={"items": (changed, *section.items[1:])})


def test_ticks_add_up_in_printed_order():
    turn = play(TEA, at="snack", tick=["snack-c", "snack-a"])

    assert turn.session.answer("snack").chosen == ("snack-a", "snack-c")


def test_more_ticks_than_allowed_are_refused():
    turn = play(TEA, at="snack", tick=["snack-a", "snack-b", "snack-c"])

    assert turn.events == (Refused("at_most", ("snack",), 2),)


def test_a_tick_that_asks_for_words_leads_to_the_place_for_them_and_back():
    turn = play(TEA, at="snack", tick=["snack-d"])
    assert turn.session.at == OTHER_SNACK

    turn = play(TEA, Write("Nuts"), session=turn.session)

    assert turn.session.at == item("snack")
    assert turn.session.answer("snack") == Answer(chosen=("snack-d",), other="Nuts")


def test_unticking_takes_the_words_away():
    turn = play(
        TEA, Write("Nuts"), Tick("snack", "snack-d", on=False), at="snack", tick=["snack-d"]
    )

    assert turn.session.answers == {}


def test_a_row_alone_takes_the_others_away_and_their_words():
    turn = play(
        TEA,
        Write("Nuts"),
        Tick("snack", "snack-a", on=True),
        Tick("snack", "snack-e", on=True),
        at="snack",
        tick=["snack-d"],
    )

    assert turn.session.answer("snack") == Answer(chosen=("snack-e",))
    assert turn.events == (AnswerSaved("snack"), Displaced("snack", ("snack-a", "snack-d")))


def test_the_words_of_other_have_no_place_where_it_is_not_ticked():
    turn = play(TEA, Go(OTHER_SNACK), at="snack", tick=["snack-e"])

    assert refused(turn) == "no_such_place"


def test_a_statement_only_answer_takes_the_other_items_away():
    turn = play(RSCB, at="1.1", tick=["1.1c", "1.1d", "1.1b"])

    assert turn.session.answer("1.1").chosen == ("1.1b",)
    assert turn.events[-1] == Displaced("1.1", ("1.1c", "1.1d"))
    assert turn.session.undo == Undo("1.1", Answer(chosen=("1.1c", "1.1d")))


def test_one_press_brings_back_what_a_tick_took_away():
    turn = play(RSCB, TakeBack("1.1"), at="1.1", tick=["1.1c", "1.1d", "1.1b"])

    assert turn.session.answer("1.1").chosen == ("1.1c", "1.1d")
    assert turn.session.undo is None
    assert refused(play(RSCB, TakeBack("1.1"), session=turn.session)) == "nothing_to_undo"


def test_only_the_item_that_lost_something_can_be_taken_back():
    turn = play(RSCB, TakeBack("1.2"), at="1.1", tick=["1.1c", "1.1b"])

    assert refused(turn) == "nothing_to_undo"


def test_two_lists_in_one_table_exclude_within_themselves_only():
    turn = play(RSCB, at="9.1", tick=["9.1d", "9.1g", "9.1e"])

    assert turn.session.answer("9.1").chosen == ("9.1e", "9.1g")


def test_none_of_these_takes_ticks_away_and_a_tick_takes_it_away():
    turn = play(KITCHEN, NoneOfThese("2.1"), at="2.1", tick=["2.1c"])
    assert turn.session.answer("2.1") == Answer(none=True)
    assert turn.events[-1] == Displaced("2.1", ("2.1c",))

    turn = play(KITCHEN, Tick("2.1", "2.1a", on=True), session=turn.session)

    assert turn.session.answer("2.1") == Answer(chosen=("2.1a",))


def test_none_of_these_said_twice_is_said_once():
    turn = play(KITCHEN, NoneOfThese("2.1"), NoneOfThese("2.1"), at="2.1")

    assert turn.session.answer("2.1") == Answer(none=True)
    assert turn.events == ()


def test_none_of_these_has_no_place_beside_a_zero_row():
    assert refused(play(KITCHEN, NoneOfThese("1.1"), at="1.1")) == "not_the_current_item"


def test_a_comment_is_added_to_or_replaced_as_a_whole():
    turn = play(ASI, Choose("q3", "q3a"), Write("One."), Write("Two."), at="q3")
    assert turn.session.answer("q3").comment == "One.\nTwo."
    assert turn.session.at == Place("comment", "q3")

    turn = play(ASI, Write("Three.", whole=True), session=turn.session)

    assert turn.session.answer("q3").comment == "Three."


def test_a_text_that_is_too_long_is_kept_as_far_as_it_goes():
    turn = play(ASI, Write("x" * (entry.LONGEST_TEXT + 3)), at="q11")

    assert len(turn.session.answer("q11").text) == entry.LONGEST_TEXT
    assert turn.events == (AnswerSaved("q11"), Shortened(3))


def test_contact_details_are_asked_line_by_line():
    turn = play(TEA, Go(NAME), Write("Ann"), at="who")
    assert turn.session.at == EMAIL

    turn = play(TEA, Write("ann@example.org"), session=turn.session)

    assert turn.session.at == item("who")
    assert turn.session.answer("who").fields == {"name": "Ann", "email": "ann@example.org"}


def test_what_is_no_address_is_refused():
    turn = play(TEA, Go(EMAIL), Write("ann"), at="who")

    assert turn.events == (Refused("not_an_email", ("who",)),)


def test_an_address_is_kept_whole_or_not_at_all():
    longest = "a" * (entry.LONGEST_EMAIL - 12) + "@example.org"

    kept = play(TEA, Go(EMAIL), Write(longest), at="who")
    longer = play(TEA, Go(EMAIL), Write(f"a{longest}"), at="who")

    assert kept.session.answer("who").fields == {"email": longest}
    assert refused(longer) == "not_an_email"


def test_an_empty_line_takes_a_line_away():
    turn = play(TEA, Go(EMAIL), Write("a@b.cd"), Go(EMAIL), Write(" "), at="who")

    assert turn.session.answers == {}


def test_a_line_that_is_unknown_takes_no_words():
    lost = play(TEA, at="who").session.__class__("tea-break", "1", Place("field", "who", "shoe"))

    assert refused(play(TEA, Write("42"), session=lost)) == "no_such_place"


@pytest.mark.parametrize(
    ("actions", "at"),
    [
        ([Go(Place("comment", "milk")), Write("Oat"), Erase(Place("comment", "milk"))], "milk"),
        ([Go(NAME), Write("Ann"), Go(NAME), Erase(NAME)], "who"),
        ([Tick("snack", "snack-a", on=True), Erase(item("snack"))], "snack"),
    ],
)
def test_words_and_ticks_can_be_erased(actions, at):
    start = play(TEA, Choose("drink", "drink-a"), at="drink").session
    turn = play(TEA, *actions, at=at, session=start)

    assert turn.session.answers.keys() == {"drink"}
    assert turn.events == (AnswerSaved(at),)


def test_a_text_can_be_erased():
    turn = play(ASI, Write("Thanks"), Erase(item("q11")), at="q11")

    assert turn.session.answers == {}


def test_nothing_is_erased_elsewhere_or_where_nothing_can_be():
    assert refused(play(TEA, Erase(NAME), at="who")) == "not_the_current_item"
    assert refused(play(TEA, Erase(item("who")), at="who")) == "no_such_place"


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Choose("drink", "drink-a"), "not_the_current_item"),
        (Choose("snack", "snack-a"), "not_the_current_item"),
        (Tick("drink", "drink-a", on=True), "not_the_current_item"),
        (Tick("brand", "x", on=True), "not_the_current_item"),
        (Tick("snack", "snack-x", on=True), "no_such_option"),
        (NoneOfThese("snack"), "not_the_current_item"),
        (Write("words"), "not_understood"),
        (Go(item("brand")), "no_such_place"),
        (Go(item("lunch")), "no_such_place"),
        (Go(Place("review", "lunch")), "no_such_place"),
        (Go(Place("comment", "snack")), "no_such_place"),
        (Go(Place("field", "who", "shoe")), "no_such_place"),
        (Submit(), "still_missing"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(action, reason):
    before = play(TEA, at="snack").session

    turn = play(TEA, action, session=before)

    assert refused(turn) == reason
    assert turn.session is before


def test_an_option_that_is_unknown_cannot_be_chosen():
    assert refused(play(TEA, Choose("drink", "drink-x"), at="drink")) == "no_such_option"


def test_blank_words_for_other_are_refused():
    assert refused(play(TEA, Write(" \n"), at="snack", tick=["snack-d"])) == "empty"


def test_ticking_what_is_ticked_changes_nothing():
    turn = play(TEA, at="snack", tick=["snack-a", "snack-a"])

    assert turn.events == ()


def test_from_the_review_one_comes_back_to_the_review():
    turn = play(ASI, Go(Place("review")), Go(item("q10")), Choose("q10", "q10b"))

    assert turn.session.at == Place("review", "q10")
    assert turn.session.returning
    turn = play(ASI, Go(item("q10")), session=turn.session)
    assert turn.session.returning


def test_whoever_leaves_the_round_trip_is_not_taken_back():
    turn = play(ASI, Go(Place("review")), Go(item("q10")), Go(Place("contents", "q10")))

    assert not turn.session.returning


def test_going_where_one_is_changes_nothing():
    there = play(TEA, Choose("drink", "drink-a"), at="drink").session

    assert play(TEA, Go(item("milk")), session=there).session is there


def test_what_was_said_of_an_answer_goes_with_its_card():
    there = play(TEA, Choose("drink", "drink-a"), at="drink").session
    assert there.last == "drink"

    assert play(TEA, Go(item("snack")), session=there).session.last == ""


def test_only_what_was_asked_is_sent():
    turn = play(
        TEA,
        Choose("drink", "drink-a"),
        Choose("milk", "milk-a"),
        Go(item("brand")),
        Write("Oat"),
        Go(item("snack")),
        Tick("snack", "snack-e", on=True),
        Go(item("drink")),
        Choose("drink", "drink-c"),
        Write("Cocoa"),
        Submit(),
        at="drink",
    )

    (event,) = turn.events
    assert event == Submitted(
        {
            "drink": Answer(chosen=("drink-c",), other="Cocoa"),
            "snack": Answer(chosen=("snack-e",)),
        }
    )
    assert turn.session.answer("brand").text == "Oat"


def test_words_that_other_asks_for_are_missed_before_sending():
    turn = play(
        TEA, Choose("drink", "drink-c"), Go(item("snack")), Tick("snack", "snack-d", on=True),
        Submit(), at="drink",
    )  # fmt: skip

    assert turn.events == (Refused("still_missing", ("drink", "snack")),)
