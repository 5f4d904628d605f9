"""What is shown; the words are the phrase keys, chosen at the door."""

from flows.actions import Choose, Command, Erase, Go, NoneOfThese, TakeBack, Tick, Write
from flows.card import Line, Phrase, Several
from flows.overview import overview, summary
from flows.screens import card
from flows.session import Answer, Place
from tests.flows.playing import ASI, KITCHEN, RSCB, TEA, play


def shown(instrument, *actions, **where):
    return card(instrument, play(instrument, *actions, **where).session)


def keys(one):
    """The keys of the buttons above the menu, row by row."""
    return [[button.label.key for button in row] for row in one.buttons[:-1]]


def phrase(words, key):
    return next(each for each in words if isinstance(each, Phrase) and each.key == key)


def test_the_introduction_says_how_long_it_takes_and_who_translated():
    one = shown(RSCB)

    assert one.name == "introduction"
    assert one.paragraphs[1] == Phrase("benchmark_length", {"m": 46})
    assert one.paragraphs[-1] == RSCB.translation_note
    assert keys(one) == [["button_start"]]
    assert TEA.introduction in shown(TEA).paragraphs


def test_whoever_has_begun_goes_on_where_the_first_answer_is_open():
    one = shown(TEA, Choose("drink", "drink-a"), Go(Place("introduction")), at="drink")

    assert keys(one) == [["button_go_on"]]
    assert one.buttons[0][0].action == Go(Place("item", "milk"))


def test_a_single_choice_names_its_target():
    one = shown(TEA, at="drink")

    assert one.one
    assert [row.number for row in one.rows] == [1, 2, 3]
    assert one.rows[0].action == Choose("drink", "drink-a")
    assert keys(one) == [["button_back", "button_later"]]
    assert one.progress == Phrase(
        "question_n_of_m", {"n": 1, "m": 3, "part": TEA.sections[0].title}
    )


def test_a_tick_all_question_says_how_many_and_offers_what_was_typed():
    one = shown(TEA, Write("Nuts"), at="snack", tick=["snack-d"])

    assert Phrase("at_most_n", {"n": 2}) in one.paragraphs
    assert TEA.item("snack").hint in one.paragraphs
    assert [row.marked for row in one.rows] == [False, False, False, True, False]
    assert one.rows[3].detail == "Nuts"
    assert one.rows[3].action == Tick("snack", "snack-d", on=False)
    assert keys(one) == [
        ["button_edit_other"],
        ["button_quote_yes"],
        ["button_back", "button_next"],
    ]
    saved = {"answer": Several((Phrase("other_said", {"text": "Nuts"}),)), "number": "4"}
    assert one.notices == (Phrase("saved", saved),)


def test_an_optional_question_can_be_skipped_cleared_and_commented():
    start = play(TEA, Choose("drink", "drink-a"), at="drink").session
    assert keys(shown(TEA, session=start)) == [["button_comment"], ["button_back", "button_skip"]]

    answered = shown(
        TEA, Choose("milk", "milk-b"), Write("None"), Go(Place("item", "milk")), session=start
    )

    assert keys(answered) == [
        ["button_edit_comment", "button_clear"],
        ["button_quote_yes"],
        ["button_back", "button_next"],
    ]
    assert Phrase("comment_so_far", {"text": "None"}) in answered.paragraphs


def test_a_comment_shows_the_answer_it_is_about():
    one = shown(ASI, Choose("q3", "q3a"), at="q3")

    said = {"answer": Several((ASI.item("q3").options[0].text,))}
    assert one.paragraphs == (Phrase("you_answered", said),)
    assert one.entry.label == ASI.item("q3").comment
    assert keys(one) == [["button_back_to_question", "button_no_comment"]]


def test_a_comment_that_is_there_can_be_erased():
    one = shown(ASI, Choose("q3", "q3a"), Write("Yes"), at="q3")

    assert keys(one) == [
        ["button_erase"],
        ["button_quote_yes"],
        ["button_back_to_question", "button_next"],
    ]
    assert one.buttons[0][0].action == Erase(Place("comment", "q3"))


def test_on_a_round_trip_the_way_on_is_the_review():
    start = play(ASI, Go(Place("review"))).session
    there = Go(Place("item", "q3"))

    assert keys(shown(ASI, there, session=start))[-1] == ["button_back", "button_back_to_review"]
    comment = shown(ASI, there, Choose("q3", "q3a"), session=start)
    assert keys(comment)[-1] == ["button_back_to_question", "button_back_to_review"]


def test_the_words_of_other_are_asked_for_under_its_label():
    one = shown(TEA, at="snack", tick=["snack-d"])

    assert (one.name, one.entry.format) == ("other", "line")
    assert one.entry.label == TEA.item("snack").options[3].text


def test_a_free_text_shows_what_is_there_and_can_be_erased():
    assert keys(shown(ASI, at="q11")) == [["button_back", "button_skip"]]

    one = shown(ASI, Write("Thanks"), at="q11")

    assert one.entry.value == "Thanks"
    assert keys(one) == [["button_erase"], ["button_quote_yes"], ["button_back", "button_next"]]


def test_contact_details_show_each_line_with_its_press():
    name = Place("field", "who", "name")
    one = shown(TEA, Go(name), Write("Ann"), Go(Place("item", "who")), at="who")

    assert one.lines[0] == Line("1", TEA.item("who").fields[0].label, "Ann", "answered", Go(name))
    assert one.lines[1].state == "open"


