"""`assay import` and `assay export` as people and scripts meet them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import surveymonkey_2021 as file
from tests.bot.test_cli import BENCHMARK, SURVEY, Assay

if TYPE_CHECKING:
    from tests.spawner import Spawner

FOR_SURVEY = ("--instrument", SURVEY)
READ = "40 respondents read"
LEFT_OUT = "contact details of 3 left out"


@pytest.fixture
def assay(tmp_path: Path, forked: Spawner) -> Assay:
    (tmp_path / "sheet.csv").write_text(file.csv_text(), encoding="utf-8", newline="")
    return Assay(tmp_path, forked)


def test_a_sheet_is_imported_once_and_known_the_second_time(assay: Assay) -> None:
    first = assay("import", "sheet.csv", *FOR_SURVEY, "--round", "2021").stdout
    second = assay("import", "sheet.csv", *FOR_SURVEY, "--round", "2021").stdout

    assert first == f"{READ}: 40 new, 0 known already, 0 skipped (no answer); {LEFT_OUT}\n"
    assert second == f"{READ}: 0 new, 40 known already, 0 skipped (no answer); {LEFT_OUT}\n"


def test_every_problem_is_a_line_and_nothing_is_imported(assay: Assay) -> None:
    rows = file.rows()
    column = len(file.METADATA)
    rows[2][column] = rows[3][column] = "Fame"
    (assay.folder / "wrong.csv").write_text(file.written(rows), encoding="utf-8", newline="")

    said = assay("import", "wrong.csv", *FOR_SURVEY, exits=2)

    assert said.stdout == ""
    expected = "found “Fame”; expected “Improve on/demonstrate our responsible business practices”"
    lines = said.stderr.splitlines()
    assert [each.split(",")[0] for each in lines] == [
        "wrong.csv: row 3 (line 3)",
        "wrong.csv: row 4 (line 4)",
    ]
    assert all(expected in each for each in lines)
    assert not (assay.folder / "assay.sqlite3").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("sheet.csv", "--instrument", BENCHMARK), "is a benchmark; responses are imported for su"),
        (("sheet.csv", "--instrument", "none"), "none: no such instrument; installed are "),
        (("sheet.csv", *FOR_SURVEY, "--format", "xml"), "xml: must be surveymonkey or json"),
        (("sheet.csv", *FOR_SURVEY, "--format", "json"), "sheet.csv: the file: is not JSON: "),
        (("sheet.csv", *FOR_SURVEY, "--round", "Two Words"), "must be 1 to 40 small letters"),
        (("sheet.csv", *FOR_SURVEY, "--round", "published-2021"), "is a published round of "),
        (("none.csv", *FOR_SURVEY), "none.csv: cannot be read: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_import_that_cannot_be_is_refused(
    assay: Assay, args: tuple[str, ...], said: str
) -> None:
    assert said in assay.refuses("import", *args, exits=2)
    assert not (assay.folder / "assay.sqlite3").exists()


def test_what_was_imported_is_exported_and_imported_elsewhere(assay: Assay) -> None:
    assay("import", "sheet.csv", *FOR_SURVEY)

    said = assay("export", SURVEY, "--format", "json", "--out", "rows.jsonl").stdout
    again = assay("import", "rows.jsonl", *FOR_SURVEY, "--round", "copy").stdout

    assert said == (
        "40 rows and 49 texts written to rows.jsonl;"
        " 19 texts withheld, fewer than 8 to a question\n"
    )
    assert again.startswith(f"{READ}: 40 new, 0 known already")
    log = [each.split("\t")[2:] for each in assay("audit").stdout.splitlines()]
    assert log == [
        ["import", f"{SURVEY} copy", "40"],
        ["export", f"{SURVEY} open", "40"],
        ["import", f"{SURVEY} open", "40"],
    ]


def test_how_few_texts_are_withheld_is_a_setting(assay: Assay) -> None:
    assay("import", "sheet.csv", *FOR_SURVEY)
    few = {"ASSAY_REPORTS__SMALLEST_COMMENTS": "12"}

    said = assay("export", SURVEY, "--format", "csv", "--out", "out.csv", **few).stdout

    assert said.startswith("40 rows and 12 texts written to out.csv, out-codebook.csv, out-texts")
    assert said.endswith("; 56 texts withheld, fewer than 12 to a question\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--format", "csv", "--out", "sheet.csv"), "sheet.csv: is there already; name a file"),
        (("--format", "ods", "--out", "o"), "--format ods: must be one of csv, xlsx, json, sav"),
        (("--format", "csv", "--out", "o", "--language", "de"), "--language de: must be one of"),
        (("--format", "csv", "--out", "o", "--round", "x"), "--round x: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_export_that_cannot_be_is_refused(
    assay: Assay, args: tuple[str, ...], said: str
) -> None:
    assert said in assay.refuses("export", SURVEY, *args, exits=2)
    assert not (assay.folder / "o").exists()


def test_an_export_into_no_folder_is_refused(assay: Assay) -> None:
    assay("import", "sheet.csv", *FOR_SURVEY)

    said = assay.refuses("export", SURVEY, "--format", "csv", "--out", "none/out.csv", exits=2)

    assert said == "none/out.csv: none is no folder; name one that is"


def test_an_export_that_cannot_be_written_fails(assay: Assay) -> None:
    assay("import", "sheet.csv", *FOR_SURVEY)

    name = f"{'x' * 300}.csv"
    said = assay.refuses("export", SURVEY, "--format", "csv", "--out", name, exits=1)

    assert said == f"{name}: cannot be written: File name too long"


def test_without_the_library_for_spss_the_way_to_it_is_told(assay: Assay) -> None:
    """A package of that name that cannot be found stands in for a machine without it."""
    (assay.folder / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *of: None if name == 'pyreadstat' else found(name, *of)\n",
        encoding="utf-8",
    )
    path = {"PYTHONPATH": f"{assay.folder}:{Path(file.__file__).parents[1]}"}

    said = assay.refuses("export", SURVEY, "--format", "sav", "--out", "out.sav", exits=1, **path)

    assert said == "--format sav: needs pyreadstat, which is not installed; run: make spss"
