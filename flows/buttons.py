"""The buttons that cards share, always in the same place and order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.actions import Command, Erase, Go, TakeBack
from flows.card import Button, Phrase, Words
from flows.navigation import AnyItem, after, before, first_open, item_place, reachable
from flows.session import Place, Session

if TYPE_CHECKING:
    from flows.instrument import Instrument


def language_buttons(languages: tuple[str, ...]) -> tuple[Button[Words], ...]:
    """One button a language, each naming its target; a door leaves out the current one."""
    return tuple(
        Button(Phrase("language_itself", {"tag": tag}), Command("language", tag))
        for tag in languages
    )


def scorecard_row(instrument: Instrument) -> tuple[tuple[Button[Words], ...], ...]:
    """The press that asks for the scorecard of a benchmark; a survey has none."""
    if instrument.kind != "benchmark":
        return ()
    return ((Button(Phrase("button_scorecard"), Command("scorecard")),),)


def erase(session: Session) -> tuple[Button[Words], ...]:
    """Have the words of this screen gone."""
    return (Button(Phrase("button_erase"), Erase(session.at)),)


def go(key: str, to: Place, *, primary: bool = False) -> Button[Words]:
    """A button that leads to a place."""
    return Button(Phrase(key), Go(to), primary)


def menu(instrument: Instrument, session: Session) -> tuple[Button[Words], ...]:
    """The buttons that stand on every screen of the interview, always in the same order."""
    here = session.at.item
    return (
        go("button_contents", Place("contents", here)),
        go("button_review", Place("review", here)),
        go("button_pause", Place("paused", here)),
        Button(Phrase("button_help"), Command("help")),
        *language_buttons(instrument.languages),
    )


def way(instrument: Instrument, session: Session, item: AnyItem) -> tuple[Button[Words], ...]:
    """Back and onward from an item, always in the same place."""
    back = go("button_back", before(instrument, session, item.id))
    onward = after(instrument, session, item.id)
    if session.returning:
        return back, go("button_back_to_review", onward, primary=True)
    if session.answer(item.id).given:
        return back, go("button_next", onward, primary=True)
    return back, go("button_later" if item.required else "button_skip", onward)


def undo_row(session: Session) -> tuple[tuple[Button[Words], ...], ...]:
    """The one press that brings back what the last tick took away."""
    if session.undo is None:
        return ()
    return ((Button(Phrase("button_undo"), TakeBack(session.undo.item)),),)


def go_on(instrument: Instrument, session: Session) -> Button[Words]:
    """Back to the item one came from, or on to the first that is open."""
    from_ = item_place(session.at.item)
    still_put = reachable(instrument, session, from_)
    return go("button_go_on", from_ if still_put else first_open(instrument, session))
