from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from bot import shelf
from bot.interchange import surveymonkey
from bot.interchange.columns import letters
from bot.interchange.reading import Problem, Remark, Respondent
from flows.session import Answer
from tests import surveymonkey_2021 as file

SURVEY = file.instrument()
TEA = shelf.read([Path(__file__).parents[2] / "instruments"]).instruments["tea-break"]
FIRST_QUESTION = len(file.METADATA)


def read(rows: list[list[str]], instrument=SURVEY) -> list[Respondent | Problem | Remark]:
    text = file.written(rows).removeprefix("\ufeff")
    return list(surveymonkey.read(io.StringIO(text, newline=""), instrument))


def answers(rows: list[list[str]], instrument=SURVEY) -> list[dict[str, Answer]]:
    found = read(rows, instrument)
    assert [str(each) for each in found if isinstance(each, Problem)] == []
    return [dict(each.answers) for each in found if isinstance(each, Respondent)]


def problems(rows: list[list[str]], instrument=SURVEY) -> list[str]:
    found = read(rows, instrument)
    said = [str(each) for each in found if isinstance(each, Problem)]
    assert said
    return said


EVERYBODY = [
    {item: answer for item, answer in said.items() if item != "q12"} for said in file.respondents()
]


def at(holds: str) -> int:
    """The column that holds this, in the sheet as it is made up."""
    return FIRST_QUESTION + [each for _, _, each in file.headings()].index(holds)


def with_cell(row: int, holds: str, cell: str) -> list[list[str]]:
    rows = file.rows()
    rows[row][at(holds)] = cell
    return rows


def with_heading(line: int, holds: str, words: str) -> list[list[str]]:
    return with_cell(line, holds, words)


# --- What is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheet_of_2021_is_read_as_it_was_answered(language: str) -> None:
    assert answers(file.rows(language)) == EVERYBODY


def test_contact_details_are_seen_and_not_read() -> None:
    found = [each for each in read(file.rows()) if isinstance(each, Respondent)]

    assert sum(each.contact for each in found) == file.CONTACTS
    assert all("q12" not in each.answers for each in found)


def test_respondents_keep_their_ids_and_are_placed_by_row_and_line() -> None:
    rows = file.rows()
    rows[2][at("q4 comment")] = "two\nlines"
    first, second = read(rows)[:2]

    assert isinstance(first, Respondent)
    assert isinstance(second, Respondent)
    assert first.id == rows[2][0] == "13212345000"
    assert (first.place, second.place) == ("row 3 (line 3)", "row 4 (line 5)")


@pytest.mark.parametrize("seed", range(5))
def test_columns_may_stand_in_any_order(seed: int) -> None:
    rows = file.rows()
    for column in range(FIRST_QUESTION, len(rows[0])):
        rows[0][column] = rows[0][column] or rows[0][column - 1]
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)

    assert answers([[row[column] for column in order] for row in rows]) == EVERYBODY


def test_blocks_of_columns_may_stand_in_any_order_under_one_heading_each() -> None:
    rows = file.rows()
    blocks: list[list[int]] = []
    for column, heading in enumerate(rows[0]):
        if heading:
            blocks.append([])
        blocks[-1].append(column)
    order = [column for block in reversed(blocks) for column in block]

    assert answers([[row[column] for column in order] for row in rows]) == EVERYBODY


