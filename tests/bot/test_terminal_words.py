"""At a prompt, the words that a page shows can be typed, and a miss is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.test_cli import SURVEY

if TYPE_CHECKING:
    from tests.bot.prompted import Prompt

YES = "Yes, delete everything"
DELETED = "> Deleted\n"


def chat(prompt: Prompt, *lines: str) -> str:
    return prompt("chat", SURVEY, typed="\n".join((*lines, ""))).out


@pytest.mark.parametrize("yes", [YES, "yes, delete everything.", "是的，全部删除"])
def test_what_a_page_shows_can_be_typed(yes: str, prompt: Prompt) -> None:
    assert DELETED in chat(prompt, "start", "/mydata", "Delete my data", yes)


@pytest.mark.parametrize(
    "before", [(), ("/mydata",), ("/forget", "/help"), ("/forget", "nonsense"), ("/forget", "2")]
)
def test_what_destroys_is_typed_right_below_its_own_card_alone(
    before: tuple[str, ...], prompt: Prompt
) -> None:
    said = chat(prompt, "start", "1", *before, YES)

    assert DELETED not in said
    assert "That was not understood." in said
    assert " 1 [x] " in chat(prompt)


def test_after_a_miss_the_same_card_is_not_shown_once_more(prompt: Prompt) -> None:
    said = chat(prompt, "start", "nonsense", "more nonsense")

    assert said.count("— Question 1 of 12") == 1
    assert said.count("That was not understood.") == 2
    assert chat(prompt, "1").count("— Question 1 of 12") == 2
