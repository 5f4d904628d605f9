from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import presses, shelf, texts
from bot.channels import Pressed, Shown
from bot.channels.telegram_layout import Message, lay_out, read_data
from bot.channels.telegram_text import Piece, fitted, shortened, units, width
from flows import engine
from flows.actions import Choose, Command, Go, Submit, Tick
from flows.card import Button, Card, Entry, Line, Row
from flows.screens import card
from flows.session import Answer, Place
from tests.bot_api_rules import formatted

STOCK = shelf.read()
ITEMS = [(name, each.id) for name, ins in STOCK.instruments.items() for each in ins.items]


def shown(card_: Card[str], language: str = "en") -> Shown:
    return Shown(card_, "0123abcd", language)


def labels(message: Message) -> list[list[str]]:
    return [[label for label, _ in row] for row in message.keyboard]


def seen(message: Message) -> str:
    """The text as a reader sees it, after every check that Telegram makes."""
    return formatted(message.text, "HTML")[0]


def choice(*rows: str, one: bool = True, marked: int = 0) -> Card[str]:
    return Card(
        name="choice",
        title="Which?",
        one=one,
        rows=tuple(
            Row(number, label, None, number == marked, Choose("3", str(number)))
            for number, label in enumerate(rows, start=1)
        ),
    )


def test_short_options_are_written_on_their_buttons() -> None:
    message = lay_out(shown(choice("Yes", "No", "Unsure", marked=2)))

    assert message.text == "<b>Which?</b>"
    assert labels(message) == [["○ Yes", "● No", "○ Unsure"]]


def test_several_choices_have_boxes() -> None:
    assert labels(lay_out(shown(choice("Yes", "No", one=False, marked=1)))) == [["☑ Yes", "☐ No"]]


def test_long_options_are_numbered_and_their_buttons_carry_marked_numbers() -> None:
    long = "To improve on, and demonstrate, our business practices"

    message = lay_out(shown(choice(long, "Other", one=False, marked=1)))

    assert seen(message) == f"Which?\n\n☑ 1. {long}\n☐ 2. Other"
    assert labels(message) == [["☑ 1", "☐ 2"]]


def test_chinese_characters_count_double() -> None:
    assert width("提升/展示") == 9
    assert labels(lay_out(shown(choice("是" * 15, "否")))) == [["○ " + "是" * 15], ["○ 否"]]
    assert labels(lay_out(shown(choice("是" * 16, "否")))) == [["○ 1", "○ 2"]]


def test_what_a_row_is_worth_stands_beside_it() -> None:
    row = Row(1, "A" * 40, "2 points", False, Tick("1.1", "1.1a", True))

    message = lay_out(shown(Card(name="criterion", title="1.1", rows=(row,))))

    assert message.text == f"<b>1.1</b>\n\n☐ 1. {'A' * 40} — <i>2 points</i>"


def test_what_was_said_with_a_short_option_stands_in_the_text() -> None:
    rows = (
        Row(1, "Yes", None, False, Tick("1", "a", True)),
        Row(2, "Other", "Other: to sell in Europe", True, Tick("1", "b", False)),
    )

    message = lay_out(shown(Card(name="choice", title="Why?", rows=rows)))

    assert seen(message) == "Why?\n\n☑ Other — Other: to sell in Europe"
    assert labels(message) == [["☐ Yes", "☑ Other"]]


def test_progress_notices_title_and_paragraphs_stand_in_this_order() -> None:
    message = lay_out(
        shown(
            Card(
                name="text",
                title="4. How?",
                progress="Question 4 of 12 · Value",
                notices=("Saved · 3. Yes", "Tick at most 3."),
                paragraphs=("Think of the last year.",),
            )
        )
    )

    assert message.text == (
        "<i>Question 4 of 12 · Value</i>\n✓ Saved · 3. Yes\nℹ️ Tick at most 3.\n\n"
        "<b>4. How?</b>\n\nThink of the last year."
    )


def test_a_long_paragraph_is_folded() -> None:
    long = "Guidance. " * 50

    message = lay_out(shown(Card(name="text", title="T", paragraphs=(long,))))

    assert f"<blockquote expandable>{long}</blockquote>" in message.text


def entry(value: str, form: str = "lines") -> Message:
    asked = Entry("Your answer", value, 4000, form)  # type: ignore[arg-type]
    return lay_out(shown(Card(name="text", title="11. Feedback?", entry=asked)))


def test_an_empty_place_for_words_says_where_to_type() -> None:
    assert entry("").text == (
        "<b>11. Feedback?</b>\n\n<b>Your answer</b>\n<i>Type your answer below.</i>"
    )


