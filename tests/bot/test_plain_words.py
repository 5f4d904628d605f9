"""Commands and cards say things as people do: no codes, no cut sentences, no day long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli.asking import claiming
from bot.interchange import contact_requests
from bot.settings import Settings, Telegram, Web
from flows.overview import COMMENT, overview
from flows.session import Answer
from tests.bot.test_cli import SURVEY
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from tests.bot.prompted import Prompt


def test_the_sentences_of_the_help_are_whole(prompt: Prompt) -> None:
    for command in ((), ("round",), ("admins",), ("companies",), ("db",)):
        listed = prompt(*command, "--help").out.partition("Commands:")[2]
        assert listed
        assert "..." not in listed


def test_rounds_have_headings_and_no_day_of_1970(prompt: Prompt) -> None:
    header, first, *_ = prompt("rounds").out.splitlines()

    assert header.split("\t")[:5] == ["instrument", "round", "state", "from", "until"]
    assert first.split("\t")[:5] == [SURVEY, "open", "open", "always", "open end"]
    assert len(first.split("\t")) == len(header.split("\t"))


def test_where_there_is_no_company_that_is_said(prompt: Prompt) -> None:
    said = prompt("companies")

    assert (said.out, said.err) == ("", "no company is kept here\n")


@pytest.mark.parametrize(
    ("bot", "pages", "ways"),
    [
        (True, True, "write /claim ABC to the bot or open http://127.0.0.1:8080/desk/ABC"),
        (True, False, "write /claim ABC to the bot"),
        (False, True, "open http://127.0.0.1:8080/desk/ABC"),
    ],
)
def test_a_code_is_brought_where_one_can_come_in(bot: bool, pages: bool, ways: str) -> None:
    found = Settings(
        telegram=Telegram.model_validate({"token": "1:a" if bot else ""}), web=Web(enabled=pages)
    )

    assert claiming(found, "ABC") == ways


def test_attached_answers_are_written_in_words() -> None:
    said = contact_requests._in_words(ASI, "q3", ("q3a",))

    assert said == f"3. {ASI.item('q3').rows[0].text['en']}"


def test_the_review_shows_comments_shortened_and_ones_own_data_whole() -> None:
    words = "It opened doors.\n" + "And it cost time. " * 20
    answers = {"q3": Answer(chosen=("q3a",), comment=words)}

    def comment(*, pressable: bool) -> str:
        lines = overview(ASI, answers, pressable=pressable)
        (line,) = [each for each in lines if each.number == "3"]
        return line.detail.args["comment"]

    assert len(comment(pressable=True)) <= COMMENT
    assert comment(pressable=True).startswith("It opened doors. And it cost time.")
    assert comment(pressable=True).endswith("…")
    assert comment(pressable=False) == " ".join(words.split())
