"""Administrators, digests and requests by command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import administrators, participation, people, requests
from storage.tables import digest
from storage.tables import outbox as outbox_table
from tests.bot.test_cli import SURVEY

if TYPE_CHECKING:
    from storage.administrators import Administrator
    from storage.database import Tx
    from tests.bot.prompted import Prompt


def team(prompt: Prompt) -> list[Administrator]:
    return prompt.stored(administrators.every)


def add(prompt: Prompt, *args: str) -> None:
    prompt("admins", "add", *args)


async def rows(tx: Tx) -> list[tuple[str, str, str]]:
    columns = outbox_table.c.address, outbox_table.c.kind, outbox_table.c.reference
    return [(row[0], row[1], row[2]) for row in await tx.execute(select(*columns))]


def test_an_administrator_is_given_a_schedule_and_keeps_what_is_not_said(prompt: Prompt) -> None:
    add(prompt, "7", "--role", "researcher", "--every", "month", "--on", "28", "--hour", "17",
        "--zone", "Asia/Shanghai")  # fmt: skip
    add(prompt, "7", "--role", "survey")
    add(prompt, "7", "--role", "survey", "--hour", "9")

    (who,) = team(prompt)
    assert (who.role, who.every, who.on_day) == ("survey", "month", 28)
    assert (who.hour, who.zone, who.origin) == (9, "Asia/Shanghai", "code")
    assert "7, which is Monday" not in prompt("admins").out
    assert "--on 28" in prompt.refuses("admins", "add", "7", "--role", "owner", "--every", "week")
    assert team(prompt) == [who]


def test_without_a_schedule_an_administrator_gets_that_of_the_configuration(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_DIGEST__SCHEDULE", "day")
    monkeypatch.setenv("ASSAY_DIGEST__HOUR", "12")
    add(prompt, "7", "--role", "analyst")

    (who,) = team(prompt)
    assert (who.every, who.hour) == ("day", 12)


def test_whom_the_configuration_names_is_changed_there_alone(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_ACCESS__ADMINS", "[7]")
    monkeypatch.setenv("ASSAY_DIGEST__RECIPIENTS", '["Office@example.org"]')
    prompt("admins")
    before = team(prompt)

    assert "7: stands in access.admins" in prompt.refuses("admins", "remove", "7")
    assert "digest.recipients" in prompt.refuses("admins", "remove", "Office@example.org")
    assert "access.admins" in prompt.refuses("admins", "add", "7", "--role", "analyst")
    add(prompt, "7", "--role", "owner", "--every", "never")

    assert [each.origin for each in team(prompt)] == ["config", "config"]
    assert [each.every for each in before] == ["week", "week"]
    assert [each.every for each in team(prompt)] == ["never", "week"]


def test_who_came_by_the_web_page_can_be_removed_too(prompt: Prompt) -> None:
    values: dict[str, str | int] = {
        "channel": "web", "address": "a1b2c3", "role": "owner", "language": "en", "every": "week",
        "hour": 8, "on_day": 1, "zone": "UTC", "origin": "code",
    }  # fmt: skip
    prompt("admins")
    prompt.stored(lambda tx: administrators.appoint(tx, values, anew=True))

    prompt("admins", "remove", "a1b2c3")

    assert team(prompt) == []
    assert prompt.audit() == [["command line", "dismiss", "web:a1b2c3", "0"]]


def test_a_code_says_how_it_is_used_and_is_nowhere_written_down(prompt: Prompt) -> None:
    said = prompt("admins", "code", "--role", "survey").out
    code = said.partition("/desk/")[2].split(" ")[0]

    assert said.startswith("survey: open http://127.0.0.1:8080/desk/")
    assert prompt.audit() == [["command line", "code", "survey", "0"]]
    assert code.encode() not in (prompt.folder / "assay.sqlite3").read_bytes()


def test_a_digest_goes_to_all_or_to_one(prompt: Prompt) -> None:
    add(prompt, "7", "--role", "owner")
    add(prompt, "8", "--role", "analyst")

    assert "sending the digest: reaches 2 people" in prompt.refuses("digest", "--send")
    assert prompt.stored(rows) == []
    prompt("digest", "--send", "--to", "8", typed="y\n")
    assert {each[:2] for each in prompt.stored(rows)} == {("8", "digest"), ("8", "file")}

    prompt.clock.passes(seconds=1)
    assert prompt("digest", "--send", "--yes").out.startswith("2 digests go out")
    assert [each[1:] for each in prompt.audit()[:2]] == [
        ["digest", "to every administrator", "2"],
        ["digest", "8", "1"],
    ]


def test_two_digests_in_one_second_are_one(prompt: Prompt) -> None:
    add(prompt, "7", "--role", "owner")
    prompt("digest", "--send", "--yes")
    before = prompt.stored(rows)

    assert prompt("digest", "--send", "--yes").out.startswith("0 digests go out")
    assert prompt.stored(rows) == before


def test_printing_a_digest_sends_and_keeps_nothing(prompt: Prompt) -> None:
    add(prompt, "7", "--role", "owner")
    prompt.invite()
    before = prompt.audit()

    assert "2 invited" in prompt("digest").out

    async def digests(tx: Tx) -> list[object]:
        return [*await tx.execute(select(digest))]

    assert (prompt.stored(rows), prompt.stored(digests), prompt.audit()) == ([], [], before)


async def asks(tx: Tx) -> None:
    """Anna asks to take part, from a chat and from a page."""
    await people.arrive(tx, "telegram", "4711", "en", new_id="anna", secret=b"s")
    await requests.put(tx, "anna", "Anna, ACME")


def test_who_asks_is_listed_let_in_and_told(prompt: Prompt) -> None:
    prompt("admins")
    prompt.stored(asks)

    assert prompt("requests").out == "1\tAnna, ACME\n"
    said = prompt("requests", "approve", "1", "--instrument", SURVEY).out

    assert said == f"1: may take part in {SURVEY} open\n"
    assert prompt.stored(lambda tx: participation.state(tx, "anna", SURVEY, "open")) == "invited"
    assert prompt.stored(rows) == [("4711", "card", "new:asked_approved:0")]
    assert prompt("requests").out == ""
    assert prompt.audit() == [["command line", "approve", f"{SURVEY} open", "1"]]
    assert "nobody waits" in prompt.refuses("requests", "approve", "1", "--instrument", SURVEY)


def test_who_is_turned_away_is_told_and_may_ask_again(prompt: Prompt) -> None:
    prompt("admins")
    prompt.stored(asks)

    prompt("requests", "refuse", "1")

    assert prompt.stored(lambda tx: participation.state(tx, "anna", SURVEY, "open")) is None
    assert prompt.stored(rows) == [("4711", "card", "new:asked_refused:0")]
    assert prompt.audit() == [["command line", "refuse", "a request", "1"]]
    prompt.stored(asks)
    assert prompt("requests").out.endswith("\tAnna, ACME\n")


def test_a_request_for_a_round_that_is_over_goes_on_waiting(prompt: Prompt) -> None:
    prompt("round", "open", SURVEY, "over", "--until", "2026-12-24")
    prompt("round", "close", SURVEY, "over", "--yes")
    prompt.stored(asks)

    to = "--instrument", SURVEY, "--round", "over"
    assert "is closed" in prompt.refuses("requests", "approve", "1", *to)
    assert prompt("requests").out.startswith("1\t")


def test_the_log_is_as_long_as_is_asked_for_with_the_newest_first(prompt: Prompt) -> None:
    for number in ("7", "8", "9"):
        add(prompt, number, "--role", "analyst")
        prompt.clock.passes(minutes=1)

    assert prompt("audit", "--limit", "2").out.splitlines() == [
        "2026-11-23 09:02\tcommand line\tappoint\ttelegram:9 analyst\t0",
        "2026-11-23 09:01\tcommand line\tappoint\ttelegram:8 analyst\t0",
    ]
