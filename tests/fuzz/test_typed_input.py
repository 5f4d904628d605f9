"""Odd words where dates, numbers, choices and lines are typed: never an exception, never a NaN."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

from bot import presses, typed
from bot.channels.telegram_layout import read_data
from bot.channels.web_visit import accepted_language, said
from bot.fieldwork import contacts
from bot.texts import LANGUAGES, language_for, worded
from flows import entry, evidence
from flows.actions import Command, Write
from flows.engine import advance
from flows.screens import card
from flows.session import Place, Session, dump, load
from tests.flows.playing import KITCHEN, TEA
from tests.fuzz.chance import pasted, portions
from tests.fuzz.found_before import found
from tests.fuzz.odd import strings

if TYPE_CHECKING:
    from flows.card import Card

WORDS = [*strings(), *(each["text"] for each in found("strings"))]
PLACES = (
    (TEA, Place("item", "drink")), (TEA, Place("item", "snack")), (TEA, Place("item", "who")),
    (TEA, Place("comment", "milk")), (TEA, Place("field", "who", "email")),
    (TEA, Place("contents", "drink")), (KITCHEN, Place("item", "1.1")),
    (KITCHEN, Place("review")),
)  # fmt: skip


def shown(at: int) -> list[Card[str]]:
    instrument, place = PLACES[at]
    there = card(instrument, Session(instrument.id, instrument.edition, place))
    return [worded(there, each) for each in ("en", *LANGUAGES)]


CARDS = [shown(at) for at in range(len(PLACES))]


def offered(cards: list[Card[str]]) -> set[object]:
    return {
        action
        for each in cards
        for action in (
            *(row.action for row in each.rows),
            *(line.action for line in each.lines),
            *(button.action for group in each.buttons for button in group),
        )
    }


OFFERED = [offered(each) for each in CARDS]


def test_whatever_is_typed_presses_what_is_offered_or_is_words() -> None:
    for number, words in enumerate(WORDS):
        at = number % len(CARDS)
        for action in typed.read(CARDS[at], words):
            own = CARDS[at][0].entry is not None and action == Write(words)
            assert own or action in OFFERED[at], pasted(words)


def test_whatever_is_typed_is_decided_and_kept_clean() -> None:
    for number, words in enumerate(WORDS):
        instrument, place = PLACES[number % len(PLACES)]
        session = Session(instrument.id, instrument.edition, place)
        actions = typed.read(CARDS[number % len(CARDS)], words)
        for action in (*actions, Write(words), Write(words, whole=True)):
            if isinstance(action, Command):
                continue
            after = advance(instrument, session, action).session
            kept = dump(after)
            kept.encode()
            assert load(kept) == after, pasted(words)
            _check_kept(after, words)


def _check_kept(session: Session, words: str) -> None:
    for answer in session.answers.values():
        for text in (
            answer.other,
            answer.text,
            answer.comment,
            *getattr(answer, "fields", {}).values(),
        ):
            kinds = {unicodedata.category(each) for each in text if each != "\n"}
            assert not kinds & {"Cc", "Cs"}, pasted(words)
            assert len(text) <= entry.LONGEST_TEXT, pasted(words)


def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_that_bites() -> None:
    for words in WORDS:
        once = entry.clean(words)
        once.encode()
        assert entry.clean(once) == once, pasted(words)
        assert "\n" not in entry.line(words), pasted(words)
        if entry.is_email(words):
            assert len(words) <= entry.LONGEST_EMAIL, pasted(words)
            assert words.count("@") == 1, pasted(words)


def test_what_a_button_or_a_form_carries_is_read_or_nothing() -> None:
    for words in WORDS:
        for code in (words, f"t:{words}:1", f"g:it:{words}", f"k:{words}", f"e:fi:{words}"):
            action = presses.read(code)
            if action is not None:
                presses.code_of(action).encode(errors="replace")
        pressed = read_data(f"1{words}")
        assert pressed is None or (pressed.code.isascii() and pressed.code.isprintable())
        said(
            {"press": words, "at": words, "for": words, "text": words, "was": words, "card": words}
        )
        assert accepted_language(f"{words};q={words}, en;q={words}") in {None, *LANGUAGES}
        assert language_for(words) in LANGUAGES
        assert not presses.same(words, f"{words}x")


def test_a_weight_that_is_no_number_wins_against_none() -> None:
    assert accepted_language("zh;q=nan, en;q=0.5") == "en"


BLOW_UP = """
import sys
from bot import typed, presses
from bot.channels.mail_message import _is_web, mailbox
from bot.channels.telegram_text import Piece, fitted
from bot.channels.telegram_layout import read_data
from bot.channels import Unreachable
from bot.channels.telegram_reading import _COMMAND
from bot.channels.web import _OWN_PATH
from bot.channels.web_visit import accepted_language
from flows import entry
from tests.fuzz.test_typed_input import CARDS
PARTS = ("a", " ", "1,", "@", "a.", "a@", "-", "e\\u0301", "\\u3000", "/", "and ", "[", "\\n", "=?")
for part in PARTS:
    long = part * 50_000
    for text in (long, long + "\\x00", "a@" + long + "\\x00", "/a " + long):
        entry.is_email(text[:254]); entry.is_email(text); entry.clean(text); entry.line(text)
        _COMMAND.fullmatch(text); _OWN_PATH.fullmatch(text); accepted_language(text[:64_000])
        presses.read(text); read_data(text); _is_web(text); _is_web("http://" + text)
        fitted([Piece(text)])
        for cards in CARDS:
            typed.read(cards, text)
        try:
            mailbox(text)
        except Unreachable:
            pass
print("done")
"""


def test_no_text_takes_the_parsers_more_than_its_length() -> None:
    """What takes the square of a hundred thousand characters would not come back in this time."""
    done = subprocess.run(
        [sys.executable, "-c", BLOW_UP], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.endswith("done\n"), done.stderr[-2_000:]


def test_a_link_is_taken_or_refused_and_never_more() -> None:
    for words in WORDS:
        evidence.domain(words)
        for text in (words, f"https://{words}", f"https://example.org/{words}"):
            link = evidence.read_link(text, ())
            if isinstance(link, evidence.Link):
                assert not re.search(r"[\s\x00-\x1f\x7f<>\"]", repr(link.url)[1:-1]), pasted(text)


def test_a_list_of_contacts_is_taken_or_refused_line_by_line() -> None:
    for some in portions(WORDS, 20):
        file = io.StringIO()
        rows = csv.writer(file)
        rows.writerow(contacts.HEADER)
        rows.writerows([each, "Sample", "a@b.example", "en", each, ""] for each in some)
        rows.writerows(["A", each, each, "en", "", each] for each in some)
        content = file.getvalue().encode(errors="replace")
        for torn in (content, content.replace(b'"', b""), content[: len(content) // 2]):
            try:
                sheet = contacts.parse(torn, "list.csv")
            except contacts.ContactsError as error:
                str(error).encode()
                continue
            for contact in sheet.contacts:
                said = f"{contact}"
                assert not {unicodedata.category(each) for each in said} & {"Cc", "Cs"}, pasted(
                    some
                )
            assert all(each.isprintable() or "\n" not in each for each in sheet.problems)