def test_what_was_written_is_quoted_and_can_be_added_to() -> None:
    assert entry("It was <fine>").text.endswith(
        "<b>Your answer</b>\n<blockquote>It was &lt;fine&gt;</blockquote>\n"
        "<i>Type more to add to it.</i>"
    )


def test_a_single_line_is_replaced_and_not_added_to() -> None:
    assert entry("Ann", "line").text.endswith("<i>Type your answer below.</i>")


def test_of_a_long_text_beginning_end_and_length_are_shown() -> None:
    message = entry("begin " + "& middle " * 430 + "the end")

    assert "<blockquote expandable>begin &amp; middle" in message.text
    assert "the end</blockquote>\n<i>3883/4000 · Type more to add to it.</i>" in message.text
    assert units(message.text) <= 4096


def lines(count: int) -> tuple[Line[str], ...]:
    return tuple(
        Line(str(n), f"Question {n}", "Yes", "answered", Go(Place("item", str(n))))
        for n in range(1, count + 1)
    )


def test_an_overview_lists_each_line_with_its_state_and_jumps_by_number() -> None:
    card_ = Card(
        name="contents",
        title="All questions",
        lines=(
            Line("", "Step 1", None, "heading", None),
            Line("1", "Why?", "To sell", "answered", Go(Place("item", "1"))),
            Line("2", "How?", "not answered", "open", Go(Place("item", "2"))),
            Line("7.1.3", "When?", "not answered", "missing", Go(Place("item", "3"))),
        ),
    )

    message = lay_out(shown(card_))

    assert message.text == (
        "<b>All questions</b>\n\n<b>Step 1</b>\n✓ 1. Why? — To sell\n○ 2. How? — not answered\n"
        "❗ 7.1.3 When? — not answered"
    )
    assert labels(message) == [["1", "2", "7.1.3"]]


def test_numbers_stand_eight_in_a_row_at_most_and_evenly() -> None:
    message = lay_out(shown(Card(name="contents", title="All", lines=lines(17))))

    assert [len(row) for row in message.keyboard] == [6, 6, 5]


def test_a_line_without_a_number_has_its_label_on_the_button() -> None:
    line = Line("", "Survey 2021", "under way", "open", Command("take", "survey"))

    message = lay_out(shown(Card(name="status", title="Where you are", lines=(line,))))

    assert seen(message) == "Where you are\n\n○ Survey 2021 — under way"
    assert labels(message) == [["Survey 2021"]]


def test_headings_give_way_before_a_hundred_buttons_are_passed() -> None:
    heading = Line("", "Theme 1", None, "heading", Go(Place("item", "1")))
    below = ((Button("Help", Command("help")),),)
    fits = Card(name="contents", title="All", lines=(heading, *lines(98)), buttons=below)
    full = replace(fits, lines=(heading, *lines(99)))
    over = replace(fits, lines=lines(150))

    assert labels(lay_out(shown(fits)))[0] == ["Theme 1"]
    assert labels(lay_out(shown(full)))[0] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert sum(map(len, lay_out(shown(over)).keyboard)) == 100
    assert labels(lay_out(shown(over)))[-1] == ["Help"]


def test_buttons_below_keep_their_order_and_share_a_row_while_they_can_be_read() -> None:
    menu = ("All questions", "Review", "Pause", "Help", "中文")
    card_ = Card(
        name="text",
        title="T",
        buttons=(
            (Button("Back", Submit()), Button("Next", Submit(), primary=True)),
            tuple(Button(label, Submit()) for label in menu),
        ),
    )

    assert labels(lay_out(shown(card_))) == [
        ["Back", "Next"],
        ["All questions", "Review"],
        ["Pause", "Help", "中文"],
    ]


def test_a_button_that_telegram_cannot_carry_is_refused_by_name() -> None:
    card_ = Card(name="choice", title="T", rows=(Row(1, "A", None, False, Choose("i" * 60, "a")),))

    with pytest.raises(ValueError, match="longer than the 64 bytes"):
        lay_out(shown(card_))


def test_a_card_for_nobody_yet_has_buttons_all_the_same() -> None:
    card_ = Card(name="home", title="T", buttons=((Button("Help", Command("help")),),))

    ((key,),) = lay_out(Shown(card_, "", "en")).keyboard

    assert key == ("Help", "1--------k:help")
    assert read_data(key[1]) == Pressed("k:help", "--------")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("name", "item"), ITEMS)
