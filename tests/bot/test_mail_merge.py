"""``assay remind --out``: reminders for whom only mail reaches, as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from bot.fieldwork import contacts as listed
from bot.fieldwork import merging
from storage import audit, participation, people, reminders
from storage.people import MAIL
from tests.bot.prompted import ANNA, WEI, fates, stop
from tests.bot.test_cli import CONTACTS, SURVEY

if TYPE_CHECKING:
    from bot.house import House
    from flows.rounds import Round
    from storage.database import Tx
    from tests.bot.prompted import Prompt


def has_chat(prompt: Prompt, email: str, chat: str = "4711") -> None:
    """Have somebody be at a chat of Telegram, too."""

    async def opens(tx: Tx) -> None:
        who = await people.at_address(tx, MAIL, email)
        assert who is not None
        here = await people.arrive(tx, "telegram", chat, "en", new_id=f"c{chat}", secret=b"s")
        await people.merge(tx, who.id, here.id)

    prompt.stored(opens)


def merged(prompt: Prompt, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((prompt.folder / name).read_text("utf-8").splitlines()))


def test_a_file_for_mail_merge_is_for_whom_only_mail_reaches(prompt: Prompt) -> None:
    prompt.invite()
    has_chat(prompt, ANNA)

    assert "reaches 1 person; say --yes" in prompt.refuses("remind", SURVEY, "--out", "m.csv")
    prompt("remind", SURVEY, "--out", "m.csv", "--yes")

    (wei,) = merged(prompt, "m.csv")
    assert (wei["name"], wei["email"], wei["language"]) == ("王伟", WEI, "zh")
    assert fates(prompt) == {"waiting": 5, "sent": 1}
    assert prompt.audit()[0] == ["command line", "remind", f"{SURVEY} open by mail merge", "1"]


def test_who_was_written_to_within_20_hours_is_left_out_and_counted(prompt: Prompt) -> None:
    prompt.invite()
    prompt("remind", SURVEY, "--out", "first.csv", "--yes")

    prompt.clock.passes(hours=19)
    said = prompt("remind", SURVEY, "--out", "second.csv", "--yes").out
    assert said == (
        "0 reminders for mail merge written to second.csv; "
        "left out: 2 who were written to within 20 hours\n"
    )
    assert merged(prompt, "second.csv") == []

    prompt.clock.passes(hours=1)
    prompt("remind", SURVEY, "--out", "third.csv", "--yes")
    assert len(merged(prompt, "third.csv")) == 2
    assert fates(prompt) == {"waiting": 2, "sent": 4}


def test_whoever_wants_no_reminders_is_in_no_file(prompt: Prompt) -> None:
    prompt.invite()

    prompt.stored(stop)
    prompt("remind", SURVEY, "--out", "m.csv", "--yes")
    assert [each["email"] for each in merged(prompt, "m.csv")] == [WEI]


def test_reminders_that_were_asked_for_and_could_not_leave_are_in_the_file(prompt: Prompt) -> None:
    prompt.invite()

    said = prompt("remind", SURVEY, "--yes").out
    assert "up to 5 only by mail, which cannot leave: set mail.host, or say --out MERGE.csv" in said
    prompt("remind", SURVEY, "--out", "m.csv", "--yes")

    assert len(merged(prompt, "m.csv")) == 2
    assert fates(prompt) == {"waiting": 4, "sent": 2}


async def _wei_finishes(tx: Tx) -> None:
    who = await people.at_address(tx, MAIL, WEI)
    assert who is not None
    await participation.begin(tx, who.id, SURVEY, "open")
    assert await participation.finish(tx, who.id, SURVEY, "open")


def test_the_file_of_a_survey_does_not_tell_who_has_finished(prompt: Prompt) -> None:
    prompt.invite()
    prompt("remind", SURVEY, "--out", "before.csv", "--yes")
    prompt.stored(_wei_finishes)
    prompt.clock.passes(hours=19)
    said = prompt("remind", SURVEY, "--out", "soon.csv", "--yes").out
    assert "left out: 2 who were written to within 20 hours" in said

    prompt.clock.passes(hours=1)
    prompt("remind", SURVEY, "--out", "after.csv", "--yes")

    before, after = (
        [row["email"] for row in merged(prompt, each)] for each in ("before.csv", "after.csv")
    )
    assert before == after == sorted([ANNA, WEI])
    assert prompt.audit()[0][-1] == "2"


def test_there_are_as_many_files_of_a_survey_as_reminders_are_planned(prompt: Prompt) -> None:
    prompt.invite()
    prompt.stored(_wei_finishes)
    for number in range(3):
        prompt("remind", SURVEY, "--out", f"m{number}.csv", "--yes")
        prompt.clock.passes(days=2)

    said = prompt.refuses("remind", SURVEY, "--out", "m3.csv", "--yes")
    assert "3 reminders are planned, and as many files for mail merge were written" in said


def test_a_file_that_cannot_be_written_reminds_nobody(prompt: Prompt) -> None:
    prompt.invite()
    before = prompt.audit()

    said = prompt.refuses("remind", SURVEY, "--out", "none/m.csv", "--yes")

    assert "cannot be written: No such file or directory" in said
    assert (fates(prompt), prompt.audit()) == ({"waiting": 6}, before)


@pytest.mark.parametrize(
    "args",
    [
        ["remind", SURVEY, "--out", "m.csv", "--yes"],
        ["invite", "contacts.csv", "--instrument", SURVEY, "--out", "m.csv"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_written_down_is_not_done(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    prompt.invite()
    (prompt.folder / "contacts.csv").write_text(CONTACTS.replace("@", "@new."), "utf-8")

    async def fail(*_: object) -> None:
        raise listed.ContactsError("the disk is full")

    monkeypatch.setattr(audit, "note", fail)
    assert prompt.refuses(*args) == "the disk is full"

    assert fates(prompt) == {"waiting": 6}
    assert [each for each in prompt.folder.iterdir() if each.name.startswith("m.csv")] == []


def test_what_was_decided_meanwhile_is_not_in_the_file(
    prompt: Prompt,
) -> None:
    """On PostgreSQL somebody else may write between the look and the decision."""
    prompt.invite()
    look, looks = merging.waiting, list[merging.Waiting]()

    async def overtaken(house: House, tx: Tx, of: Round) -> merging.Waiting:
        found = await look(house, tx, of)
        looks.append(found)
        if len(looks) > 1:  # the first one only counts
            await reminders.decide(tx, found.ready[0][0].id, "queued")
        return found

    prompt.patch.setattr(merging, "waiting", overtaken)
    said = prompt("remind", SURVEY, "--out", "m.csv", "--yes").out

    assert said == "1 reminders for mail merge written to m.csv\n"
    assert len(merged(prompt, "m.csv")) == 1