@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolons", "tabs"])
def test_a_sheet_saved_anew_with_another_separator_is_read(delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(file.rows())
    found = surveymonkey.read(io.StringIO(text.getvalue(), newline=""), SURVEY)

    assert [each.answers for each in found if isinstance(each, Respondent)] == EVERYBODY


Q4 = SURVEY.items[3].text


@pytest.mark.parametrize(
    "heading",
    [
        f"* 4. {Q4['en'].replace('Self Assessment', 'Self-Assessment')}",
        f"Q4: <p><strong>{Q4['en'].replace(' for your ', ' for&nbsp;your<br/>')}</strong></p>",
        f"  {Q4['en'].upper().replace('SELF ASSESSMENT', chr(0x200B) + ' “Self Assessment” ')}",
        f"&lt;b&gt;4)&lt;/b&gt; {Q4['en'].replace('/', '&#47;')}",
        f"{Q4['en']} / {Q4['zh']}",
        f"第4题、{Q4['zh'].replace('，', ',').replace('？', '?')}",
    ],
    ids=["numbered", "tags", "spaces", "escaped tags", "both languages", "chinese"],
)
def test_headings_are_known_however_they_are_written(heading: str) -> None:
    assert answers(with_heading(0, "q4", heading)) == EVERYBODY


def test_a_heading_may_carry_its_hint() -> None:
    heading = f"{SURVEY.items[0].text['en']} Please tick all that apply"

    assert answers(with_heading(0, "q1a", heading)) == EVERYBODY


@pytest.mark.parametrize(
    ("holds", "label"),
    [
        ("q1 other", "Other (please specify)"),
        ("q1 other", "Other, please provide details below"),
        ("q3 comment", "Other (please specify)"),
        ("q3 comment", "Comments"),
        ("q3", ""),
        ("q11", ""),
        ("q11", "Response"),
        ("q1a", "Improve on / demonstrate our responsible business practices"),
    ],
)
def test_labels_are_known_as_surveymonkey_writes_them(holds: str, label: str) -> None:
    assert answers(with_heading(1, holds, label)) == EVERYBODY


def test_labels_in_cells_are_known_in_both_languages_whatever_the_header_speaks() -> None:
    rows = file.rows()
    for row, chinese in zip(rows[2:], file.rows("zh")[2:], strict=True):
        row[at("q3")] = chinese[at("q3")]
        row[at("q1a")] = chinese[at("q1a")]

    assert answers(rows) == EVERYBODY


def test_words_beside_other_tick_it() -> None:
    row = next(n for n, said in enumerate(file.respondents()) if "q1g" not in said["q1"].chosen)
    said = answers(with_cell(row + 2, "q1 other", "our  owners\nasked"))[row]["q1"]

    assert said.chosen[-1] == "q1g"
    assert said.other == "our owners asked"


def test_other_may_have_a_column_to_tick_and_one_for_its_words() -> None:
    rows = file.rows()
    column = at("q1 other")
    for row in rows:
        row.insert(column + 1, "")
    rows[1][column], rows[1][column + 1] = rows[1][column], "Other (please specify)"
    rows[2][column], rows[2][column + 1] = rows[1][column], "our owners"
    rows[3][column], rows[3][column + 1] = rows[1][column], ""
    first, second = answers(rows)[:2]

    assert (first["q1"].chosen[-1], first["q1"].other) == ("q1g", "our owners")
    assert (second["q1"].chosen[-1], second["q1"].other) == ("q1g", "")


def test_texts_come_out_as_they_were_written_but_for_what_nobody_sees() -> None:
    rows = with_cell(2, "q11", ' "Yes",\r\nshe said\u202e;\x07 fine\n ')

    assert answers(rows)[0]["q11"].text == '"Yes",\nshe said; fine'


def test_rows_without_an_answer_are_given_as_such_and_empty_lines_passed_over() -> None:
    rows = file.rows()
    rows.insert(2, [*rows[2][:FIRST_QUESTION], *[" "] * (len(rows[2]) - FIRST_QUESTION)])
    rows.insert(2, [])
    rows.append([""] * len(rows[0]))
    found = answers(rows)

    assert found == [{}, *EVERYBODY]


def test_empty_columns_at_the_end_are_passed_over() -> None:
    assert answers([[*row, "", ""] for row in file.rows()]) == EVERYBODY


def test_a_whole_question_may_be_missing_and_is_named() -> None:
    column = at("q11")
    found = read([row[:column] + row[column + 1 :] for row in file.rows()])

    assert [each.what for each in found if isinstance(each, Remark)] == [
        "no column for question 11"
    ]


def test_metadata_may_be_missing_altogether() -> None:
    found = read([row[FIRST_QUESTION:] for row in file.rows()])

    assert {each.id for each in found if isinstance(each, Respondent)} == {""}


# --- What is refused ------------------------------------------------------------------------------


def test_an_unexpected_label_is_named_with_row_column_and_what_was_expected() -> None:
    (said,) = problems(with_cell(4, "q4", "Hard"))

    assert said.startswith("row 5 (line ")
    assert f"column {letters(at('q4'))} (question 4)" in said
    assert said.endswith(
        "found “Hard”; expected one of “Difficult”, “Moderate”, “Straightforward”, “Easy”"
    )


def test_a_label_of_another_option_in_a_tick_column_is_refused() -> None:
    (said,) = problems(with_cell(2, "q1a", "Gain competitive advantage"))

    assert said.endswith(
        "found “Gain competitive advantage”; expected “Improve on/demonstrate our responsible"
        " business practices”, or nothing"
    )


def test_somebodys_own_words_are_never_repeated() -> None:
    words = "My name is Anna Berg and nobody at ACME may know that I have written this here."

    (said,) = problems(with_cell(2, "q4", words))

    assert "Anna" not in said
    assert "found a longer text; expected one of" in said


def test_everything_that_is_wrong_is_said_at_once() -> None:
    rows = with_cell(2, "q4", "Hard")
    rows[2][at("q5")] = "Simple"
    rows[10][at("q2b")] = "1"
    rows[41][2] = "23.11.2021"

    assert [each.split(" (line")[0] for each in problems(rows)] == ["row 3"] * 2 + [
        "row 11",
        "row 42",
    ]


@pytest.mark.parametrize(
    "date",
    [
        "11/23/2021 09:15:22 AM", "11/23/2021 9:15 pm", "11/23/2021 21:15", "11/23/21 0:05",
        "11/23/2021", "11/23/2021, 12:00:00 AM",
    ],
)  # fmt: skip
def test_dates_are_read_as_in_the_united_states(date: str) -> None:
    rows = file.rows()
    rows[2][2] = date

    assert answers(rows) == EVERYBODY


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("23/11/2021 09:15", "“23/11/2021 09:15”"),
        ("2/30/2021", "“2/30/2021”"),
        ("11/23/2021 13:00 PM", "“11/23/2021 13:00 PM”"),
        ("11/23/2021 24:00", "“11/23/2021 24:00”"),
        ("11/23/2021 09:60", "“11/23/2021 09:60”"),
        ("2021-11-23", "“2021-11-23”"),
        ("Anna Berg", "no date"),
    ],
)
def test_other_dates_are_refused(date: str, found: str) -> None:
    rows = file.rows()
    rows[2][2] = date

    assert problems(rows) == [
        (
            f"row 3 (line 3), column C “Start Date”: found {found};"
            " expected a date such as 11/23/2021 09:15:00 AM"
        )
    ]


