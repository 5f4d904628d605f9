import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import entry


def test_what_is_typed_loses_what_nobody_sees():
    assert entry.clean(" a\x00b\tc\r\nd\u202ee\ud800 ") == "ab c\nde"
    assert entry.clean("cafe\u0301") == "café"


def test_a_line_is_one_line():
    assert entry.line(" Tea\n and\t milk ") == "Tea and milk"


def test_what_is_too_long_is_cut_and_counted():
    assert entry.shorten("tea time", 4) == ("tea", 4)
    assert entry.shorten("tea", 4) == ("tea", 0)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    once = entry.clean(text)

    assert entry.clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize("address", ["a@b.cd", "ann.o'neil+tea@mail.example.org", "安@例子.公司"])
def test_an_address_has_the_shape_of_one(address):
    assert entry.is_email(address)


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a@b.", "@b.cd", "a b@c.de", "a@b@c.de", "Ann <a@b.cd>", "a@b..cd"]
)
def test_other_words_are_no_address(address):
    assert not entry.is_email(address)


def test_an_address_holds_at_most_254_characters():
    assert entry.is_email("a" * 249 + "@b.cd")
    assert not entry.is_email("a" * 250 + "@b.cd")
