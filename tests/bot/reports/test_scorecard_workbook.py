"""The workbook of a scorecard is reckoned by its own formulas, by a library that is not ours."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import formulas
import openpyxl
import pytest

from bot.reports import scorecard
from bot.reports.scorecard import workbook
from bot.reports.scorecard.layout import Layout
from bot.texts import LANGUAGES
from flows.scoring import scored
from flows.session import NOTHING, Answer
from tests.assessed import assessment, best, company
from tests.flows.playing import KITCHEN, RSCB

LAYOUT = Layout(RSCB, score="Score", items="Items", criteria="Criteria")
ASSESSMENTS = {
    "empty": {},
    "all that can be had": best(),
    "nothing of it all": {"1.1": Answer(chosen=("1.1a",)), "7.1.3": Answer(none=True)},
    "complete": assessment(1),
    "partial": assessment(4, 0.5),
    "another, partial": assessment(5, 0.7),
}


class Calculated:
    """A workbook that is calculated anew, with other ticks where some are given."""

    def __init__(self, content, folder):
        path = folder / "card.xlsx"
        path.write_bytes(content)
        self.model = formulas.ExcelModel().loads(str(path)).finish()

    def __call__(self, ticks=None):
        inputs = {cell("Items", f"H{row}"): tick for row, tick in (ticks or {}).items()}
        found = self.model.calculate(inputs=inputs)
        return lambda sheet, place: plain(found[cell(sheet, place)].value[0, 0])


def cell(sheet, place):
    return f"'[card.xlsx]{sheet.upper()}'!{place}"


def plain(value):
    return value.item() if hasattr(value, "item") else value


@pytest.fixture(scope="module")
def calculated(tmp_path_factory):
    content = workbook.render(company({}), "en")
    return Calculated(content, tmp_path_factory.mktemp("empty"))


def ticks(answers):
    """Every tick cell of the workbook by its row, as these answers have it."""
    found = {}
    for criterion in RSCB.criteria:
        answer = answers.get(criterion.id, NOTHING)
        for key in LAYOUT.keys(criterion):
            held = key in answer.chosen or (answer.none and key == criterion.id)
            found[LAYOUT.item_rows[key]] = int(held)
    return found


@pytest.mark.parametrize("answers", ASSESSMENTS.values(), ids=ASSESSMENTS.keys())
def test_its_formulas_give_the_score_that_the_core_gives(calculated, answers):
    at, expected = calculated(ticks(answers)), scored(RSCB, answers)

    assert at("Score", "B5") == pytest.approx(float(expected.score.floor), abs=1e-9)
    assert at("Score", "B6") == pytest.approx(float(expected.score.floor), abs=1e-9)
    assert at("Score", "B7") == pytest.approx(float(expected.score.ceiling), abs=1e-9)
    assert at("Score", "B8") == expected.answered
    assert at("Score", "B9") == 0
    for section in RSCB.sections:
        row, found = LAYOUT.section_row(section), expected.sections[section.id]
        assert (at("Score", f"B{row}"), at("Score", f"C{row}")) == (found.points, found.maximum)
        assert at("Score", f"F{row}") == pytest.approx(float(found.floor_weighted), abs=1e-9)
        assert at("Score", f"G{row}") == pytest.approx(float(found.ceiling_weighted), abs=1e-9)
    for criterion, row in LAYOUT.criterion_rows.items():
        found = expected.criteria[criterion]
        counted = (at("Criteria", f"D{row}"), at("Criteria", f"E{row}"), at("Criteria", f"F{row}"))
        assert counted == (found.answered, found.points, found.maximum)


def test_a_changed_tick_changes_the_score(calculated):
    answers = assessment(4, 0.5) | {"11.2": Answer(chosen=("11.2b",))}
    more = answers | {"11.2": Answer(chosen=("11.2b", "11.2d"))}
    changed = ticks(answers) | {LAYOUT.item_rows["11.2d"]: 1}

    score = calculated(changed)("Score", "B5")

    assert score == pytest.approx(float(scored(RSCB, more).score.floor), abs=1e-9)
    assert score == pytest.approx(float(scored(RSCB, answers).score.floor) + 2 * 35 / 40, abs=1e-9)


@pytest.mark.parametrize(
    ("held", "flagged"),
    [
        # A starred item that stands alone, one of two, "none of these", one list of two.
        (
            ("1.1b 1.1c", "2.2b 2.2c 2.2d", "7.1.3 7.1.3a", "9.1b 9.1d 9.1e 9.1g"),
            "1.1b 1.1c 2.2c 2.2d 7.1.3 7.1.3a 9.1d 9.1e",
        ),
        # Zero rows.
        (("1.1a 1.1d", "2.2a 2.2b", "9.1a 9.1i"), "1.1a 1.1d 2.2a 2.2b 9.1a 9.1i"),
        # What may stand together.
        (("1.1c 1.1d", "2.2b 2.2d", "7.1.3a 7.1.3b 7.1.3c", "9.1b 9.1e 9.1h 9.1i"), ""),
    ],
    ids=["starred", "zero rows", "allowed"],
)
def test_what_the_rules_exclude_is_flagged_and_has_no_score(calculated, held, flagged):
    changed = ticks(assessment(2, 0.3))
    for keys in held:
        changed |= only(keys.split())

    at = calculated(changed)

    rows, expected = LAYOUT.item_rows, set(flagged.split())
    assert {key for key, row in rows.items() if at("Items", f"K{row}") == 1} == expected
    assert {key for key, row in rows.items() if at("Items", f"L{row}")} == expected
    assert at("Score", "B9") == len(expected)
    assert (at("Score", "B5") == "–") == bool(expected)
    assert ("no score" in at("Score", "C9")) == bool(expected)


def only(held):
    """The ticks of one criterion: these and none beside them."""
    criterion = next(each for each in RSCB.criteria if set(held) <= set(LAYOUT.keys(each)))
    return {LAYOUT.item_rows[key]: int(key in held) for key in LAYOUT.keys(criterion)}


def test_a_tick_that_is_no_tick_is_flagged_and_counts_nothing(calculated):
    row = LAYOUT.item_rows["2.1b"]
    at = calculated({row: 2})

    assert (at("Items", f"I{row}"), at("Items", f"K{row}"), at("Score", "B5")) == (0, 1, "–")


WRITTEN = {
    "en": company(assessment(8, 0.7), before=assessment(9)),
    "zh": scorecard.CompanyScore(KITCHEN, assessment(5, instrument=KITCHEN)),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_beside_a_formula_is_what_comes_of_it(language, tmp_path):
    """A viewer that does not calculate shows the same figures."""
    found = WRITTEN[language]
    content = workbook.render(found, language)
    at = Calculated(content, tmp_path)()
    values = openpyxl.load_workbook(BytesIO(content), data_only=True)
    written = openpyxl.load_workbook(BytesIO(content))

    checked = 0
    for sheet in written:
        for each in (each for row in sheet for each in row if each.data_type == "f"):
            shown = values[sheet.title][each.coordinate].value
            expected = at(sheet.title, each.coordinate)
            if isinstance(expected, str):
                assert (shown or "") == expected
            else:
                assert shown == pytest.approx(expected, abs=1e-9), each.coordinate
            checked += 1
    assert checked > 4 * sum(len(each.rows) for each in found.instrument.criteria)


def test_there_is_a_row_for_every_scoring_item():
    sheet = loaded()["Items"]
    rows = {row[3].value: row for row in sheet.iter_rows(min_row=6) if row[3].value != "–"}

    items = {item.id: (each, item) for each in RSCB.criteria for item in each.rows}
    assert rows.keys() == items.keys()
    for key, (criterion, item) in items.items():
        row = rows[key]
        assert row[2].value == f"{criterion.number} {criterion.text['en']}"
        assert row[4].value == item.wording["en"]
        assert row[5].value == item.points
        assert (row[6].value == "*") == item.starred
        assert row[0].value.startswith(RSCB.section_of(criterion.id).id)
        assert row[1].value.startswith(criterion.theme)


def loaded(language="en", **more):
    content = workbook.render(company(**more), language)
    return openpyxl.load_workbook(BytesIO(content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_ticks_can_be_changed_and_only_to_1_or_0(language):
    book = loaded(language)
    _, items, _ = book.worksheets

    assert all(sheet.protection.sheet for sheet in book)
    assert not any(sheet.protection.password for sheet in book)
    unlocked = {
        each.coordinate for s in book for row in s for each in row if not each.protection.locked
    }
    assert unlocked == {f"H{row}" for row in LAYOUT.item_rows.values()}
    (rule,) = items.data_validations.dataValidation
    assert (rule.type, rule.formula1) == ("list", '"1,0"')
    assert {cell for span in rule.sqref for row in span.rows for cell in cells(row)} == unlocked


def cells(row):
    return {f"{openpyxl.utils.get_column_letter(column)}{number}" for number, column in row}


def test_the_ticks_are_those_of_the_assessment():
    answers = assessment(8, 0.7)
    book = openpyxl.load_workbook(BytesIO(workbook.render(company(answers), "en")))

    held = {row: book["Items"][f"H{row}"].value for row in LAYOUT.item_rows.values()}
    assert held == ticks(answers)


def test_none_of_these_where_a_table_has_a_zero_row_is_that_row():
    """A file may say [] of such a criterion; the workbook has no other place for it."""
    book = openpyxl.load_workbook(
        BytesIO(workbook.render(company({"1.1": Answer(none=True)}), "en"))
    )

    assert book["Items"][f"H{LAYOUT.item_rows['1.1a']}"].value == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_themes_are_a_native_chart_over_cells(language):
    content = workbook.render(company(), language)
    with zipfile.ZipFile(BytesIO(content)) as parts:
        drawn = parts.read("xl/charts/chart1.xml").decode()

    ranges = re.findall(r"<c:f>([^<]+)</c:f>", drawn)
    assert len([each for each in ranges if re.search(r"\$D\$\d+:\$D\$\d+", each)]) == 1
    assert len([each for each in ranges if re.search(r"\$E\$\d+:\$E\$\d+", each)]) == 1
    for theme in (theme for section in RSCB.sections for theme in section.themes):
        assert theme.title[language].replace("'", "&apos;") in drawn.replace("'", "&apos;")


def test_last_time_stands_beside_sections_themes_and_criteria():
    book, found = loaded(), company()

    for section in RSCB.sections:
        last = book["Score"][f"H{LAYOUT.section_row(section)}"].value
        assert last == pytest.approx(float(found.last.sections[section.id].floor_weighted))
    for criterion, row in LAYOUT.criterion_rows.items():
        assert book["Criteria"][f"I{row}"].value == found.last.criteria[criterion].points


def test_words_that_begin_like_a_formula_stay_words():
    book = loaded(name='=HYPERLINK("http://example.org")')

    assert book["Score"]["A2"].data_type == "s"


def test_each_printed_page_has_a_header_and_its_number():
    for sheet in loaded():
        assert sheet.oddHeader.center.text == "&BProvisional, self-reported"
        assert "&P" in sheet.oddFooter.right.text
        assert sheet.page_setup.paperSize == 9
