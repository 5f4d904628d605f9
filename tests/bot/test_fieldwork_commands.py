"""Fieldwork by command line, in detail: what is asked, refused, left alone and written down."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from bot import cli
from bot.cli import people as people_commands
from flows.digesting import Schedule, latest
from flows.rounds import Round, closed
from storage import (
    administrators,
    audit,
    paradata,
    participation,
    people,
    requests,
    rounds,
)
from storage.people import MAIL
from tests.bot.prompted import ANNA, WEI, fates
from tests.bot.test_cli import SURVEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Tx
    from tests.bot.prompted import Prompt

LATER = ("--from", "2026-12-01")


def commands(of: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    yield name, of
    for each, below in getattr(of, "commands", {}).items():
        yield from commands(below, f"{name} {each}".strip())


OURS = {"rounds", "round", "overview", "invite", "remind", "digest", "admins", "requests", "audit"}
EVERY = {name: each for name, each in commands(get_command(cli.cli)) if name.split(" ")[0] in OURS}


@pytest.mark.parametrize("name", EVERY)
def test_everything_that_can_be_said_to_a_command_is_explained(name: str) -> None:
    assert EVERY[name].help
    assert [each.name for each in EVERY[name].params if not each.help] == []


async def kept(tx: Tx) -> list[object]:
    """What commands change."""
    every = await rounds.every(tx), await administrators.every(tx), await audit.latest(tx, 99)
    return [each for those in every for each in those]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["round", "open", SURVEY, "x", "--from", "0001-01-01"], "must be from 1970-01-01"),
        (["round", "open", SURVEY, "x", "--from", "9999-12-31"], "to 2999-12-31"),
        (["round", "open", SURVEY, "x", "--remind", "1,99999999999"], "numbers of days"),
        (["round", "extend", SURVEY, "over", "--until", "9999-12-31"], "to 2999-12-31"),
        (["round", "close", SURVEY, "over", "--yes"], "is closed, its last day was 2026-11-22"),
        (["remind", SURVEY, "--round", "over", "--yes"], "is closed, its last day was 2026-11-22"),
        (["remind", SURVEY, "--round", "later", "--yes"], "opens on 2026-12-01"),
        (["remind", SURVEY, "--out", "contacts.csv"], "contacts.csv: is there already"),
        (
            ["invite", "contacts.csv", "--instrument", SURVEY, "--round", "over", "--out", "l.csv"],
            f"to go on: assay round extend {SURVEY} over --until DAY",
        ),
        (["requests", "approve", "1", "--instrument", SURVEY, "--round", "over"], "is closed"),
        (["requests", "approve", "1", "--instrument", "tea"], "no such instrument"),
        (["digest", "--to", "4711"], "say --send, too"),
        (["digest", "--send", "--yes"], "there are no administrators, nor in digest.recipients"),
        (["digest", "--send", "--yes", "--to", "7"], "--to 7: is no administrator"),
        (["admins", "add", "7", "--role", "owner", "--every", "year"], "one of day, week"),
        (["admins", "add", "7", "--role", "owner", "--on", "8"], "which is Monday, to 7"),
        (["admins", "add", "7", "--role", "owner", "--zone", "Mars"], "like Europe/Amsterdam"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_makes_no_sense_is_refused_and_nothing_is_half_done(
    prompt: Prompt, args: list[str], said: str
) -> None:
    prompt("round", "open", SURVEY, "over", "--until", "2026-12-24")
    prompt("round", "close", SURVEY, "over", "--yes")
    prompt("round", "open", SURVEY, "later", *LATER)
    before = prompt.stored(kept)

    assert said in prompt.refuses(*args)

    assert prompt.stored(kept) == before
    assert not (prompt.folder / "l.csv").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["requests", "refuse", str(10**30)],
        ["audit", "--limit", str(10**30)],
        ["admins", "add", str(10**30), "--role", "owner"],
        ["admins", "add", "7", "--role", "owner", "--hour", "24"],
    ],
    ids=" ".join,
)
def test_numbers_beyond_any_use_are_wrong_use(prompt: Prompt, args: list[str]) -> None:
    assert "Input should be" in prompt(*args, exits=2).err


def test_at_a_terminal_it_is_asked_with_the_number_and_no_means_no(prompt: Prompt) -> None:
    mails(prompt)
    prompt.invite()

    asked = prompt("remind", SURVEY, typed="n\n", exits=2)
    assert "reminding in open: reaches up to 5 people. Do it?" in asked.err
    assert "nothing was done" in asked.err
    assert fates(prompt) == {"waiting": 6}

    prompt("remind", SURVEY, typed="y\n")
    assert fates(prompt) == {"waiting": 4, "asked": 2}


def test_a_yes_to_a_number_that_is_not_true_any_more_does_nothing(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails(prompt)
    prompt.invite()
    monkeypatch.setattr(people_commands, "agree", lambda *_, **__: hurry(prompt))

    assert "reaches 0 people by now; nothing was done" in prompt.refuses("remind", SURVEY)
    assert fates(prompt) == {"waiting": 6}


def mails(prompt: Prompt) -> None:
    """Letters can leave."""
    prompt.patch.setenv("ASSAY_MAIL__FOLDER", str(prompt.folder / "letters"))
    prompt.patch.setenv("ASSAY_MAIL__SENDER", "assay@example.org")


def hurry(prompt: Prompt) -> None:
    """While the question stands, everybody stops reminders: of one, the number would not tell."""

    async def all_stop(tx: Tx) -> None:
        for email in (ANNA, WEI):
            who = await people.at_address(tx, MAIL, email)
            await people.set_reminders(tx, who.id, wanted=False)

    other = threading.Thread(target=lambda: prompt.stored(all_stop))
    other.start()
    other.join()


def test_letters_of_invitation_are_asked_for_once_more(
    prompt: Prompt,
) -> None:
    mails(prompt)
    args = "invite", "contacts.csv", "--instrument", SURVEY, "--mail"

    assert "letters of invitation to open: reaches 2 people" in prompt.refuses(*args)
    assert fates(prompt) == {}
    assert "nothing was done" in prompt(*args, typed="n\n", exits=2).err
    assert prompt(*args, "--yes").out.startswith("2 invited; letters go out by day")
    assert fates(prompt) == {"waiting": 8}
    assert prompt.audit() == [["command line", "invite", f"{SURVEY} open", "2"]]


def test_the_overview_says_how_far_people_came_and_how_answers_came_in(prompt: Prompt) -> None:
    prompt.invite()

    async def answers(tx: Tx) -> None:
        anna = await people.at_address(tx, MAIL, ANNA)
        assert anna is not None
        await participation.begin(tx, anna.id, SURVEY, "open")
        await participation.finish(tx, anna.id, SURVEY, "open")
        seen: dict[Any, str] = {"door": "web", "language": "en", "minutes": "7"}
        for _ in range(5):  # of fewer nothing is said
            await paradata.count(tx, SURVEY, "open", seen)
        await requests.put(tx, anna.id, "Anna of ACME")

    prompt.stored(answers)
    said = " ".join(prompt("overview").out.split())

    for each in ("0 of 2 have answered, 0 %", "invited — 2",
                 "held back — some answers may wait until 5", "counts go up in steps of 5",
                 "half need at most — 7 minutes", "finished through — web 5",
                 "finished in — en 5", "1 request waits for your approval"):  # fmt: skip
        assert each in said
    (here,) = json.loads(prompt("rounds", SURVEY, "--json").out)
    assert (here["invited"], here["begun"], here["finished"], here["rate"]) == (2, 0, 0, 0)


def test_closing_a_round_that_is_over_leaves_its_last_day() -> None:
    """By whatever way it is asked for: reports name the day."""
    over = Round(SURVEY, "over", date(2026, 1, 1), date(2026, 1, 31))

    assert closed(over, date(2026, 11, 23)) == over


def test_days_of_a_week_end_with_sunday() -> None:
    """The day may come from when a digest was monthly."""
    period = latest(Schedule("week", on=31), datetime(2026, 11, 23, 9, tzinfo=UTC), UTC)

    assert period is not None
    assert period.key == "week:2026-11-22"
