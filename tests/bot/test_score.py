"""`assay score` as people and scripts meet it: a file in, figures out, one line for a refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WHOLE = {"instrument": "rscb-2014", "answers": {"1.1": ["1.1c", "1.1d"], "7.1.3": []}}


@pytest.fixture
def score(tmp_path: Path):
    def run(content: str | bytes, *words: str, name: str = "claim.json"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return subprocess.run(
            [sys.executable, "-m", "bot", "score", name, *words],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip

    return run


def test_a_self_assessment_is_scored_as_json(score):
    done = score(json.dumps(WHOLE), "--json")

    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["score"] == {"claimed": 1.35, "floor": 1.35, "ceiling": 97.04}
    assert found["criteria"]["7.1.3"] == {"points": 0, "maximum": 6, "answered": True}


def test_in_words_it_says_that_it_is_provisional(score):
    done = score(json.dumps(WHOLE))

    assert "provisional, self-reported" in done.stdout
    assert "score 1.35 of 100 (floor 1.35, ceiling 97.04)" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON: line 1, column 2"),
        ("[]", "must be an object"),
        (b"\xff", "is not UTF-8"),
        ('{"instrument": "tea", "answers": {}}', "must be one of the benchmarks rscb-2014"),
        ('{"instrument": "rscb-2014", "answers": {}, "answers": {}}', "'answers' stands there 2"),
        ('{"instrument": "rscb-2014", "answers": {"1.1": NaN}}', "NaN is no JSON"),
        ('{"instrument": "rscb-2014", "answers": {"1.1": ["1.1b", "1.1c"]}}', "criterion 1.1:"),
        ('{"instrument": "rscb-2014", "answers": {}, "a\\nb": 1}', "is not known here"),
        ("1" * 5000, "holds a number that is too long"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_line(score, content, said):
    done = score(content, "--json")

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("claim.json: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_refused(score):
    done = score("{}", name="other.json")
    assert done.returncode == 2

    missing = subprocess.run(
        [sys.executable, "-m", "bot", "score", "/nowhere/claim.json"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert missing.returncode == 2
    assert "cannot be read: No such file or directory" in missing.stderr


def test_of_many_each_line_has_its_result_in_order(score):
    wrong = '{"instrument": "rscb-2014", "answers": {}, "\\ud800": 1}'
    odd = '{"instrument": "rscb-2014", "answers": {"\u2028": []}}'
    lines = [json.dumps(WHOLE), wrong, odd, '{"instrument": "rscb-2014", "answers": {}}']

    done = score("\n".join(lines) + "\n", name="claims.jsonl")

    found = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert done.returncode == 2
    assert [list(each)[:1] for each in found] == [
        ["instrument"], ["error"], ["error"], ["instrument"],
    ]  # fmt: skip


def test_of_many_that_are_all_right_none_is_refused(score):
    done = score(json.dumps(WHOLE) + "\n\n" + json.dumps(WHOLE), name="claims.jsonl")

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
