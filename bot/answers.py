"""What somebody said is done: a press, a command, words, a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import commands, live, presses, typed
from bot.channels import Asked, Pressed, Typed, Unreadable, Uploaded, terminal
from bot.fieldwork import desk_lists
from bot.showing import changes, stamped
from bot.texts import LANGUAGES, worded
from bot.workspace import answering
from flows.actions import Command, Go, Write
from storage import people

if TYPE_CHECKING:
    from bot.visit import Visit
    from flows.actions import Action
    from flows.instrument import Instrument
    from flows.session import Place
    from storage.sessions import Kept

ASKING = {"work", "verdict"}
"""Commands for which pages ask for words."""
PRESSED = {*ASKING, "scorecard", "take"}
"""Commands whose buttons on a page can be pressed by typing their label."""
ON_PAGE = "page "
"""How it is kept that a page was the last that somebody was shown."""


async def answer(visit: Visit) -> None:
    """Do what was said, and remember what the next words are for."""
    await _answer_said(visit)
    asking = visit.asking
    if asking is None and visit.pages and _typeable(visit, visit.pages[-1]):
        asking = ON_PAGE + visit.pages[-1]
    if asking is not None:  # words at another door are not for this page
        asking = f"{visit.incoming.channel} {asking}"
    if visit.person.asking != asking:
        await people.set_asking(visit.tx, visit.person.id, asking)


def _typeable(visit: Visit, page: str) -> bool:
    """Whether labels of this page are pressed by typing them. At a prompt nothing else presses;
    elsewhere words are for the card, but for the pages of a workspace.
    """
    name = page.partition(".")[0]
    return name == "work" or (visit.incoming.channel == terminal.NAME and not live.of_desk(page))


def _asked_here(visit: Visit) -> str:
    """What the next words at this door are for; nothing where no page has asked here last."""
    channel, _, asking = (visit.person.asking or "").partition(" ")
    return asking if channel == visit.incoming.channel else ""


async def _answer_said(visit: Visit) -> None:
    match visit.incoming.said:
        case Asked(command):
            await commands.run(visit, command.name, command.argument)
        case Pressed() as pressed:
            await _press(visit, pressed)
        case Typed() as words:
            await _type(visit, words)
        case Uploaded() as file:
            await desk_lists.uploaded(visit, file)
        case Unreadable(kind):
            visit.refuse(f"kind_{kind}")


async def _press(visit: Visit, pressed: Pressed) -> None:
    asked = presses.read(pressed.code)
    if isinstance(asked, Command):
        if commands.stamped(visit, asked.name, asked.argument, pressed.stamp):
            await commands.run(visit, asked.name, asked.argument)
        else:
            visit.refuse("moved_on")
        return
    found = await visit.kept()
    if asked is None or found is None:
        visit.refuse("moved_on")
        return
    session = found[1].session
    at = pressed.at or session.at
    if await _counts(visit, found, at, pressed.stamp):
        await visit.act((asked,) if at == session.at else (Go(at), asked), found)


async def _counts(visit: Visit, found: tuple[Instrument, Kept], at: Place, stamp: str) -> bool:
    """Whether what carries this stamp was done on a card that shows how things are; says why
    where not.
    """
    if stamped(visit.person, found[1], at, stamp):
        return True
    if at.screen == "review" and changes(found[1], at):
        visit.refuse("changed_meanwhile")
    elif not await answering.overtaken(visit, *found, at, stamp):
        visit.refuse("moved_on")
    return False


async def _type(visit: Visit, words: Typed) -> None:
    asked = words.to or (None if words.at else presses.read(_asked_here(visit)))
    if isinstance(asked, Command) and asked.name in ASKING:
        if asked.name == "work" and not words.text.strip():
            visit.refuse("no_words")
        await commands.run(visit, asked.name, f"{asked.argument} {words.text}")
        return
    pressed = None if words.at else await _on_page(visit, words.text)
    if pressed is not None:
        await commands.run(visit, pressed.name, pressed.argument)
        return
    found = await visit.kept()
    if found is not None and words.at is not None:
        session = found[1].session
        if not await _counts(visit, found, words.at, words.stamp):
            return
        written: list[Action] = [] if words.at == session.at else [Go(words.at)]
        await visit.act((*written, Write(words.text, words.whole)), found)
        return
    shown = await visit.card()
    languages = (visit.person.language, *LANGUAGES)
    said = typed.read([worded(shown, each) for each in languages], words.text)
    match said:
        case ():
            visit.refuse("not_understood")
        case (Command(name, argument),):
            await commands.run(visit, name, argument)
        case _ if found and await answering.overtaken(visit, *found, found[1].session.at, None):
            pass  # they are told who was faster
        case _:
            await visit.act([each for each in said if not isinstance(each, Command)], found)


async def _on_page(visit: Visit, text: str) -> Command | None:
    """The button that words press by its label, on the page that was shown last."""
    asking = _asked_here(visit)
    name = asking.removeprefix(ON_PAGE)
    if name == asking:
        return None
    door = visit.incoming.channel, visit.incoming.address
    try:
        shown = await live.page(visit.house, visit.tx, visit.person, door, name)
    except KeyError:  # what it was about is gone
        return None
    bare = replace(shown, rows=(), lines=(), entry=None)
    languages = (visit.person.language, *LANGUAGES)
    match typed.read([worded(bare, each) for each in languages], text):
        case (Command() as pressed,) if _presses(pressed, name):
            return pressed
    return None


def _presses(pressed: Command, page: str) -> bool:
    """Whether a label that was typed presses this button. What destroys is pressed on its own card
    alone, which must be the last that was shown.
    """
    if (pressed.name, pressed.argument) in commands.CONFIRMED:
        return page == pressed.name
    return pressed.name in PRESSED or page.partition(".")[0] != "work"