def test_an_id_that_a_spreadsheet_shortened_is_refused() -> None:
    rows = file.rows()
    rows[2][0] = "1.32123E+10"

    assert "a spreadsheet shortened them" in problems(rows)[0]


def test_an_id_that_is_none_is_refused() -> None:
    rows = file.rows()
    rows[2][0] = "7" * 101

    assert problems(rows)[0].endswith("found 101 characters; expected at most 100")


@pytest.mark.parametrize(
    ("line", "holds", "words", "said"),
    [
        (
            0,
            "q5",
            "What is your shoe size?",
            "found “what is your shoe size?”; expected a question",
        ),
        (
            0,
            "q7",
            "Do you foresee challenges in keeping your ASI Certification in the future?",
            (
                "expected “Do you foresee any challenges in maintaining your ASI"
                " Certification in the future?”, word for word"
            ),
        ),
        (1, "q1a", "Fame", "found “Fame” below the heading; expected one of “Improve on"),
        (1, "q1a", "Response", "export again with columns “expanded”, not “condensed”"),
        (1, "q4", "Score", "found “Score” below the heading; expected “Response”, or “Please add"),
        (1, "q10", "Why?", "found “Why?” below the heading; expected “Response”"),
        (1, "q11", "Why?", "expected “Open-Ended Response”"),
        (1, "q12 name", "Shoe size", "expected one of “Name”, “Company”, “Email Address”"),
        (1, "q1b", "Access to markets/supply", "holds already; expected one of the two"),
    ],
)
def test_an_unknown_column_is_refused(line: int, holds: str, words: str, said: str) -> None:
    found = problems(with_heading(line, holds, words))

    assert said in found[0]
    assert found[0].startswith("rows 1-2, column ")


def test_a_long_strange_heading_is_shortened() -> None:
    found = problems(with_heading(0, "q5", "This is no question of theirs. " * 20))

    assert len(found[0]) < 300


def test_an_option_without_a_column_is_refused() -> None:
    column = at("q1c")
    rows = [row[:column] + row[column + 1 :] for row in file.rows()]

    assert problems(rows) == [
        (
            "rows 1-2, question 1: found no column “Access to markets/supply”;"
            " expected one for each option"
        )
    ]


def test_a_comment_column_without_its_answer_is_refused() -> None:
    rows = file.rows()
    rows[0][at("q4 comment")] = rows[0][at("q4")]
    column = at("q4")

    (said,) = problems([row[:column] + row[column + 1 :] for row in rows])
    assert said.startswith("rows 1-2, question 4: found no column “Response”")


