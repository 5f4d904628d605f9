from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import pages, presses
from flows.actions import (
    Choose,
    Command,
    Erase,
    Go,
    NoneOfThese,
    Submit,
    TakeBack,
    Tick,
    Write,
)
from flows.engine import advance, begin
from flows.session import Place
from tests.bot.walking import cards, places
from tests.flows.playing import ALL, ASI, RSCB, TEA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.actions import Action
    from flows.card import Card, Words
    from flows.instrument import Instrument

ROOM = 55
"""Telegram's 64 bytes, less one for the version and eight for the stamp."""
LONGEST_ITEM, LONGEST_ROW, LONGEST_INSTRUMENT = "i" * 20, "r" * 24, "s" * 40

ids = st.text(st.sampled_from("1ab.-_"), min_size=1, max_size=5)
parts = st.sampled_from(["g", "c", "t", "n", "e", "u", "s", "k", "it", "co", "q1", "1", "0", ""])
codes_like_ours = st.lists(parts, max_size=5).map(":".join)


def actions_of(card: Card[Words]) -> Iterator[Action | Command]:
    yield from (row.action for row in card.rows)
    yield from (line.action for line in card.lines if line.action is not None)
    yield from (button.action for group in card.buttons for button in group)


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.id)
def test_what_any_card_offers_fits_on_its_button_and_comes_back_as_it_was(
    instrument: Instrument,
) -> None:
    offered = {action for card in cards(instrument, "words") for action in actions_of(card)}

    assert len(offered) > len(instrument.items)
    for action in offered:
        code = presses.code_of(action)
        assert presses.read(code) == action
        assert len(code.encode()) <= ROOM, code


def test_what_the_plain_pages_offer_comes_back_as_it_was() -> None:
    for page in pages._PLAIN.values():
        for action in actions_of(page):
            assert presses.read(presses.code_of(action)) == action


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.id)
def test_every_place_has_a_code_of_its_own(instrument: Instrument) -> None:
    codes = {presses.code_of_place(place): place for place in places(instrument)}

    assert len(codes) == len(set(places(instrument)))
    assert all(presses.place_of_code(code) == place for code, place in codes.items())


@pytest.mark.parametrize(
    "action",
    [
        Go(Place("field", LONGEST_ITEM, LONGEST_ITEM)),
        Erase(Place("field", LONGEST_ITEM, LONGEST_ITEM)),
        Choose(LONGEST_ITEM, LONGEST_ROW),
        Tick(LONGEST_ITEM, LONGEST_ROW, on=True),
        NoneOfThese(LONGEST_ITEM),
        TakeBack(LONGEST_ITEM),
        Command("take", LONGEST_INSTRUMENT),
        Command("move", "e" * 20),
        Submit(),
    ],
    ids=str,
)
def test_the_longest_ids_that_an_instrument_may_have_fit_on_a_button(
    action: Action | Command,
) -> None:
    code = presses.code_of(action)

    assert len(code.encode()) <= ROOM
    assert presses.read(code) == action


@given(item=ids, option=ids, on=st.booleans())
def test_actions_on_any_ids_come_back_as_they_were(item: str, option: str, on: bool) -> None:
    for action in (
        Choose(item, option),
        Tick(item, option, on),
        NoneOfThese(item),
        TakeBack(item),
        Go(Place("item", item)),
        Go(Place("field", item, option)),
        Erase(Place("comment", item)),
    ):
        assert presses.read(presses.code_of(action)) == action


def test_typed_words_have_no_code() -> None:
    with pytest.raises(ValueError, match="no button carries them"):
        presses.code_of(Write("hello"))


@pytest.mark.parametrize(
    "code",
    [
        "",
        ":",
        "x",
        "g",
        "g:",
        "g:zz",
        "g:it:1:2:3",
        "c:q1",
        "c:q1:a:b",
        "t:q1:a",
        "t:q1:a:2",
        "t:q1:a:yes",
        "n",
        "n:q1:a",
        "e:zz:q1",
        "u",
        "s:q1",
        "k",
        "S",
        "g:IT:q1",
    ],
)
def test_what_is_no_code_of_ours_asks_for_nothing(code: str) -> None:
    assert presses.read(code) is None


@given(st.text() | codes_like_ours)
def test_no_code_that_anybody_sends_breaks_anything(code: str) -> None:
    action = presses.read(code)

    if action is not None and not isinstance(action, Command):
        advance(TEA, begin(TEA), action)
        assert presses.code_of(action).startswith(code[0])


def stamp(secret: bytes = b"anna", instrument: str = ASI.id, edition: str = "1", at: str = "it:q1"):
    return presses.stamp_of(secret, instrument, edition, at)


def test_the_same_card_has_the_same_stamp() -> None:
    assert stamp() == stamp()
    assert presses.same(stamp(), stamp())
    assert len(stamp()) == 8


def test_persons_instruments_editions_and_places_have_different_stamps() -> None:
    where = [presses.code_of_place(place) for place in places(ASI)]
    everyone = list(product([b"anna", b"ben"], [ASI.id, RSCB.id], ["1", "2"], where))

    assert len({stamp(*each) for each in everyone}) == len(everyone)


@pytest.mark.parametrize("other", ["", "0", "é", "\ud800", "☃" * 9])
def test_a_stamp_that_is_none_is_not_the_same(other: str) -> None:
    assert not presses.same(stamp(), other)
    assert not presses.same(other, stamp())
