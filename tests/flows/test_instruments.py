"""The two published instruments: counted, and compared with what the documents say."""

import hashlib
import json

import pytest

from flows.instrument import Choice, ContactDetails, FreeText
from flows.lint import lint
from flows.loader import load
from tests.flows.playing import (
    ASI,
    ASI_ID,
    IN_TESTS,
    INSTALLED,
    KITCHEN,
    RSCB,
    RSCB_ID,
    TEA,
    files,
    installed,
    numbers,
)

# Of the published wording, in order. Whoever changes a word of a questionnaire makes a new edition
# of it: a changed wording makes a round incomparable with the one published.
WORDING = {
    ASI_ID: "9f88210755c4f20dad7eeee35fd668f516f59052f3ca14fd492637e6f4542769",
    RSCB_ID: "6b543928ae08b901d71034ebc6626b3746953d2e1b1b73195bbd7a394301a12e",
}

MAXIMA = numbers(
    "1.1 2, 1.2 2, 1.3.1 3, 1.3.2 2, 2.1 5, 2.2 3, 2.3.1 3, 2.3.2 3, 2.3.3 4, 3.1 3, 3.2 7,"
    "4.1 5, 4.2 6, 4.3 2, 5.1 2, 5.2 3, 6.1 2, 6.2 2, 7.1.1 1, 7.1.2 2, 7.1.3 6, 7.2.1 2, 7.2.2 6,"
    "7.2.3 3, 7.2.4 2, 7.2.5 3, 7.2.6 2, 8 8, 9.1 6, 9.2 4, 10.1 3, 10.2.1 2, 10.2.2 2, 10.2.3 2,"
    "10.3.1 3, 10.3.2 2, 11.1.1 4, 11.1.2 4, 11.2 7, 11.2.1 4, 12 2, 13 4, 14.1 4, 14.2 3, 14.3 4,"
    "14.4 4"
)

FOLDERS = sorted(each.name for root in (INSTALLED, IN_TESTS) for each in root.iterdir())


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_instrument_loads_and_lints_without_a_finding(folder):
    loaded = load(folder, files(folder))

    assert [str(each) for each in loaded.findings] == []
    assert [str(each) for each in lint(loaded.instrument)] == []


@pytest.mark.parametrize("instrument_id", WORDING)
def test_the_wording_is_the_published_one(instrument_id):
    instrument = installed(instrument_id)
    words = []
    for section in instrument.sections:
        words += [section.title["en"], *(theme.title["en"] for theme in section.themes)]
        for item in section.items:
            shown = item.model_dump(exclude={"only_if"})
            words += [
                shown[key]["en"] for key in ("heading", "text", "hint", "comment") if shown.get(key)
            ]
            for row in shown.get("options", ()) + shown.get("rows", ()) + shown.get("fields", ()):
                words += [row[key]["en"] for key in ("stem", "text", "label") if row.get(key)]

    said = json.dumps(words, ensure_ascii=False)

    assert hashlib.sha256(said.encode()).hexdigest() == WORDING[instrument_id]


def test_the_survey_has_four_steps_and_twelve_questions():
    assert (len(ASI.sections), len(ASI.items)) == (4, 12)
    assert [item.number for item in ASI.items] == [str(n) for n in range(1, 13)]


def test_the_survey_requires_questions_1_and_3_to_10():
    required = [item.number for item in ASI.items if item.required]

    assert required == ["1", "3", "4", "5", "6", "7", "8", "9", "10"]


def test_the_survey_asks_in_the_kinds_that_were_printed():
    kinds = {item.number: type(item) for item in ASI.items}
    choices = [item for item in ASI.items if isinstance(item, Choice)]

    assert kinds["11"] is FreeText
    assert kinds["12"] is ContactDetails
    assert [item.number for item in choices if item.at_most is None] == ["1", "2"]
    assert [item.number for item in choices if item.at_most == 1] == [str(n) for n in range(3, 11)]
    assert [item.number for item in choices if item.comment] == [str(n) for n in range(3, 10)]
    assert [o.id for item in choices for o in item.options if o.text_entry] == ["q1g", "q2e"]
    assert [len(item.options) for item in choices] == [7, 5, 5, 4, 4, 3, 3, 4, 4, 2]


