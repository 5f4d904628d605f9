"""The command as people and scripts meet it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bot
from storage import schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.spawner import Spawner

ROOT = Path(bot.__file__).parents[1]
CLEAN = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
SURVEY, BENCHMARK = "asi-certification-survey-2021", "rscb-2014"
CONTACTS = """\
name,company,email,language,certification,certified_on
Anna,ACME,anna@example.org,en,C-1,2021-11-23
王伟,铝业公司,wei@example.org,zh,,
"""


@dataclass(frozen=True)
class Assay:
    """The command in a folder of its own, with nothing of this machine's environment."""

    folder: Path
    spawner: Spawner

    def __call__(
        self, *args: str, typed: bytes | str = "", exits: int = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        typed = typed if isinstance(typed, bytes) else typed.encode()
        done = self.spawner.did(args, self.folder, typed, CLEAN | environment)
        said = subprocess.CompletedProcess(
            args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )
        assert "Traceback" not in said.stderr, said.stderr
        assert said.returncode == exits, said
        return said

    def refuses(self, *args: str, exits: int, **environment: str) -> str:
        """What it says where it does nothing: one line, and none of it a result."""
        said = self(*args, exits=exits, **environment)
        assert said.stdout == ""
        assert len(said.stderr.splitlines()) == 1, said.stderr
        return said.stderr.rstrip("\n")


@pytest.fixture
def assay(tmp_path: Path, forked: Spawner) -> Assay:
    return Assay(tmp_path, forked)


def files(assay: Assay) -> list[str]:
    return sorted(each.name for each in assay.folder.iterdir())


def test_a_process_that_nobody_prepared_says_the_same(tmp_path: Path) -> None:
    asked = [sys.executable, "-m", "bot", "--version"]
    done = subprocess.run(asked, cwd=tmp_path, env=CLEAN, capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"assay 0.1.0\n", b"")


def test_the_version_is_printed(assay: Assay) -> None:
    assert assay("--version").stdout == "assay 0.1.0\n"


def test_help_lists_the_commands(assay: Assay) -> None:
    said = assay("--help").stdout

    listed = {line.split()[0] for line in said.partition("Commands:")[2].splitlines() if line}
    assert {"run", "demo", "chat", "check", "instruments", "invite", "db", "backup"} <= listed


@pytest.mark.parametrize(
    "args",
    [
        ["bogus"],
        ["invite", "contacts.csv", "--instrument", SURVEY],
    ],
    ids=" ".join,
)
def test_wrong_use_says_how_to_get_help(assay: Assay, args: Sequence[str]) -> None:
    said = assay(*args, exits=2)

    assert said.stdout == ""
    assert "--help" in said.stderr
    assert files(assay) == []


def test_without_a_command_the_commands_are_shown(assay: Assay) -> None:
    said = assay(exits=2)

    assert "Commands:" in said.stdout + said.stderr


def test_installed_instruments_are_listed(assay: Assay) -> None:
    lines = [line.split("\t") for line in assay("instruments").stdout.splitlines()]

    assert [line[:4] for line in lines] == [
        [SURVEY, "2021", "survey", "12 questions"],
        [BENCHMARK, "2014", "benchmark", "46 criteria"],
    ]


def test_a_surveys_definition_is_printed_as_promised(assay: Assay) -> None:
    shown = json.loads(assay("instruments", "show", SURVEY, "--json").stdout)

    assert (shown["id"], shown["version"], shown["kind"]) == (SURVEY, "2021", "survey")
    assert shown["title"].keys() == {"en", "zh"}
    items = [item for section in shown["sections"] for item in section["items"]]
    assert [item["number"] for item in items] == [str(n) for n in range(1, 13)]
    for item in items:
        assert {"id", "number", "kind", "required", "text", "options", "comment"} <= item.keys()
        for option in item["options"]:
            assert {"id", "text", "text_entry"} <= option.keys()


def test_a_benchmarks_definition_is_printed_as_promised(assay: Assay) -> None:
    shown = json.loads(assay("instruments", "show", BENCHMARK, "--json").stdout)

    assert shown["kind"] == "benchmark"
    assert {section["id"]: section["weight"] for section in shown["sections"]} == {
        "A": 25,
        "B": 40,
        "C": 35,
    }
    assert all(section["themes"] for section in shown["sections"])
    criteria = [item for section in shown["sections"] for item in section["items"]]
    assert len(criteria) == 46
    for criterion in criteria:
        assert {"id", "number", "theme", "text", "maximum", "items"} <= criterion.keys()
        for row in criterion["items"]:
            assert {"id", "text", "points", "starred", "zero", "group"} <= row.keys()


def test_a_definition_can_be_read_as_text(assay: Assay) -> None:
    said = assay("instruments", "show", BENCHMARK).stdout

    assert "(rscb-2014, edition 2014)" in said
    assert "(25 %)" in said
    assert "  1.1. " in said


@pytest.mark.parametrize("args", [["instruments", "show", "none"], ["chat", "none"]], ids=" ".join)
def test_an_unknown_instrument_is_refused_with_those_there_are(
    assay: Assay, args: Sequence[str]
) -> None:
    said = assay.refuses(*args, exits=2)

    assert said == f"none: no such instrument; installed are {SURVEY}, {BENCHMARK}"
    assert files(assay) == []


def test_an_unknown_language_is_refused_with_those_there_are(assay: Assay) -> None:
    said = assay.refuses("chat", SURVEY, "--language", "de", exits=2)

    assert said == "--language de: must be en or zh"
    assert files(assay) == []


def test_a_fresh_folder_is_in_order_and_stays_empty(assay: Assay) -> None:
    said = assay("check").stdout

    assert said == "2 instruments, no findings; database: not there yet, assay run makes it\n"
    assert files(assay) == []


def test_keys_beside_the_database_are_a_finding(assay: Assay) -> None:
    assay("db", "upgrade")
    (assay.folder / "apart").mkdir()
    apart = {"ASSAY_DATABASE__KEYS": "sqlite:///apart/keys"}

    assert assay("check").stdout.startswith(
        "database.keys: assay.sqlite3.keys lies beside the database, and a backup of that folder"
    )
    assert "no findings" in assay("check", **apart).stdout


def test_the_schema_is_made_and_named(assay: Assay) -> None:
    assert assay("db", "current").stdout.startswith("database: none; this version needs: ")
    made = assay("db", "upgrade").stdout
    revision = made.removeprefix("schema ").strip()

    assert assay("db", "current").stdout == (
        f"database: {revision}; this version needs: {revision}\n"
    )


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("[web]\nprot = 1\n", "wrong.toml: web.prot: unknown key; did you mean port?"),
        (
            '[instruments]\nfolders = ["none"]\n',
            "wrong.toml: instruments.folders: none is no folder; ",
        ),
        (None, "wrong.toml: no such file; give the path of a TOML configuration"),
    ],
    ids=["a key", "a folder", "no file"],
)
def test_a_wrong_configuration_is_named_with_its_cure(
    assay: Assay, config: str | None, problem: str
) -> None:
    if config is not None:
        (assay.folder / "wrong.toml").write_text(config, "utf-8")

    assert assay.refuses("check", "--config", "wrong.toml", exits=78).startswith(problem)