def test_a_second_column_of_ids_is_refused() -> None:
    rows = file.rows()
    rows[0][8] = "Respondent ID"

    assert "a second column of respondents' ids" in problems(rows)[0]


def test_words_in_a_column_without_a_heading_are_refused() -> None:
    rows = [["", *row] for row in file.rows()]
    assert answers(rows) == EVERYBODY

    rows[5][0] = "note to myself"
    assert problems(rows)[0].endswith("found words in a column without a heading; expected nothing")

    rows[1][0] = "Label"
    assert "found “Label” without a heading" in problems(rows)[0]


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["name", "email"], ["Anna", "a@b.c"]]])
def test_another_file_altogether_is_refused_in_one_line(rows: list[list[str]]) -> None:
    (said,) = problems(rows)

    assert said.startswith(f"rows 1-2: found no question of {SURVEY.id}; expected “all responses")


@pytest.mark.parametrize(
    ("change", "cells"),
    [(lambda row: row[:-1], -1), (lambda row: [*row, "more"], 1), (lambda row: row[:3], -37)],
)
def test_a_row_of_another_length_is_refused(change, cells: int) -> None:
    rows = file.rows()
    width = len(rows[0])
    rows[7] = change(rows[7])
    if cells < -1:
        cells = 3 - width

    assert (
        problems(rows)[0]
        .split(": ", 1)[1]
        .startswith(f"found {width + cells} cells; expected {width}")
    )


@pytest.mark.parametrize("ending", ['"never closed', '"closed" early'])
def test_a_stray_quote_is_refused(ending: str) -> None:
    text = file.csv_text().removeprefix("\ufeff") + f"1,2,{ending}\r\n"
    found = list(surveymonkey.read(io.StringIO(text, newline=""), SURVEY))

    assert isinstance(found[-1], Problem)
    assert found[-1].place.startswith("row 43 (line ")
    assert found[-1].what.startswith("is not CSV: ")


def test_a_stray_quote_in_the_header_is_refused() -> None:
    found = list(surveymonkey.read(io.StringIO('"Respondent ID', newline=""), SURVEY))

    assert [type(each) for each in found] == [Problem]


def test_a_text_that_no_cell_can_hold_is_refused() -> None:
    (said,) = problems(with_cell(2, "q11", "x" * 32_001))

    assert said.endswith("found a text of 32001 characters; expected at most 32000")


# --- Another instrument: limits, exclusions, "Other" where one answer is given --------------------

TEA_HEAD = [
    ["What do you drink?", "", "Do you take milk with your tea?", "",
     "Which milk do you like best?", "What do you eat?", "", "", "", ""],
    ["Response", "Other (please specify)", "Response", "Which kind of milk?", "Open-Ended Response",
     "Biscuits", "Fruit", "Cake", "Other", "None of the above"],
]  # fmt: skip


def test_words_beside_other_are_the_answer_where_one_is_given() -> None:
    (said,) = answers([*TEA_HEAD, ["", "Juice", "", "", "", "", "Fruit", "", "", ""]], TEA)

    assert said == {
        "drink": Answer(chosen=("drink-c",), other="Juice"),
        "snack": Answer(chosen=("snack-b",)),
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ["Tea", "Juice", "", "", "", "", "", "", "", ""],
            "question 1: found “Tea”, “Something else, namely:” together; expected one option",
        ),
        (
            ["", "", "", "", "", "Biscuits", "Fruit", "Cake", "", ""],
            "question 4: found “Biscuits”, “Fruit”, “Cake” together; expected at most 2 options",
        ),
        (
            ["", "", "", "", "", "Biscuits", "", "", "", "None of the above"],
            (
                "question 4: found “Biscuits”, “None of the above” together; expected one of them,"
                " they exclude each other"
            ),
        ),
    ],
)
def test_answers_that_break_a_rule_of_their_question_are_refused(row: list[str], said: str) -> None:
    assert problems([*TEA_HEAD, row], TEA) == [f"row 3 (line 3), {said}"]


def test_two_different_words_beside_other_are_refused() -> None:
    head = [
        [*row, extra] for row, extra in zip(TEA_HEAD, ("", "Other (please specify)"), strict=True)
    ]
    row = ["", "", "", "", "", "", "", "", "Nuts", "", "Seeds"]

    (said,) = problems([*head, row], TEA)
    assert said.endswith("found other words than in the column before; expected them once")


def test_columns_are_named_as_a_spreadsheet_names_them() -> None:
    assert [letters(each) for each in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