def test_the_survey_skips_nothing():
    assert all(item.only_if is None for item in ASI.items)


def test_the_agreement_of_question_3_runs_from_strong_to_strong():
    labels = [option.text["en"] for option in ASI.item("q3").options]

    assert labels == [
        "Strongly agree",
        "Agree",
        "Undecided/neutral",
        "Disagree",
        "Strongly disagree",
    ]


def test_the_contact_details_of_the_survey_are_optional_lines():
    contact = ASI.item("q12")

    assert [field.id for field in contact.fields] == ["name", "company", "email"]
    assert contact.field("email").format == "email"
    assert contact.field("phone") is None


def test_the_benchmark_has_3_sections_14_themes_46_criteria_and_184_scoring_items():
    themes = [theme for section in RSCB.sections for theme in section.themes]
    rows = [row for criterion in RSCB.criteria for row in criterion.rows]

    assert [section.id for section in RSCB.sections] == ["A", "B", "C"]
    assert [theme.id for theme in themes] == [str(n) for n in range(1, 15)]
    assert len(RSCB.criteria) == len(RSCB.items) == 46
    assert len(rows) == 184


def test_the_sections_weigh_25_40_and_35_percent():
    assert [section.weight for section in RSCB.sections] == [25, 40, 35]


def test_the_maxima_are_those_of_the_document():
    assert {criterion.id: criterion.maximum for criterion in RSCB.criteria} == MAXIMA


def test_the_sections_hold_37_81_and_40_points():
    held = [sum(item.maximum for item in section.items) for section in RSCB.sections]

    assert held == [37, 81, 40]


def test_nine_tables_have_no_zero_row():
    assert sum(not criterion.has_zero for criterion in RSCB.criteria) == 9


def test_scoring_items_are_lettered_in_printed_order():
    for criterion in RSCB.criteria:
        letters = [row.id.removeprefix(criterion.id) for row in criterion.rows]

        assert letters == [chr(ord("a") + n) for n in range(len(letters))]


def test_one_star_in_a_table_excludes_everything_two_exclude_each_other():
    stars = {
        criterion.id: [row for row in criterion.rows if row.starred] for criterion in RSCB.criteria
    }

    assert [id_ for id_, rows in stars.items() if len(rows) == 1] == ["1.1", "1.2"]
    assert all(rows[0].alone for rows in stars.values() if len(rows) == 1)
    several = {id_: rows for id_, rows in stars.items() if len(rows) > 1}
    exclude_each_other = "1.3.2 2.2 3.1 6.1 6.2 7.1.2 7.2.1 7.2.5 9.1 14.1 14.3 14.4"
    assert " ".join(several) == exclude_each_other
    assert not any(row.alone or row.group is None for rows in several.values() for row in rows)
    for id_, rows in several.items():
        assert len({row.group for row in rows}) == (2 if id_ == "9.1" else 1)


def test_without_a_star_only_zero_rows_exclude_except_in_9_1():
    for criterion in RSCB.criteria:
        for row in (row for row in criterion.rows if not row.starred):
            assert row.alone == (row.points == 0 and row.group is None)
            assert row.group is None or criterion.id == "9.1"


def test_the_two_lists_of_9_1_exclude_within_themselves_only():
    groups = [(row.id, row.points, row.group) for row in RSCB.item("9.1").rows if row.group]

    assert groups == [
        ("9.1c", 0, "commitment"),
        ("9.1d", 1, "commitment"),
        ("9.1e", 2, "commitment"),
        ("9.1f", 0, "actions"),
        ("9.1g", 1, "actions"),
        ("9.1h", 2, "actions"),
    ]


def test_both_instruments_are_read_in_english_and_chinese_and_say_who_translated():
    for instrument in (ASI, RSCB):
        assert instrument.languages == ("en", "zh")
        assert instrument.translation_note["en"] == ""
        assert "Assay" in instrument.translation_note["zh"]


def test_an_instrument_is_a_folder_and_no_code():
    assert [item.kind for item in TEA.items] == ["choice", "choice", "text", "choice", "contact"]
    assert [criterion.maximum for criterion in KITCHEN.criteria] == [3, 3]
    assert TEA.translation_note is None