def test_every_item_fits_and_every_button_says_its_action(
    name: str, item: str, language: str
) -> None:
    instrument = STOCK.instruments[name]
    session = replace(engine.begin(instrument), at=Place("item", item))
    card_ = texts.worded(card(instrument, session), language)

    message = lay_out(shown(card_, language))

    formatted(message.text, "HTML")
    assert units(message.text) <= 4096
    wanted = {row.action for row in card_.rows} | {line.action for line in card_.lines}
    wanted |= {button.action for group in card_.buttons for button in group}
    pressed = [read_data(data) for row in message.keyboard for _, data in row]
    assert {presses.read(each.code) for each in pressed if each} == wanted - {None}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("screen", ["introduction", "contents", "review", "paused"])
@pytest.mark.parametrize("name", STOCK.instruments)
def test_every_screen_fits_even_when_everything_was_said_at_length(
    name: str, screen: str, language: str
) -> None:
    instrument = STOCK.instruments[name]
    said = Answer(chosen=("x",), other="<&> " * 50, text="<&> " * 1000, comment="<&> " * 1000)
    answers = {each.id: said for each in instrument.items}
    session = replace(engine.begin(instrument), at=Place(screen), answers=answers)  # type: ignore[arg-type]

    message = lay_out(shown(texts.worded(card(instrument, session), language), language))

    formatted(message.text, "HTML")
    assert units(message.text) <= 4096
    numbers = {label for row in labels(message) for label in row}
    if screen in {"contents", "review"}:
        assert numbers >= {each.number for each in instrument.items}


ANY = st.text(st.characters(), max_size=300) | st.sampled_from(["<" * 5000, "𝄞" * 4096, "", " "])
ROWS = st.lists(
    st.builds(Row, st.integers(1, 99), ANY, st.none() | ANY, st.booleans(),
              st.just(Choose("1", "a"))), max_size=20,
)  # fmt: skip
LINES = st.lists(
    st.builds(Line, ANY, ANY, st.none() | ANY,
              st.sampled_from(["heading", "answered", "open", "missing"]),
              st.none() | st.just(Submit())), max_size=150,
)  # fmt: skip
CARDS = st.builds(
    Card,
    name=st.just("any"),
    title=ANY,
    progress=st.none() | ANY,
    notices=st.lists(ANY, max_size=3).map(tuple),
    paragraphs=st.lists(ANY, max_size=5).map(tuple),
    rows=ROWS.map(tuple),
    one=st.booleans(),
    entry=st.none() | st.builds(Entry, ANY, ANY, st.just(4000), st.just("lines")),
    lines=LINES.map(tuple),
    buttons=st.lists(st.builds(Button, ANY, st.just(Submit())), max_size=9).map(
        lambda keys: (tuple(keys),)
    ),
)


@given(CARDS)
def test_any_card_at_all_can_be_sent(card_: Card[str]) -> None:
    message = lay_out(shown(card_))

    formatted(message.text, "HTML")
    assert units(message.text) <= 4096
    assert sum(map(len, message.keyboard)) <= 100
    assert all(len(row) <= 8 for row in message.keyboard)
    for label, data in (key for row in message.keyboard for key in row):
        label.encode()
        assert label.strip()
        assert 1 <= len(data.encode()) <= 64


def test_details_give_way_before_what_is_asked() -> None:
    pieces = [Piece("q" * 40, lead="\n"), Piece("a" * 200, lead=" — ", soft=True)] * 40

    text = fitted(pieces)

    assert text.count("q" * 40) == 40
    assert min(len(line.split(" — ")[1]) for line in text.splitlines()) >= 50


def test_of_absurdly_much_the_beginning_is_shown() -> None:
    text = fitted(Piece("some words", lead=f"\n{n} ") for n in range(3000))

    assert text.startswith("0 ")
    assert text.endswith("\n…")
    assert units(text) <= 4096


def test_accents_take_no_column_of_their_own() -> None:
    assert width("e\u0301") == 1
    assert shortened("名名名", 4) == "名…"


@given(st.lists(st.text(max_size=2000), max_size=6))
def test_a_text_is_cut_only_where_the_message_is_full(said: list[str]) -> None:
    pieces = [Piece(each, lead="\n", soft=True) for each in said]
    text = fitted(pieces)

    assert units(text) <= 4096
    if "…" in text and not any("…" in each for each in said) and "".join(said).strip():
        assert units(text) > 4096 - 6 * len(pieces) - 12


@given(st.text(), st.integers(1, 50))
def test_a_shortened_label_has_at_most_so_many_columns(text: str, columns: int) -> None:
    assert width(shortened(text, columns)) <= columns


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_bytes_in_a_button_are_read_without_a_stumble(data: str) -> None:
    pressed = read_data(data)

    assert pressed is None or data == f"1{pressed.stamp}{pressed.code}"
