from __future__ import annotations

import csv
import importlib.util
import json
import stat
from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import shelf
from bot.interchange import export_sav, export_xlsx, exporting, importing
from bot.interchange.export_csv import defused
from bot.interchange.exporting import FORMS
from bot.interchange.files import ExportFailedError, ExportRefusedError, beside, whole
from bot.interchange.variables import reading, variables
from flows import definition
from flows.instrument import Instrument
from flows.scoring import printed, scored
from flows.session import Answer
from storage import definitions, people, responses
from storage.responses import Response
from tests import companies
from tests import surveymonkey_2021 as file

if TYPE_CHECKING:
    from bot.house import House
    from bot.universe import Universe
    from storage.database import Database

SURVEY = file.instrument()
STOCK = shelf.read([Path(__file__).parents[2] / "instruments"])
RSCB, TEA = STOCK.instruments["rscb-2014"], STOCK.instruments["tea-break"]
ROWS = "round", "edition"


@pytest.fixture
def bring(house: House, database: Database, universe: Universe, tmp_path: Path):
    async def go(text: str, round_name: str = "2021", form: Any = "surveymonkey") -> str:
        path = tmp_path / "brought"
        path.write_text(text, encoding="utf-8", newline="")
        importing.examine(path, form, SURVEY)
        done = await importing.bring(database, universe, SURVEY, round_name, path, form)
        return str(done)

    return go


@pytest.fixture
def export(house: House, database: Database, tmp_path: Path):
    async def go(form: str, name: str = "out", round_name: str = "2021", **how: Any) -> Path:
        out = tmp_path / f"{name}.{form}"
        instrument = how.pop("instrument", SURVEY)
        how = {"language": "en", "smallest": 8} | how
        await exporting.export(database, house.shelf, instrument, round_name, form, out, **how)
        return out

    return go


def names(folder: Path) -> list[str]:
    """What an export left in a folder."""
    return sorted(
        each.name
        for each in folder.iterdir()
        if "sqlite3" not in each.name and each.name != "brought"
    )


def edited(**changes: Any) -> Instrument:
    """The tea break in another edition."""
    kept = {name: getattr(TEA, name) for name in type(TEA).model_fields}
    return Instrument(**(kept | changes))


