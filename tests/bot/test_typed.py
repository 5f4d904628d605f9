from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import typed
from bot.texts import LANGUAGES, worded
from flows.actions import Choose, Command, Go, NoneOfThese, Tick, Write
from flows.screens import card
from flows.session import Answer, Place, Session
from tests.bot.walking import cards
from tests.flows.playing import ALL, KITCHEN, TEA

if TYPE_CHECKING:
    from flows.card import Card
    from flows.instrument import Instrument

ONE = Place("item", "drink")
SEVERAL = Place("item", "snack")
CRITERION = Place("item", "1.1")
NO_ZERO_ROW = Place("item", "2.1")
COMMENT = Place("comment", "milk")
OTHER = Place("other", "drink")
CONTACT = Place("item", "who")
FIELD = Place("field", "who", "email")

THE_SECOND = (
    *("2", " 2 ", "2.", "2)", "(2)", "2!", "２", "②", "b", "B", "b)", "Ｂ", "drink-b"),
    *("coffee", "COFFEE", "Ｃｏｆｆｅｅ", " coffee. ", "“Coffee”", "Coffee\n", "Coffee!"),
    *("咖啡", "「咖啡」", "咖啡。", "咖啡！"),
)
FIRST_THIRD_AND_FIFTH = (
    *("1, 3 and 5", "1 3 5", "1,3,5", "1、3、5", "１，３，５", "1;3;5", "1和3和5", "1.\n3.\n5."),
    *("a, c and e", "1, c and E", "ａ、ｃ、ｅ", "1, 3, and 5", "1,,3, 5,", "(1) (3) (5)"),
)
NONSENSE = [
    "",
    " ",
    "\n\t",
    "...",
    "?",
    "🙂",
    "👩‍👩‍👧‍👦",
    "1️⃣🙂",
    "مرحبا",
    "\u202e1",
    "\u200f",
    "q",
    "99",
    "0",
    "-1",
    "1.5",
    "1, 99",
    "1 x",
    "\ud800",
    "NaN",
]


def in_all_languages(
    instrument: Instrument, at: Place, language: str = "en", **answers: Answer
) -> list[Card[str]]:
    """The card as the conversation hands it in: in the person's language, then in each."""
    shown = card(instrument, Session(instrument.id, instrument.edition, at, answers))
    return [worded(shown, each) for each in (language, *LANGUAGES)]


def said(text: str, at: Place, language: str = "en", **answers: Answer):
    instrument = KITCHEN if at.item[:1].isdigit() else TEA
    return typed.read(in_all_languages(instrument, at, language, **answers), text)


def ticks(*letters: str):
    return tuple(Tick("snack", f"snack-{letter}", on=True) for letter in letters)


@pytest.mark.parametrize("text", THE_SECOND, ids=ascii)
def test_a_row_is_pressed_by_its_number_its_letter_or_its_words(text: str) -> None:
    assert said(text, ONE) == (Choose("drink", "drink-b"),)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["Coffee", "咖啡"])
def test_words_of_the_other_language_count_as_well(text: str, language: str) -> None:
    assert said(text, ONE, language) == (Choose("drink", "drink-b"),)


@pytest.mark.parametrize("text", FIRST_THIRD_AND_FIFTH, ids=ascii)
def test_several_rows_are_ticked_at_once(text: str) -> None:
    assert said(text, SEVERAL) == ticks("a", "c", "e")


def test_a_row_that_is_ticked_is_asked_not_to_be() -> None:
    ticked = Answer(chosen=("snack-a",))

    assert said("1", SEVERAL, snack=ticked) == (Tick("snack", "snack-a", on=False),)


@pytest.mark.parametrize("text", ["1, 2", "a b", "1和2", "1, 1"])
def test_a_single_choice_takes_no_two_answers(text: str) -> None:
    assert said(text, ONE) == ()


def test_rows_of_a_criterion_are_ticked_by_number_letter_and_printed_id() -> None:
    expected = (Tick("1.1", "1.1c", on=True), Tick("1.1", "1.1d", on=True))

    assert said("3, 4", CRITERION) == expected
    assert said("c and d", CRITERION) == expected
    assert said("1.1c 1.1D", CRITERION) == expected


