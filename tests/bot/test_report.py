"""``assay report`` as people and scripts meet it: a process, its output, its files, its exit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests import surveymonkey_2021 as survey_2021
from tests.bot.test_cli import BENCHMARK, SURVEY, Assay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner


@pytest.fixture
def empty(tmp_path: Path, forked: Spawner) -> Assay:
    return Assay(tmp_path, forked)


@pytest.fixture
def assay(tmp_path: Path, forked: Spawner) -> Assay:
    """A folder whose database holds the round of 2021."""
    (tmp_path / "2021.csv").write_text(survey_2021.csv_text(), "utf-8", newline="")
    command = Assay(tmp_path, forked)
    command("import", "2021.csv", "--instrument", SURVEY)
    (tmp_path / "2021.csv").unlink()
    return command


def files(command: Assay) -> set[str]:
    found = {each.name for each in command.folder.iterdir()}
    return {each for each in found if not each.startswith("assay.sqlite3")}


def test_imported_responses_give_the_printed_figures_and_name_the_cell_that_differs(assay: Assay):
    said = assay("report", SURVEY, "--compare", "published-2021", "--format", "json").stdout

    report = json.loads(said)
    assert [each["base"] for each in report["questions"]] == [
        40,
        34,
        40,
        40,
        40,
        40,
        40,
        39,
        39,
        39,
        9,
    ]
    for each in report["questions"]:
        counts = survey_2021.COUNTS.get(each["id"], {})
        for option in each["options"]:
            assert option["count"] == counts.get(option["id"], option["count"])
    (compared,) = report["comparison"]
    assert [(each["number"], each["label"]) for each in compared["deviations"]] == [("9", "Both")]
    why = "14 of 39 is 35.9 %, the print took 14 of 40"
    assert compared["deviations"][0]["why"] == why
    assert why in assay("report", SURVEY, "--compare", "published-2021").stdout


def test_the_promised_form_of_json(assay: Assay):
    report = json.loads(assay("report", SURVEY, "--format", "json").stdout)

    promised = {
        "instrument": SURVEY,
        "round": "open",
        "invited": None,
        "responded": 40,
        "finished": 39,
        "response_rate": None,
    }
    assert promised.items() <= report.items()
    assert list(report)[:6] == list(promised)
    for each in report["questions"]:
        assert {"number", "base", "options", "comments"} <= each.keys()
        assert ("combinations" in each) == (each["number"] in {"1", "2"})
    first = report["questions"][0]["options"][0]
    assert first == {
        "id": "q1a",
        "label": "Improve on/demonstrate our responsible business practices",
        "count": 35,
        "percent": 88,
    }


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_what_is_text_is_printed_or_written_and_is_the_same(assay: Assay, form: str):
    asked = ("report", SURVEY, "--format", form, "--language", "zh")
    printed = assay(*asked)

    written = assay(*asked, "--out", "report")

    assert (assay.folder / "report").read_text("utf-8") == printed.stdout
    assert printed.stderr == ""
    assert written.stdout == "report written to report\n"
    assert files(assay) == {"report"}


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK")])
def test_a_report_may_be_made_again_and_is_the_same_to_the_byte(
    assay: Assay, form: str, begins: bytes
):
    out = assay.folder / f"report.{form}"
    out.write_bytes(b"of last year")

    assay("report", SURVEY, "--format", form, "--out", out.name)
    once = out.read_bytes()
    assay("report", SURVEY, "--format", form, "--out", out.name)

    assert once.startswith(begins)
    assert out.read_bytes() == once
    assert files(assay) == {out.name}


def test_a_benchmark_has_a_report(empty: Assay):
    report = json.loads(empty("report", BENCHMARK, "--format", "json").stdout)

    assert (report["instrument"], len(report["questions"])) == (BENCHMARK, 46)
    assert report["scores"] == {"number": 0, "withheld": True}


@pytest.mark.parametrize(
    ("args", "refusal"),
    [
        (["tea"], f"tea: no such instrument; installed are {SURVEY}, {BENCHMARK}"),
        (
            [SURVEY, "--round", "2019"],
            f"--round 2019: {SURVEY} has no such round; there are open, published-2021",
        ),
        (
            [SURVEY, "--compare", "2019"],
            f"--compare 2019: {SURVEY} has no such round; there are open, published-2021",
        ),
        (
            [BENCHMARK, "--round", "published-2021"],
            f"--round published-2021: {BENCHMARK} has no such round; there are open",
        ),
        ([SURVEY, "--format", "doc"], "--format doc: must be one of text, json, html, pdf, xlsx"),
        ([SURVEY, "--language", "de"], "--language de: must be en or zh"),
        ([SURVEY, "--format", "pdf"], "--format pdf: is no text; name a file with --out"),
        (
            [SURVEY, "--out", "no/such/file"],
            "--out no/such/file: is no place for a file; name one in a folder that is there",
        ),
        (
            [SURVEY, "--out", "."],
            "--out .: is no place for a file; name one in a folder that is there",
        ),
        (
            [SURVEY, "--by", "q12", "--round", "published-2021"],
            "--by q12: published-2021 was published as totals; name another --round",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(empty: Assay, args: list[str], refusal: str):
    assert empty.refuses("report", *args, exits=2) == refusal
    assert files(empty) == set()


def test_a_refused_report_leaves_the_one_before(assay: Assay):
    (assay.folder / "report.txt").write_text("of last year", "utf-8")

    assay.refuses("report", SURVEY, "--round", "2019", "--out", "report.txt", exits=2)

    assert (assay.folder / "report.txt").read_text("utf-8") == "of last year"


def test_thresholds_are_set_in_the_configuration(assay: Assay):
    asked = ("report", SURVEY, "--comments", "--format", "json")

    withheld = json.loads(assay(*asked).stdout)["questions"]
    listed = json.loads(assay(*asked, ASSAY_REPORTS__SMALLEST_COMMENTS="2").stdout)["questions"]

    assert [each["number"] for each in withheld if each.get("texts")] == ["4", "6", "7", "8", "11"]
    assert len([each for each in listed if each.get("texts")]) == 10