def sheet(path: Path) -> list[dict[str, str]]:
    text = path.read_text("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines(keepends=True)))


def ticks(said: dict[str, Answer]) -> dict[str, str]:
    """A row of the CSV as it must be for these answers."""
    row: dict[str, str] = dict.fromkeys(("round", "edition"), "2021")
    for item in SURVEY.items:
        options = [each.id for each in getattr(item, "options", ())]
        chosen = said[item.id].chosen if item.id in said else None
        if item.id in {"q1", "q2"}:
            row |= {each: "" if chosen is None else str(int(each in chosen)) for each in options}
        elif options:
            row[item.id] = "" if chosen is None else str(options.index(chosen[0]) + 1)
    return row


def counted(rows: Any) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


LISTED = {
    item: number
    for item, number in {**file.COMMENTS, "q11": file.FREE_TEXTS}.items()
    if number >= 8
}


async def test_every_response_is_a_row_of_codes(bring, export) -> None:
    await bring(file.csv_text())

    rows = sheet(await export("csv"))

    assert counted(rows) == counted(ticks(said) for said in file.respondents())
    assert list(rows[0])[:3] == ["round", "edition", "q1a"]


async def test_nothing_in_any_file_leads_to_a_person_or_from_a_text_to_a_row(
    bring, export, tmp_path: Path
) -> None:
    await bring(file.csv_text())
    for form in FORMS:
        await export(form)

    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    plain = ("out.csv", "out-texts.csv", "out-codebook.csv", "out.json")
    written = "".join((tmp_path / name).read_text("utf-8") for name in plain)
    written += str([[c.value for c in row] for each in book for row in each.iter_rows()])
    for row in file.rows()[2:]:
        assert row[0] not in written
        assert row[5] not in written
    assert "Person 1" not in written
    assert "Company 1" not in written
    assert "2026-Q4" not in written
    texts = sheet(tmp_path / "out-texts.csv")
    assert texts[0].keys() == {"question", "item", "part", "text", "quotable"}
    for item in LISTED:
        mine = [each["text"].removeprefix("'") for each in texts if each["item"] == item]
        assert mine == sorted(mine)


async def test_texts_are_listed_from_eight_up_and_the_others_counted(
    bring, house: House, database: Database, tmp_path: Path
) -> None:
    await bring(file.csv_text())
    out = tmp_path / "out.csv"

    done = await exporting.export(
        database, house.shelf, SURVEY, "2021", "csv", out, language="en", smallest=8
    )

    assert Counter(each["item"] for each in sheet(tmp_path / "out-texts.csv")) == LISTED
    assert (done.rows, done.listed, done.withheld) == (40, 49, 19)
    assert str(done) == (
        f"40 rows and 49 texts written to {out}, {tmp_path / 'out-codebook.csv'},"
        f" {tmp_path / 'out-texts.csv'}; 19 texts withheld, fewer than 8 to a question"
    )


async def test_texts_come_out_word_for_word(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())
    await export("csv", smallest=1)

    found = Counter(each["text"] for each in sheet(tmp_path / "out-texts.csv"))
    wanted = Counter(
        defused(text)
        for said in file.respondents()
        for answer in said.values()
        for text in (answer.other, answer.text, answer.comment)
        if text
    )
    assert found == wanted


async def test_the_codebook_says_what_every_value_means(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())
    rows = sheet(await export("csv"))

    book = sheet(tmp_path / "out-codebook.csv")

    assert {each["variable"] for each in book} - {""} == rows[0].keys()
    q4 = [each for each in book if each["variable"] == "q4"]
    assert [(each["code"], each["option"], each["label_en"], each["label_zh"]) for each in q4] == [
        ("1", "q4a", "Difficult", "困难"),
        ("2", "q4b", "Moderate", "中等"),
        ("3", "q4c", "Straightforward", "较为简单"),
        ("4", "q4d", "Easy", "容易"),
    ]
    assert {(each["question"], each["wording_en"]) for each in q4} == {
        ("4", SURVEY.items[3].text["en"])
    }
    assert "not answered" in q4[0]["note_en"]
    q1a = [each for each in book if each["variable"] == "q1a"]
    assert [(each["code"], each["label_en"]) for each in q1a] == [
        ("0", "Not ticked"),
        ("1", "Ticked"),
    ]
    apart = {each["question"]: each["note_en"] for each in book if not each["variable"]}
    assert apart["3"] == "7 texts, withheld: texts are listed from 8 up."
    assert apart["4"].startswith("11 texts, in a list of their own")
    assert apart["12"] == "Contact details are never exported."


async def test_two_exports_are_the_same_bytes(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())
    for form in set(FORMS) - {"sav"}:  # SPSS writes the time of day into its header
        one, other = await export(form, "one"), await export(form, "other")
        assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "one-texts.csv").read_bytes() == (tmp_path / "other-texts.csv").read_bytes()


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        " =1",
        '"=1',
        "\n=1",
    ],
    ids=ascii,
)
def test_what_begins_like_a_formula_is_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["1+1", "a=b", "", "'", -1, 0, None, "中文"])
def test_nothing_else_is_touched(cell: object) -> None:
    assert defused(cell) is cell


FORMULA = '=HYPERLINK("http://example.org";A1)'


async def brought_formulas(bring) -> None:
    said = [{"answers": {"q11": {"text": f"{FORMULA}{number}"}}} for number in range(8)]
    await bring(json.dumps({"instrument": SURVEY.id, "responses": said}), form="json")


async def test_formulas_in_texts_are_no_formulas_in_a_sheet(bring, export, tmp_path: Path) -> None:
    await brought_formulas(bring)
    await export("csv")
    book = openpyxl.load_workbook(await export("xlsx"))

    assert {each["text"][:12] for each in sheet(tmp_path / "out-texts.csv")} == {"'=HYPERLINK("}
    cells = [row[3] for row in book["texts"].iter_rows(min_row=2)]
    assert [(each.data_type, each.value[: len(FORMULA)]) for each in cells] == [("s", FORMULA)] * 8
    assert all(each.hyperlink is None for each in cells)


async def test_a_workbook_holds_the_same_as_the_sheets(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())
    rows = sheet(await export("csv"))

    book = openpyxl.load_workbook(await export("xlsx"))

    assert book.sheetnames == ["data", "codebook", "texts"]
    head, *body = book["data"].iter_rows(values_only=True)
    assert counted(dict(zip(head, row, strict=True)) for row in body) == counted(
        {
            name: value if name in ROWS else int(value) if value else None
            for name, value in row.items()
        }
        for row in rows
    )
    for name in ("codebook", "texts"):
        head, *body = book[name].iter_rows(values_only=True)
        found = [["" if cell is None else str(cell) for cell in row] for row in body]
        there = [list(each.values()) for each in sheet(tmp_path / f"out-{name}.csv")]
        assert [[cell.removeprefix("'") for cell in row] for row in there] == found


