"""Odd words on cards: in Telegram, on a page, at the prompt. They are read as they were said."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING

import pytest

from bot.channels import Shown
from bot.channels.telegram_layout import LONGEST_DATA, lay_out
from bot.channels.telegram_text import LONGEST, Piece, fitted, one_line, sendable, units
from bot.channels.terminal import render
from bot.channels.web_pages import Page, Pages
from flows.actions import Command, Tick
from flows.card import Button, Card, Entry, Line, Row
from tests.fuzz import entities
from tests.fuzz.chance import pasted, portions
from tests.fuzz.found_before import found
from tests.fuzz.odd import strings
from tests.reader import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = [*strings(), *(each["text"] for each in found("strings"))]
SHORT = 300


def telling(words: str) -> Card[str]:
    """A card that says the words wherever somebody's words can stand."""
    return Card(
        name="odd",
        title=words,
        progress=words,
        notices=(words,),
        paragraphs=(words, "between", words),
        rows=tuple(Row(n, words, words, n == 1, Tick("q", f"q{n}", on=True)) for n in (1, 2)),
        lines=(
            Line("", words, None, "heading", None),
            Line(words, words, words, "fact", Command("help")),
        ),
        entry=Entry(words, words, 4000, "lines"),
        buttons=((Button(words, Command("help")),),),
    )


def test_one_piece_for_telegram_reads_back_as_it_was() -> None:
    for words in WORDS:
        written = fitted([Piece("start "), Piece(words, tag="b"), Piece(" end")])
        shown = entities.read(written)
        assert units(written) <= LONGEST
        if units(words) < SHORT:
            assert shown.text == f"start {sendable(words)} end", pasted(words)
            bold = [("b", sendable(words))] if sendable(words).strip() else []
            assert shown.spans == bold, pasted(words)


def test_a_card_in_telegram_says_odd_words_and_carries_nothing_of_them() -> None:
    for words in WORDS:
        message = lay_out(Shown(telling(words), "0123abcd", "en"))
        shown = entities.read(message.text)
        message.text.encode()
        assert units(message.text) <= LONGEST, pasted(words)
        if units(escape(words)) < SHORT // 2:
            flat = " ".join(shown.text.split())
            assert flat.count(" ".join(one_line(sendable(words)).split())) >= 3, pasted(words)
        keys = [key for row in message.keyboard for key in row]
        assert len(keys) == 4, pasted(words)
        for label, data in keys:
            assert label.strip(), pasted(words)
            assert "\n" not in label, pasted(words)
            label.encode()
            assert len(data.encode()) <= LONGEST_DATA
            assert data[9:] in {"k:help", "t:q:q1:1", "t:q:q2:1"}


@pytest.mark.parametrize("fragment", [False, True])
def test_a_page_says_odd_words_and_takes_none_of_them_for_its_own(fragment: bool) -> None:
    pages = Pages()
    harmless = ("plain\n\nin two", "")
    plain = {tag for each in harmless for tag in _tags(pages, [each], fragment=fragment)[0]}
    for some in portions(WORDS if fragment else WORDS[::10], 1):
        _check_page(pages, some, plain, fragment=fragment)


def _tags(pages: Pages, words: Sequence[str], *, fragment: bool) -> tuple[list[str], Sheet]:
    page = Page(
        Shown(telling(words[0]), "0123abcd", "en"), stranger=False, path="/", alert=words[0]
    )
    response = pages.render(page, fragment=fragment)
    sheet = Sheet(bytes(response.body).decode())
    return [f"{each.tag} {sorted(each.attributes)}" for each in sheet.controls], sheet


def _check_page(pages: Pages, some: Sequence[str], plain: set[str], *, fragment: bool) -> None:
    (words,) = some
    tags, sheet = _tags(pages, some, fragment=fragment)
    assert set(tags) <= plain, pasted(words)
    said = " ".join(words.encode(errors="replace").decode().replace("\0", "\ufffd").split())
    assert said in sheet.text.replace("\0", "\ufffd"), pasted(words)


def test_at_the_prompt_no_words_reach_the_terminal_as_orders() -> None:
    for words in WORDS:
        said = render(telling(words))
        for char in said:
            kind = unicodedata.category(char)
            assert char == "\n" or kind not in {"Cc", "Cs"}, pasted(words)
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", said), pasted(words)
        seen = (each for each in words if unicodedata.category(each) not in {"Cc", "Cs"})
        kept = re.sub("[\u202a-\u202e\u2066-\u2069]", "", "".join(seen))
        assert kept in said.replace("\n", ""), pasted(words)