@pytest.mark.parametrize("text", ["4", "d", "None of these", "none of these.", "以上都不符合"])
def test_none_of_these_is_said_like_any_row(text: str) -> None:
    if not text.isascii():
        text = in_all_languages(KITCHEN, NO_ZERO_ROW, "zh")[0].rows[-1].label

    assert said(text, NO_ZERO_ROW) == (NoneOfThese("2.1"),)


@pytest.mark.parametrize("text", ["Review", "review", " REVIEW. ", "Ｒｅｖｉｅｗ", "“Review”"])
def test_a_button_is_pressed_by_its_label(text: str) -> None:
    assert said(text, ONE) == (Go(Place("review", "drink")),)


def test_the_button_of_a_language_is_pressed_by_the_name_it_gives_itself() -> None:
    assert said("中文", ONE, "en") == (Command("language", "zh"),)
    assert said("english", ONE, "zh") == (Command("language", "en"),)


@pytest.mark.parametrize("text", ["2", "２", "2.", "E-mail", "e-mail"])
def test_a_line_is_opened_by_its_number_or_its_words(text: str) -> None:
    assert said(text, CONTACT) == (Go(FIELD),)


def test_a_line_of_the_contents_is_opened_by_its_number() -> None:
    assert said("4", Place("contents", "drink")) == (Go(SEVERAL),)
    assert said("1.1", Place("contents", "2.1")) == (Go(CRITERION),)


@pytest.mark.parametrize("at", [COMMENT, OTHER, FIELD])
@pytest.mark.parametrize(
    "text", ["1", "b", "1, 2", "Oat", "Review it", "Review!", "Review, please", "  kept as it is "]
)
def test_where_words_are_asked_for_everything_is_words(text: str, at: Place) -> None:
    drinks = {"drink": Answer(chosen=("drink-a", "drink-c")), "milk": Answer(chosen=("milk-a",))}

    assert said(text, at, **drinks) == (Write(text),)


@pytest.mark.parametrize("text", ["Back to the question", "back to the question ", "返回本题"])
def test_where_words_are_asked_for_the_whole_label_of_a_button_presses_it(text: str) -> None:
    if not text.isascii():
        shown = in_all_languages(TEA, COMMENT, "zh")[0]
        to_question = Go(Place("item", "milk"))
        text = next(b.label for g in shown.buttons for b in g if b.action == to_question)

    assert said(text, COMMENT) == (Go(Place("item", "milk")),)


@pytest.mark.parametrize("at", [ONE, SEVERAL, CRITERION, CONTACT, Place("review")])
@pytest.mark.parametrize("text", NONSENSE, ids=ascii)
def test_what_means_nothing_presses_nothing(text: str, at: Place) -> None:
    assert said(text, at) == ()


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.id)
def test_every_row_and_button_of_every_card_can_be_typed(instrument: Instrument) -> None:
    for shown in cards(instrument):
        worded_cards = [worded(shown, each) for each in ("zh", *LANGUAGES)]
        for words in worded_cards:
            for row in words.rows:
                assert typed.read(worded_cards, str(row.number)) == (row.action,)
                assert typed.read(worded_cards, row.label) == (row.action,)
            for button in (button for group in words.buttons for button in group):
                assert typed.read(worded_cards, button.label) == (button.action,)


any_card = st.sampled_from(
    [
        [worded(shown, each) for each in ("en", *LANGUAGES)]
        for instrument in (TEA, KITCHEN)
        for shown in cards(instrument, "words")
    ]
)
any_text = st.text() | st.text("0123456789,;、 and和aAbB.①１\n").filter(bool)


@given(worded_cards=any_card, text=any_text)
def test_whatever_is_typed_asks_only_for_what_the_card_offers(
    worded_cards: list[Card[str]], text: str
) -> None:
    offered = {
        action
        for each in worded_cards
        for action in (
            *(row.action for row in each.rows),
            *(line.action for line in each.lines),
            *(button.action for group in each.buttons for button in group),
        )
    }

    for action in typed.read(worded_cards, text):
        assert action in offered or (worded_cards[0].entry and action == Write(text))