async def test_more_rows_than_a_sheet_holds_are_refused(
    bring, export, tmp_path: Path, monkeypatch
) -> None:
    await bring(file.csv_text())
    monkeypatch.setattr(export_xlsx, "MOST_ROWS", 39)
    monkeypatch.setattr(export_xlsx.codebook, "lines", lambda _: ())

    with pytest.raises(ExportRefusedError, match="a sheet holds 39 rows, and there are more"):
        await export("xlsx")

    assert names(tmp_path) == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_spss_reads_the_rows_with_their_labels(bring, export, language: str) -> None:
    await bring(file.csv_text())
    rows = sheet(await export("csv"))

    frame, meta = pyreadstat.read_sav(
        await export("sav", language=language), output_format="polars"
    )

    found = counted(
        {name: value if name in ROWS else value and int(value) for name, value in row.items()}
        for row in frame.to_dicts()
    )
    assert found == counted(
        {
            n: v if n in ROWS else int(v) if v not in {"", "0"} else (0 if v else None)
            for n, v in row.items()
        }
        for row in rows
    )
    q4 = SURVEY.items[3]
    labels = dict(zip(meta.column_names, meta.column_labels, strict=True))
    assert labels["q4"] == f"4. {q4.text[language]}"
    assert labels["q1a"].startswith(f"1. {SURVEY.items[0].text[language]} – ")
    assert meta.variable_value_labels["q4"] == {
        float(n): each.text[language] for n, each in enumerate(q4.options, start=1)
    }
    assert len(meta.variable_value_labels["q1a"]) == 2
    assert meta.variable_measure["q4"] == "nominal"
    assert len(meta.notes) > 2


@pytest.mark.parametrize(("words", "limit"), [("x" * 300, 256), ("中" * 100, 256), ("é" * 70, 120)])
def test_labels_are_cut_where_spss_would_cut_them_but_between_characters(
    words: str, limit: int
) -> None:
    cut = export_sav.shortened(words, limit)

    assert len(cut.encode()) <= limit
    assert cut.endswith("…")
    assert words.startswith(cut[:-1])
    assert export_sav.shortened(words[:20], limit) == words[:20]


def test_without_the_library_for_spss_the_way_to_it_is_told(monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ExportFailedError, match="run: make spss"):
        export_sav.must_be_there()


# --- There and back again -------------------------------------------------------------------------


async def test_json_lines_can_be_imported_again(bring, export) -> None:
    await bring(file.csv_text())
    out = await export("json", smallest=1)

    first, *others = (json.loads(each) for each in out.read_text("utf-8").splitlines())
    assert (first["instrument"], first["round"]) == (SURVEY.id, "2021")
    q4 = next(each for each in first["codebook"] if each["item"] == "q4")
    assert (q4["texts"], q4["texts_listed"]) == (11, 11)
    assert sum("answers" in each for each in others) == 40

    said = await bring(out.read_text("utf-8"), "again", "json")
    assert said == (
        "40 respondents read: 40 new, 0 known already, 0 skipped (no answer);"
        " 68 texts without a response left out"
    )
    again = sheet(await export("csv", "again", "again"))
    once = sheet(await export("csv", "once"))
    assert counted(row | {"round": ""} for row in again) == counted(
        row | {"round": ""} for row in once
    )


_EXAMPLES = count()
_answers = st.fixed_dictionaries(
    {},
    optional={
        item.id: st.lists(
            st.sampled_from([each.id for each in item.options]),
            min_size=1,
            max_size=item.at_most or len(item.options),
            unique=True,
        ).map(lambda chosen: {"chosen": chosen})
        for item in SURVEY.items
        if item.kind == "choice"
    },
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(_answers.filter(bool), min_size=1, max_size=6))
async def test_what_is_exported_and_imported_is_the_same(bring, export, said) -> None:
    number = next(_EXAMPLES)
    before, after = f"before-{number}", f"after-{number}"
    text = json.dumps({"instrument": SURVEY.id, "responses": [{"answers": each} for each in said]})
    await bring(text, before, "json")

    out = await export("json", before, before)
    await bring(out.read_text("utf-8"), after, "json")

    lines = [(await export("json", f"{n}-{number}", n)).read_text("utf-8") for n in (before, after)]
    one, other = (
        Counter(json.dumps(json.loads(each)["answers"]) for each in text.splitlines()[1:])
        for text in lines
    )
    assert one == other
    assert one.total() == len(said)


