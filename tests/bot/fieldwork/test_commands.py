"""Fieldwork by command line: what each command does, refuses, and writes down."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.bot.test_cli import BENCHMARK, CONTACTS, SURVEY, Assay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spawner import Spawner


@pytest.fixture
def assay(tmp_path: Path, forked: Spawner) -> Assay:
    (tmp_path / "contacts.csv").write_text(CONTACTS, "utf-8")
    return Assay(tmp_path, forked)


def invite(assay: Assay, *more: str) -> str:
    return assay("invite", "contacts.csv", "--instrument", SURVEY, *more).stdout


def listed(assay: Assay, *of: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(assay("rounds", *of, "--json").stdout)
    return found


def acts(assay: Assay) -> list[list[str]]:
    return [line.split("\t")[1:] for line in assay("audit").stdout.splitlines()]


def test_a_round_is_opened_extended_and_closed_and_each_is_written_down(assay: Assay) -> None:
    assay(
        "round", "open", SURVEY, "spring", "--from", "2020-01-01", "--until", "2999-01-01", exits=2
    )
    assay("round", "open", SURVEY, "spring", "--until", "2027-12-31", "--remind", "1,3",
          "--zone", "Asia/Shanghai")  # fmt: skip
    invite(assay, "--round", "spring", "--out", "links.csv")
    assay("round", "extend", SURVEY, "spring", "--until", "open")
    assay("round", "close", SURVEY, "spring", "--yes")

    spring, always = listed(assay, SURVEY)
    assert (spring["round"], spring["phase"], spring["expired"]) == ("spring", "closed", 2)
    assert (spring["idle_days"], spring["zone"]) == ([1, 3], "Asia/Shanghai")
    assert (always["round"], always["phase"], always["invited"]) == ("open", "open", 0)
    assert acts(assay) == [
        ["command line", "close", f"{SURVEY} spring", "5"],
        ["command line", "extend", f"{SURVEY} spring 2027-12-31 to open end", "0"],
        ["command line", "invite", f"{SURVEY} spring", "2"],
        ["command line", "open", f"{SURVEY} spring", "0"],
    ]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["round", "open", SURVEY, "Spring 2027"], "a round's name is 1 to 40 of a-z, 0-9 and -"),
        (["round", "open", SURVEY, "open"], "has a round of this name"),
        (["round", "open", SURVEY, "x", "--until", "soon"], "write one like 2026-12-31"),
        (["round", "open", SURVEY, "x", "--zone", "Mars"], "write one like Europe/Amsterdam"),
        (["round", "open", SURVEY, "x", "--remind", "7,2"], "each larger than the one before"),
        (["round", "open", SURVEY, "x", "--remind", "often"], "write days like 2,7,14, or none"),
        (["round", "extend", SURVEY, "x", "--until", "open"], "there are open"),
        (["round", "extend", SURVEY, "open", "--until", "2001-01-01", "--yes"], "which is over"),
        (
            ["round", "extend", SURVEY, "open", "--until", "2999-01-01"],
            "ending open sooner: reaches",
        ),
        (
            ["round", "open", SURVEY, "x", "--from", "2020-01-01", "--until", "2020-02-01"],
            "is over",
        ),
        (["round", "close", "tea", "open"], "no such instrument"),
        (["remind", SURVEY, "--round", "x"], "no such round"),
        (["invite", "contacts.csv", "--instrument", SURVEY, "--mail"], "set mail.host"),
        (["invite", "contacts.csv", "--instrument", SURVEY], "--out LINKS.csv or --mail"),
        (["requests", "refuse", "7"], "nobody waits under this number"),
        (["admins", "remove", "7"], "is no administrator"),
        (["admins", "add", "7", "--role", "king"], "must be one of owner"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(assay: Assay, args: list[str], said: str) -> None:
    assert said in assay.refuses(*args, exits=2)


def test_rows_that_cannot_be_used_are_named_and_the_rest_waits_for_a_word(assay: Assay) -> None:
    path = assay.folder / "contacts.csv"
    path.write_text(f"{CONTACTS}Jan,Co,nobody,en,,\n", "utf-8")
    args = ("invite", "contacts.csv", "--instrument", SURVEY, "--out", "links.csv")

    said = assay.refuses(*args, exits=2)
    assert "row 4: email: is not an e-mail address" in said
    assert "--partly invites the other 2" in said
    done = assay(*args, "--partly")
    assert done.stdout == "2 links written to links.csv\n"
    assert "row 4: email" in done.stderr


def test_letters_without_a_link_invite_nobody(assay: Assay) -> None:
    mail = {"ASSAY_MAIL__FOLDER": "letters", "ASSAY_MAIL__SENDER": "a@example.org"}
    args = ("invite", "contacts.csv", "--instrument", SURVEY, "--mail", "--yes")

    said = assay.refuses(*args, exits=2, ASSAY_WEB__ENABLED="false", **mail)
    assert said == "--mail: letters have no link; set web.enabled or telegram.username"


def test_who_was_invited_before_is_not_invited_again(assay: Assay) -> None:
    invite(assay, "--out", "links.csv")

    assert invite(assay, "--out", "again.csv") == (
        "0 links written to again.csv, 2 invited before\n"
    )
    assert len((assay.folder / "again.csv").read_text("utf-8").splitlines()) == 1


def test_a_reminder_is_asked_for_once_more_with_its_number(assay: Assay) -> None:
    invite(assay, "--out", "links.csv")

    by_post = {"ASSAY_MAIL__HOST": "127.0.0.1", "ASSAY_MAIL__SENDER": "office@example.org"}
    said = assay.refuses("remind", SURVEY, exits=2, **by_post)
    assert "reaches up to 5 people; say --yes" in said
    done = assay("remind", SURVEY, "--yes", **by_post).stdout
    assert done.startswith("up to 5 people are reminded")


def test_without_a_mail_server_a_reminder_reaches_nobody_who_has_but_an_address(
    assay: Assay,
) -> None:
    invite(assay, "--out", "links.csv")

    said = assay.refuses("remind", SURVEY, exits=2)
    assert "reaches 0 people; up to 5 only by mail, which cannot leave" in said
    assert "Up to 5 people are reached by mail only" in assay("overview").stdout


def test_without_a_mail_server_reminders_are_a_file_and_count_as_sent(assay: Assay) -> None:
    invite(assay, "--out", "links.csv")

    assay("remind", SURVEY, "--out", "merge.csv", "--yes")

    rows = list(csv.DictReader((assay.folder / "merge.csv").read_text("utf-8").splitlines()))
    first = (assay.folder / "links.csv").read_text("utf-8")
    assert sorted(each["name"] for each in rows) == ["Anna", "王伟"]
    assert all("/i/" in each["web_link"] and each["web_link"] not in first for each in rows)
    assert (assay.folder / "merge.csv").stat().st_mode & 0o777 == 0o600
    assay("remind", SURVEY, "--out", "next.csv", "--yes")
    assert len((assay.folder / "next.csv").read_text("utf-8").splitlines()) == 1


def test_the_overview_and_the_digest_say_how_rounds_stand(assay: Assay) -> None:
    invite(assay, "--out", "links.csv")

    assert "0 of 2 have answered, 0 %" in assay("overview").stdout
    form = json.loads(assay("overview", "--json").stdout)
    assert form["rounds"][0]["now"]["invited"] == 2
    assert "2 invited" in assay("digest").stdout


def test_administrators_are_added_listed_and_removed(assay: Assay) -> None:
    assay("admins", "add", "4711", "--role", "researcher")
    assert "researcher\ttelegram 4711" in assay("admins").stdout

    code = assay("admins", "code", "--role", "owner").stdout
    assert "/desk/" in code
    assay("admins", "remove", "4711")

    assert assay("admins").stdout == ""
    assert [each[1] for each in acts(assay)] == ["dismiss", "code", "appoint"]


def test_owners_of_the_configuration_come_and_go_with_it(assay: Assay) -> None:
    owner = {"ASSAY_ACCESS__ADMINS": "[4711]"}

    assert "owner\ttelegram 4711" in assay("admins", **owner).stdout
    assert "access.admins" in assay.refuses("admins", "remove", "4711", exits=2, **owner)
    assert acts(assay) == [["configuration", "appoint", "telegram:4711 owner", "0"]]
    # Another shell may know another configuration: it takes nobody out.
    assert "owner\ttelegram 4711" in assay("admins").stdout


def test_a_digest_goes_to_every_administrator_after_a_yes(assay: Assay) -> None:
    recipients = {
        "ASSAY_DIGEST__RECIPIENTS": '["office@example.org"]',
        "ASSAY_MAIL__HOST": "127.0.0.1",
        "ASSAY_MAIL__SENDER": "office@example.org",
    }

    assert "reaches 1 person" in assay.refuses("digest", "--send", exits=2, **recipients)
    assert assay("digest", "--send", "--yes", **recipients).stdout.startswith("1 digest goes out")


def test_a_benchmark_has_rounds_too(assay: Assay) -> None:
    (only,) = listed(assay, BENCHMARK)
    assert only["round"] == "open"
