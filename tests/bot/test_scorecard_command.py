"""``assay scorecard`` as people and scripts meet it: a process, its output, its files, its exit."""

from __future__ import annotations

import errno
import io
import json
from typing import TYPE_CHECKING

import pytest

from bot.cli import scorecard as command
from tests.assessed import BEFORE, FOLDER, NOW
from tests.bot.test_cli import BENCHMARK, SURVEY, Assay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner

NAMED = ("--before", "last.json", "--company", "Example Aluminium Ltd")
BEGINS = {"pdf": b"%PDF-", "xlsx": b"PK\x03\x04", "png": b"\x89PNG"}


@pytest.fixture
def assay(tmp_path: Path, forked: Spawner) -> Assay:
    """A folder that holds this assessment and the one before."""
    (tmp_path / "this.json").write_bytes(NOW.read_bytes())
    (tmp_path / "last.json").write_bytes(BEFORE.read_bytes())
    return Assay(tmp_path, forked)


def files(command: Assay) -> set[str]:
    return {each.name for each in command.folder.iterdir()} - {"this.json", "last.json"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_scorecard_is_printed(assay: Assay, language: str) -> None:
    said = assay("scorecard", "this.json", *NAMED, "--language", language).stdout

    assert said == (FOLDER / f"rscb-2014-{language}.txt").read_text("utf-8")
    assert files(assay) == set()


def test_json_holds_what_the_score_says_and_more(assay: Assay) -> None:
    score = json.loads(assay("score", "this.json", "--json").stdout)

    card = json.loads(assay("scorecard", "this.json", *NAMED, "--format", "json").stdout)

    assert card.items() >= score.items()
    assert card["before"] == json.loads(assay("score", "last.json", "--json").stdout)
    assert {"readings", "steps", "sets", "interpretations"} <= card.keys()


@pytest.mark.parametrize("form", ["pdf", "xlsx", "png"])
def test_what_is_no_text_goes_to_a_file(assay: Assay, form: str) -> None:
    said = assay("scorecard", "this.json", "--format", form, "--out", f"card.{form}").stdout

    assert said == f"scorecard written to card.{form}\n"
    assert (assay.folder / f"card.{form}").read_bytes().startswith(BEGINS[form])


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_what_is_text_can_go_to_a_file_too(assay: Assay, form: str) -> None:
    printed = assay("scorecard", "this.json", "--format", form).stdout
    assay("scorecard", "this.json", "--format", form, "--out", "card")

    assert (assay.folder / "card").read_text("utf-8") == printed


def test_an_empty_assessment_has_a_scorecard(assay: Assay) -> None:
    (assay.folder / "empty.json").write_text(json.dumps({"instrument": BENCHMARK, "answers": {}}))

    assert "Draft: 0 of 46 criteria answered" in assay("scorecard", "empty.json").stdout


@pytest.mark.parametrize("form", ["pdf", "xlsx", "png"])
def test_what_is_no_text_wants_a_file(assay: Assay, form: str) -> None:
    said = assay.refuses("scorecard", "this.json", "--format", form, exits=2)

    assert said == f"--format {form}: is no text; name a file with --out"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--format", "doc"], "--format doc: must be one of text, json, html, pdf, xlsx, png"),
        (["--language", "nl"], "--language nl: must be en or zh"),
        (["--out", "last.json"], "--out last.json: is there already; name a file that is not"),
        (["--out", "no/card.txt"], "--out no/card.txt: no is no folder; name one that is there"),
        (["--before", "none.json"], "none.json: cannot be read: No such file or directory"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_wrong_use_is_refused_in_one_line(assay: Assay, args: list[str], expected: str) -> None:
    before = (assay.folder / "last.json").read_bytes()

    assert assay.refuses("scorecard", "this.json", *args, exits=2) == expected
    assert files(assay) == set()
    assert (assay.folder / "last.json").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "bad.json: is not JSON: line 1, column 2: "),
        (
            '{"instrument": "rscb-2014", "answers": {"1.1": ["1.1b", "1.1c"]}}',
            "bad.json: criterion 1.1: 1.1b and 1.1c: ",
        ),
        (json.dumps({"instrument": SURVEY, "answers": {}}), "bad.json: instrument: "),
    ],
    ids=["no JSON", "a rule broken", "a survey"],
)
def test_an_assessment_that_breaks_a_rule_is_refused(
    assay: Assay, text: str, expected: str
) -> None:
    (assay.folder / "bad.json").write_text(text)

    said = [
        assay.refuses("scorecard", "bad.json", "--out", "card.txt", exits=2),
        assay.refuses("scorecard", "this.json", "--before", "bad.json", exits=2),
    ]

    assert all(each.startswith(expected) for each in said)
    assert files(assay) == {"bad.json"}


def test_last_times_assessment_must_be_of_the_same_benchmark(assay: Assay) -> None:
    kitchen = FOLDER.parent / "instruments" / "tea-kitchen"
    config = f"[instruments]\nfolders = [{json.dumps(str(kitchen.parent))}]\n"
    (assay.folder / "config.toml").write_text(config)
    other = {"instrument": "tea-kitchen", "answers": {}}
    (assay.folder / "tea.json").write_text(json.dumps(other))

    said = assay.refuses("scorecard", "this.json", "--before", "tea.json", exits=2)

    assert said == "tea.json: is of tea-kitchen; must be of rscb-2014 as this.json is"
    assert "Tea kitchen benchmark" in assay("scorecard", "tea.json").stdout


def test_a_name_that_no_file_can_have_is_refused(assay: Assay) -> None:
    said = assay.refuses("scorecard", "this.json", "--out", f"{'x' * 300}.txt", exits=2)

    assert "is no name for a file: File name too long" in said
    assert files(assay) == set()


def test_a_file_that_cannot_be_written_whole_is_not_written(tmp_path: Path, monkeypatch) -> None:
    """A full disk: nothing half done is left."""

    class Full(io.BytesIO):
        def write(self, _made: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(path: Path, mode: str) -> Full:
        assert mode == "xb"
        path.touch()
        return Full()

    monkeypatch.setattr(type(tmp_path), "open", opened)

    with pytest.raises(SystemExit) as left:
        command._write(tmp_path / "card.pdf", b"%PDF-")

    assert left.value.code == 1
    assert list(tmp_path.iterdir()) == []