# --- Benchmarks -----------------------------------------------------------------------------------


async def frozen(database: Database, person: str, answers: dict[str, Answer]) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, "web", person, "en", new_id=person, secret=b"s")
        await companies.sent(tx, person, RSCB.id, RSCB.edition, answers, at=1)


async def frozen_again(database: Database, person: str, answers: dict[str, Answer]) -> None:
    async with database.writing() as tx:
        await companies.sent(tx, person, RSCB.id, RSCB.edition, answers, at=2)


def best() -> dict[str, Answer]:
    return {
        each.id: Answer(chosen=(best.id,)) if best.points else Answer(none=True)
        for each in RSCB.criteria
        for best in (max(each.rows, key=lambda row: row.points),)
    }


async def test_a_benchmark_gives_the_newest_self_assessments_with_their_scores(
    database: Database, export, tmp_path: Path
) -> None:
    none = {each.id: Answer(none=True) for each in RSCB.criteria}
    await frozen(database, "anna", none)
    await frozen_again(database, "anna", best())
    await frozen(database, "wei", none)

    rows = sheet(await export("csv", instrument=RSCB, round_name="open"))

    assert len(rows) == 2
    low, high = sorted(rows, key=lambda row: float(row["score"]))
    result = scored(RSCB, best())
    assert high["score"] == printed(result.score.floor)
    assert high["section_A"] == printed(100 * result.sections["A"].share)
    assert high["points_1_1"] == str(result.criteria["1.1"].points)
    assert {high[name] for name in ("v1_1a", "v1_1b", "v1_1c", "v1_1d")} == {"0", "1"}
    assert (low["score"], low["section_B"], low["points_1_1"]) == ("0.00", "0.00", "0")
    assert len(high) == 2 + sum(len(each.rows) for each in RSCB.criteria) + 46 + 3 + 1
    names = {each["variable"] for each in sheet(tmp_path / "out-codebook.csv")}
    assert names - {""} == high.keys()
    assert "anna" not in (tmp_path / "out.csv").read_text("utf-8")


async def test_a_benchmark_is_exported_in_every_form(database: Database, export) -> None:
    await frozen(database, "anna", best())
    score = float(printed(scored(RSCB, best()).score.floor))

    book = openpyxl.load_workbook(await export("xlsx", instrument=RSCB, round_name="open"))
    frame, meta = pyreadstat.read_sav(
        await export("sav", instrument=RSCB, round_name="open"), output_format="polars"
    )
    lines = (await export("json", instrument=RSCB, round_name="open")).read_text("utf-8")

    assert [row[-1] for row in book["data"].iter_rows(min_row=2, values_only=True)] == [score]
    assert frame["score"].to_list() == [score]
    assert meta.variable_measure["score"] == "scale"
    assert json.loads(lines.splitlines()[1])["score"] == score


# --- Editions and names of variables --------------------------------------------------------------


def test_what_only_an_older_edition_asked_stands_at_the_end_and_codes_keep_their_meaning() -> None:
    drink, *others = TEA.sections[0].items
    newer_drink = drink.model_copy(update={"options": (drink.options[2], drink.options[0])})
    section = TEA.sections[0].model_copy(update={"items": (newer_drink, *others[1:])})
    newer = edited(edition="2", sections=(section, *TEA.sections[1:]))

    wanted = variables([newer, TEA])

    assert [each.name for each in wanted] == [
        "drink", "snack_a", "snack_b", "snack_c", "snack_d", "snack_e", "milk",
    ]  # fmt: skip
    assert [(each.value, each.option) for each in wanted[0].codes] == [
        (1, "drink-c"),
        (2, "drink-a"),
        (3, "drink-b"),
    ]
    said = {"drink": Answer(chosen=("drink-b",)), "milk": Answer(chosen=("milk-b",))}
    assert reading(TEA, wanted)(said) == (3, None, None, None, None, None, 2)


async def test_rows_of_every_edition_are_exported_and_say_which(
    bring, export, database: Database, universe: Universe
) -> None:
    await bring(file.csv_text())
    kept = {name: getattr(SURVEY, name) for name in type(SURVEY).model_fields}
    older = Instrument(**(kept | {"edition": "2020"}))
    said = Response({"q3": Answer(chosen=("q3b",))})
    async with database.writing() as tx:
        body = definition.dump(older)
        await definitions.keep(tx, older.id, "2020", definition.digest(older), body)
        await responses.add_imported(
            tx, older, "2021", {"0": said}, token=universe.token, period="2026-Q4"
        )

    rows = sheet(await export("csv"))

    assert Counter(each["edition"] for each in rows) == {"2021": 40, "2020": 1}
    assert [each["q3"] for each in rows if each["edition"] == "2020"] == ["2"]