def test_letters_whose_links_would_open_nowhere_are_a_finding(assay: Assay) -> None:
    mail = {"ASSAY_MAIL__FOLDER": "letters", "ASSAY_MAIL__SENDER": "a@example.org"}
    closed = {"ASSAY_WEB__ENABLED": "false"}
    known = {"ASSAY_WEB__PUBLIC_URL": "https://assay.example.org"}

    assert "web.public_url: is not set: letters carry http://" in assay("check", **mail).stdout
    said = assay("check", exits=78, **mail, **closed).stdout
    assert "mail: letters have no link" in said
    assert "no door would open" in said
    assert "no findings" in assay("check", **mail, **known).stdout


def test_findings_of_an_instrument_fail_the_check(assay: Assay) -> None:
    broken = assay.folder / "mine" / "broken"
    broken.mkdir(parents=True)
    (broken / "instrument.toml").write_text('id = "broken"\n', "utf-8")

    said = assay("check", exits=1, ASSAY_INSTRUMENTS__FOLDERS='["mine"]')

    assert said.stderr == ""
    lines = said.stdout.splitlines()
    assert lines
    assert all(line.startswith("broken/instrument.toml: ") for line in lines)


def test_a_file_that_is_no_database_is_said_to_be_none(assay: Assay) -> None:
    (assay.folder / "assay.sqlite3").write_text("not a database, but long enough" * 99, "utf-8")
    problem = "the database assay.sqlite3 cannot be used: file is not a database; see database.url"

    assert assay("check", exits=1).stdout == problem + "\n"
    assert assay.refuses("chat", SURVEY, exits=1) == problem


