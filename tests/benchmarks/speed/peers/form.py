"""The survey as all peers show it: the product's own questions, and the same buttons.

Only words and buttons are here; how an answer is taken and kept is each peer's own, as its library
recommends.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

INSTRUMENT = (
    Path(__file__).parents[4] / "flows/instruments/asi-certification-survey-2021/instrument.toml"
)
Kind: TypeAlias = Literal["many", "one", "words", "contact"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what can be said to it."""

    number: str
    kind: Kind
    text: str
    options: tuple[str, ...]
    comment: str
    """What a comment is asked for with; empty where there is none."""


class Screen(NamedTuple):
    """A message: its text, and rows of buttons with what each carries."""

    text: str
    keys: list[list[tuple[str, str]]]


def _read() -> Iterator[Question]:
    kinds: dict[str, Kind] = {"text": "words", "contact": "contact"}
    for section in tomllib.loads(INSTRUMENT.read_text("utf-8"))["sections"]:
        for item in section["items"]:
            kind: Kind = kinds.get(item["kind"]) or ("one" if item.get("at_most") == 1 else "many")
            options = tuple(option["text"] for option in item.get("options", ()))
            yield Question(item["number"], kind, item["text"], options, item.get("comment", ""))


QUESTIONS = tuple(_read())
LAST = len(QUESTIONS)
"""Where somebody is who has been asked everything."""
WELCOME = Screen(
    "Welcome to the ASI Certification Survey 2021.\n\n12 questions.", [[("Start", "next")]]
)
SENT = Screen("Thank you. Your answers have been sent.", [[("Front page", "home")]])
REVIEW = Screen("Everything has been asked.", [[("Send", "send")]])


def asked(at: int, ticked: Collection[int] = ()) -> Screen:
    """A question, or what comes after the last."""
    if at >= LAST:
        return REVIEW
    question = QUESTIONS[at]
    head = f"<i>Question {question.number} of {LAST}</i>\n\n<b>{question.text}</b>"
    if question.kind in {"words", "contact"}:
        return Screen(f"{head}\n\nType your answer below.", [[("Skip", "next")]])
    no, yes = "☐☑" if question.kind == "many" else "○●"
    marks = [yes if index in ticked else no for index in range(len(question.options))]
    lines = (
        f"{mark} {number}. {option}"
        for number, (mark, option) in enumerate(zip(marks, question.options, strict=True), 1)
    )
    keys = [[(f"{mark} {index + 1}", f"pick:{at}:{index}") for index, mark in enumerate(marks)]]
    if question.kind == "many":
        keys.append([("Next", "next")])
    return Screen("\n".join((head, "", *lines)), keys)


def comment(at: int) -> Screen:
    """The comment that a question asks for."""
    question = QUESTIONS[at]
    return Screen(
        f"<i>Question {question.number} of {LAST}</i>\n\n<b>{question.comment}</b>\n\n"
        "Type your answer below.",
        [[("No comment", "next")]],
    )


def saved(at: int, words: str) -> Screen:
    """What somebody wrote."""
    return Screen(
        f"<i>Question {QUESTIONS[at].number} of {LAST}</i>\n\nSaved: {words}", [[("Next", "next")]]
    )