def test_an_option_that_an_edition_did_not_offer_is_empty_and_not_unticked() -> None:
    snack, *others = TEA.sections[1].items
    older_snack = snack.model_copy(update={"options": snack.options[:2]})
    section = TEA.sections[1].model_copy(update={"items": (older_snack, *others)})
    older = edited(edition="0", sections=(TEA.sections[0], section))
    wanted = variables([TEA, older])
    said = {"snack": Answer(chosen=("snack-b",))}

    assert reading(older, wanted)(said)[-5:] == (0, 1, None, None, None)
    assert reading(TEA, wanted)(said)[-5:] == (0, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (("a-b", "a.b", "A_B"), ["a_b", "a_b_2", "A_B_3"]),
        (("1.1", "round", "by"), ["v1_1", "round_2", "by_2"]),
    ],
)
def test_variables_have_names_that_every_program_takes(
    ids: tuple[str, ...], names: list[str]
) -> None:
    drink = TEA.sections[0].items[0]
    items = tuple(drink.model_copy(update={"id": each}) for each in ids)
    section = TEA.sections[0].model_copy(update={"items": items})
    odd = edited(sections=(section,))

    assert [each.name for each in variables([odd])] == names


# --- Files ----------------------------------------------------------------------------------------


async def test_exports_are_for_nobody_elses_eyes(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())
    for form in FORMS:
        await export(form)

    found = names(tmp_path)
    assert len(found) == 6
    for name in found:
        assert stat.filemode((tmp_path / name).stat().st_mode) == "-rw-------", name


@pytest.mark.parametrize("form", FORMS)
async def test_a_file_that_is_there_is_not_overwritten(
    bring, export, tmp_path: Path, form: str
) -> None:
    await bring(file.csv_text())
    last = (
        beside(tmp_path / f"out.{form}", FORMS[form].companions[-1])
        if FORMS[form].companions
        else tmp_path / f"out.{form}"
    )
    last.write_text("theirs", "utf-8")

    with pytest.raises(ExportRefusedError, match="is there already; name a file that is not"):
        await export(form)

    assert names(tmp_path) == [last.name]
    assert last.read_text("utf-8") == "theirs"


@pytest.mark.parametrize("form", FORMS)
async def test_an_export_that_fails_leaves_nothing_behind(
    bring, export, tmp_path: Path, monkeypatch, form: str
) -> None:
    await bring(file.csv_text())

    def fails(self: object) -> None:
        raise OSError(28, "No space left on device")

    made = FORMS[form].writer

    def full(*of) -> object:
        writer = made(*of)
        monkeypatch.setattr(type(writer), "finish", fails)
        return writer

    monkeypatch.setitem(FORMS, form, replace(FORMS[form], writer=full))
    with pytest.raises(ExportFailedError, match="cannot be written: No space left on device"):
        await export(form)

    assert names(tmp_path) == []


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out-texts.csv.part").write_text("theirs", "utf-8")

    with (
        pytest.raises(ExportRefusedError, match="another export is writing it"),
        whole([tmp_path / "out.csv", tmp_path / "out-texts.csv"]),
    ):
        pytest.fail("was begun")

    assert [each.name for each in tmp_path.iterdir()] == ["out-texts.csv.part"]


def test_where_there_is_no_folder_the_export_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportRefusedError, match="none is no folder"),
        whole([tmp_path / "none" / "out.csv"]),
    ):
        pytest.fail("was begun")


def test_where_no_file_can_be_written_the_export_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportFailedError, match="File name too long"),
        whole([tmp_path / f"{'x' * 300}.csv"]),
    ):
        pytest.fail("was begun")


@pytest.mark.parametrize("instrument", [SURVEY, RSCB], ids=lambda each: each.id)
async def test_a_round_without_responses_is_refused(export, instrument) -> None:
    with pytest.raises(
        ExportRefusedError, match="has no responses in this round; no round has any"
    ):
        await export("csv", instrument=instrument, round_name="open")


async def test_of_an_unknown_round_those_there_are_are_named(bring, export, tmp_path: Path) -> None:
    await bring(file.csv_text())

    with pytest.raises(ExportRefusedError, match="rounds with responses are 2021"):
        await export("csv", round_name="open")

    assert names(tmp_path) == []