def test_a_line_of_contact_details_leads_to_the_next_and_the_last_back():
    name, email = Place("field", "who", "name"), Place("field", "who", "email")
    first = shown(TEA, Go(name), at="who")
    assert first.buttons[0][1].action == Go(email)
    assert keys(first) == [["button_back_to_question", "button_skip"]]

    last = shown(TEA, Go(email), Write("a@b.cd"), Go(email), at="who")

    assert last.entry.format == "email"
    assert keys(last) == [
        ["button_erase"],
        ["button_back_to_question", "button_next"],
    ]
    assert last.buttons[1][1].action == Go(Place("item", "who"))


def test_a_criterion_shows_points_and_the_score_so_far():
    one = shown(KITCHEN, at="2.1", tick=["2.1b"])

    assert phrase(one.paragraphs, "criterion_points").args == {"points": 2, "maximum": 3}
    assert phrase(one.paragraphs, "running_score").args == {"floor": "26.67", "ceiling": "86.67"}
    heading = {"number": "2", "text": KITCHEN.item("2.1").heading}
    assert one.paragraphs[0] == Phrase("numbered", heading)
    assert [row.detail.args["n"] for row in one.rows] == [1, 2, 1, 0]


def test_a_complete_assessment_has_one_score():
    start = play(KITCHEN, at="1.1", tick=["1.1d"]).session

    one = shown(KITCHEN, NoneOfThese("2.1"), at="2.1", session=start)

    assert phrase(one.paragraphs, "final_score").args == {"score": "40.00"}


def test_a_table_without_a_zero_row_offers_none_of_these():
    one = shown(KITCHEN, NoneOfThese("2.1"), at="2.1")

    assert one.rows[-1].label == Phrase("none_of_these")
    assert one.rows[-1].marked
    assert one.rows[-1].action == NoneOfThese("2.1")
    assert len(shown(KITCHEN, at="1.1").rows) == 4


def test_what_a_tick_took_away_is_named_and_one_press_brings_it_back():
    one = shown(KITCHEN, at="2.1", tick=["2.1a", "2.1b"])

    rows = Several((KITCHEN.item("2.1").rows[0].wording,))
    assert one.notices == (Phrase("displaced", {"rows": rows}),)
    assert one.buttons[0][0].action == TakeBack("2.1")
    survey = shown(TEA, at="snack", tick=["snack-a", "snack-e"])
    options = Several((TEA.item("snack").options[0].text,))
    assert survey.notices == (Phrase("displaced", {"rows": options}),)


def test_the_contents_list_every_section_theme_and_item():
    one = shown(RSCB, Go(Place("contents")))

    headings = [line for line in one.lines if line.state == "heading"]
    assert len(headings) == 3 + 14
    assert len(one.lines) == 3 + 14 + 46
    assert headings[1].action == Go(Place("item", "1.1"))
    assert len(shown(ASI, Go(Place("contents"))).lines) == 4 + 12


def test_an_overview_for_reading_has_nothing_to_press():
    assert all(line.action is None for line in overview(RSCB, {}, pressable=False))


def test_the_contents_lead_back_to_where_one_was():
    one = shown(TEA, Go(Place("contents", "snack")), at="snack")

    assert one.buttons[0][1].action == Go(Place("item", "snack"))


def test_the_contents_do_not_lead_back_to_what_is_no_longer_asked():
    one = shown(TEA, Go(Place("contents", "brand")))

    assert one.buttons[0][1].action == Go(Place("item", "drink"))


def test_the_review_leads_to_what_is_missing_first():
    one = shown(TEA, Choose("drink", "drink-a"), Go(Place("review")), at="drink")

    assert phrase(one.paragraphs, "still_missing").args == {"numbers": Several(("4",))}
    assert keys(one) == [["button_first_missing"], ["button_go_on", "button_send"]]
    assert one.buttons[0][0].action == Go(Place("item", "snack"))


def test_a_review_with_nothing_missing_is_ready_to_send():
    one = shown(
        TEA, Choose("drink", "drink-a"), Go(Place("item", "snack")),
        Tick("snack", "snack-e", on=True), Go(Place("review")), at="drink",
    )  # fmt: skip

    assert Phrase("survey_ready") in one.paragraphs
    assert [button.primary for button in one.buttons[0]] == [False, True]


def test_a_pause_offers_a_code_for_another_door():
    one = shown(TEA, Go(Place("paused", "drink")), at="drink")

    assert one.buttons[1][0].action == Command("code")


def test_an_answer_is_one_line():
    drink, who, brand, cups = (
        TEA.item("drink"), TEA.item("who"), TEA.item("brand"), KITCHEN.item("2.1"),
    )  # fmt: skip

    none = Phrase("not_answered")
    assert [summary(each, Answer()) for each in (drink, who, brand, cups)] == [none] * 4
    assert summary(brand, Answer(text="Oat")) == "Oat"
    assert summary(who, Answer(fields={"email": "a@b.cd"})) == Several(("a@b.cd",))
    assert summary(cups, Answer(none=True)) == Phrase(
        "points_of_maximum", {"points": 0, "maximum": 3}
    )
    assert summary(drink, Answer(chosen=("drink-c",))) == Several((drink.options[2].text,))


def test_a_place_that_does_not_fit_shows_the_introduction():
    there = play(TEA, at="drink").session

    lost = there.__class__(there.instrument, there.edition, Place("comment", "who"))

    assert card(TEA, lost).name == "introduction"


def test_an_answer_taken_back_is_said_to_be_gone():
    ticked = play(RSCB, at="1.1", tick=["1.1c"]).session

    one = card(RSCB, play(RSCB, Tick("1.1", "1.1c", on=False), session=ticked).session)

    assert one.notices == (Phrase("cleared", {"number": "1.1"}),)


def test_a_ticked_other_without_words_says_so_beside_its_row():
    one = shown(ASI, Go(Place("item", "q1")), at="q1", tick=["q1g"])

    assert one.rows[-1].detail == Phrase("other_lacks_words")
    assert [row.detail for row in one.rows[:-1]] == [None] * 6