def test_a_database_of_a_newer_version_is_left_alone(assay: Assay) -> None:
    schema.upgrade(f"sqlite:///{assay.folder / 'assay.sqlite3'}")
    with sqlite3.connect(assay.folder / "assay.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    assert "9999 is not " in assay("check", exits=1).stdout
    said = assay.refuses("db", "upgrade", exits=1)
    assert said.startswith("the database assay.sqlite3 has the newer schema 9999; ")


def test_each_contact_is_written_a_link_and_no_link_is_written_over(assay: Assay) -> None:
    (assay.folder / "contacts.csv").write_text(CONTACTS, "utf-8-sig")
    command = ("invite", "contacts.csv", "--instrument", SURVEY, "--out", "links.csv")

    assert assay(*command).stdout == "2 links written to links.csv\n"

    written = (assay.folder / "links.csv").read_text("utf-8")
    header, anna, wei = written.splitlines()
    assert header == CONTACTS.splitlines()[0] + ",telegram_link,web_link"
    assert anna.startswith("Anna,ACME,anna@example.org,en,C-1,2021-11-23,,http://127.0.0.1:8080/i/")
    assert wei.startswith("王伟,铝业公司,wei@example.org,zh,,,,http://127.0.0.1:8080/i/")
    assert (assay.folder / "links.csv").stat().st_mode & 0o777 == 0o600
    said = assay.refuses(*command, exits=2)
    assert said == "links.csv: is there already; name a file that is not"
    assert (assay.folder / "links.csv").read_text("utf-8") == written


def test_contacts_with_problems_invite_nobody(assay: Assay) -> None:
    wrong = CONTACTS.replace("anna@", "anna ").replace("zh", "de")
    (assay.folder / "contacts.csv").write_text(wrong, "utf-8")

    said = assay("invite", "contacts.csv", "--instrument", SURVEY, "--out", "links.csv", exits=2)

    first, second = said.stderr.splitlines()
    assert first.startswith("contacts.csv: row 2: email: ")
    assert second.startswith("contacts.csv: row 3: language: ")
    assert files(assay) == ["contacts.csv"]


def test_a_backup_is_a_whole_copy_and_writes_over_nothing(assay: Assay) -> None:
    assay("chat", SURVEY, typed="Start\n1\n")

    assert assay("backup", "copy.sqlite3").stdout == "backup written to copy.sqlite3\n"

    its = {
        "ASSAY_DATABASE__URL": "sqlite:///copy.sqlite3",
        "ASSAY_DATABASE__KEYS": "sqlite:///assay.sqlite3.keys",
    }
    assert " 1 [x] " in assay("chat", SURVEY, **its).stdout
    before = (assay.folder / "copy.sqlite3").read_bytes()
    refused = assay.refuses("backup", "copy.sqlite3", exits=2)
    assert refused == "copy.sqlite3 is there already; name a file that is not"
    assert (assay.folder / "copy.sqlite3").read_bytes() == before


def test_a_backup_of_nothing_is_refused(assay: Assay) -> None:
    said = assay.refuses("backup", "copy.sqlite3", exits=2)

    assert said == "assay.sqlite3 is not there; name the database in database.url"
    assert files(assay) == []


def test_an_interview_at_the_terminal_goes_on_where_it_was_left(assay: Assay) -> None:
    first = assay("chat", SURVEY, typed="Start\n1, 3\nAnswer\nNext\n/quit\nNext\n").stdout

    assert first.startswith("ASI Certification Survey 2021\n")
    assert "— Question 1 of 12 · " in first
    assert first.count(" 1 [x] ") + first.count(" 3 [x] ") >= 2
    last_card = first.split("> ")[-2].strip()
    assert last_card.startswith("— Question 2 of 12 · ")

    again = assay("chat", SURVEY).stdout

    assert again.split("> ")[0].strip() == last_card
    assert assay("chat", SURVEY, "--language", "zh").stdout.startswith("— 第 2 题，共 12 题 · ")


def test_what_is_typed_may_be_anything(assay: Assay) -> None:
    said = assay("chat", SURVEY, typed=b"\xff\xfe\n\x00\n/\n/bogus\n\n" + "🙂\n测试\n".encode())

    assert "There is no such command." in said.stdout
    assert said.stderr == ""


def test_a_restored_backup_goes_on_and_says_what_cannot_be_opened_any_more(assay: Assay) -> None:
    assay("chat", SURVEY, typed="Start\n1\n")
    assay("backup", "copy.sqlite3")

    said = assay("restore", "copy.sqlite3", "--yes").stdout.splitlines()

    assert said == [
        "restored from copy.sqlite3; what was there is now assay.sqlite3.before-1",
        "unreadable without their keys, deleted: 0 drafts, 0 responses",
    ]
    assert " 1 [x] " in assay("chat", SURVEY).stdout

    (assay.folder / "assay.sqlite3.keys").unlink()
    refused = assay.refuses("chat", SURVEY, exits=78)
    missing = "config.toml: the key file assay.sqlite3.keys is not there, which opens 1 drafts"
    assert refused.startswith(missing)
    assert refused.endswith("or give them up: assay db rekey")
    assert not (assay.folder / "assay.sqlite3.keys").exists()
    assert assay.refuses("db", "rekey", exits=2) == (
        "giving up 1 drafts and 0 sent responses that wait: reaches 1 person; say --yes to do it"
    )
    assert not (assay.folder / "assay.sqlite3.keys").exists()
    assert assay("db", "rekey", "--yes").stdout == (
        "unreadable without their keys, deleted: 1 drafts, 0 responses\n"
    )
    assert " 1 [ ] " in assay("chat", SURVEY, typed="Start\n").stdout
