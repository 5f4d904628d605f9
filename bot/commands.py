"""What can be asked at any moment, in every door alike: one table, one function each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from bot import admitting, presses, scorecards, taking_part
from bot.fieldwork import desk
from bot.taking_part import part
from bot.texts import LANGUAGES
from bot.workspace import moving
from bot.workspace.commands import work
from bot.workspace.verifying import in_words
from flows import upgrade
from flows.actions import Go
from flows.entry import line
from flows.session import Place
from storage import (
    administrators,
    audit,
    people,
    requests,
    rounds,
    sessions,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.visit import Visit

LONGEST_REQUEST = 200
"""Characters of what somebody says who asks to take part."""
MOST_WAITING = 500
"""Who may wait for an administrator's word: on the web anybody can ask again and again."""


async def start(visit: Visit, payload: str) -> None:
    """Open with a link, or go on where one was; without either, the front page."""
    if payload:
        await admitting.redeem(visit, payload)


async def take(visit: Visit, instrument_id: str) -> None:
    """Turn to one instrument, from the front page."""
    instrument = visit.house.shelf.get(instrument_id)
    if instrument is None or not await visit.may_take(instrument_id):
        visit.refuse("no_access")
        return
    await visit.take_up(instrument)


async def home(visit: Visit, _: str) -> None:
    """Leave the interview for the front page; nothing is lost."""
    await visit.leave()


async def language(visit: Visit, tag: str) -> None:
    """Speak another language; the place stays. Without a language, ask for one."""
    chosen = {"english": "en", "中文": "zh", "chinese": "zh"}.get(tag.lower(), tag.lower())
    if not chosen:
        visit.pages.append("language")
    elif chosen in LANGUAGES:
        await visit.speak(chosen)
    else:
        visit.refuse("language")


async def pause(visit: Visit, _: str) -> None:
    """Stop here for now."""
    found = await visit.kept()
    if found is None:
        visit.refuse("nothing_under_way")
        return
    await visit.act((Go(Place("paused", found[1].session.at.item)),))


async def scorecard(visit: Visit, _: str) -> None:
    """The scorecard of the benchmark under way, or of the one that was sent."""
    benchmark = await scorecards.benchmark_of(visit.house, visit.tx, visit.person)
    if benchmark is None:
        visit.refuse("no_scorecard")
        return
    visit.files.append(benchmark)


async def forget(visit: Visit, answer: str) -> None:
    """Delete everything that is tied to this person, after asking once more."""
    if answer != "yes":
        visit.pages.append("forget")
        return
    for channel, door in await people.addresses(visit.tx, visit.person.id):
        if await administrators.dismiss_at(visit.tx, channel, door):
            at, who = visit.house.universe.seconds(), f"{channel}:{door}"
            await audit.note(visit.tx, audit.Act(at, who, "dismiss", who))
    await people.forget(visit.tx, visit.person.id)
    visit.house.keys.over = True
    visit.pages.append("forgotten")
    visit.shows_card = False


async def move(visit: Visit, edition: str) -> None:
    """Take the session under way to the installed edition of its instrument."""
    found = await visit.kept()
    if found is None:
        visit.refuse("nothing_under_way")
        return
    old, kept = found
    new = visit.house.shelf.get(old.id)
    if new is None or new.edition != edition or old.edition == edition:
        visit.refuse("moved_on")
        return
    moved = upgrade.move(kept.session, old, new)
    if kept.assessment is not None:
        if await moving.move(visit, kept, kept.assessment, moved.session):
            _say_moved(visit, edition, moved)
        return
    now = visit.house.universe.seconds()
    of = await rounds.get(visit.tx, kept.session.instrument, kept.round)
    day, who = visit.day(of), visit.person.id
    keys, newest = visit.house.keys, visit.incoming.update_id
    await sessions.save(
        visit.tx, keys, who, moved.session, kept, now=now, day=day, update_id=newest
    )
    _say_moved(visit, edition, moved)


def _say_moved(visit: Visit, edition: str, moved: upgrade.Moved) -> None:
    visit.say("moved_to_edition", edition=edition, kept=len(moved.kept), lost=len(moved.lost))


async def resume(visit: Visit, instrument_id: str) -> None:
    """Go on from a message further down: the card comes below it."""
    visit.comes_anew = True
    await take(visit, instrument_id)


async def reminders(visit: Visit, wanted: str) -> None:
    """Whether one wants to be reminded; without a word, what holds now."""
    if wanted in {"on", "off"}:
        on = wanted == "on"
        await people.set_reminders(visit.tx, visit.person.id, wanted=on)
        visit.person = replace(visit.person, no_reminders=int(not on))
        visit.say(f"reminders_{wanted}")
        visit.comes_anew = True
        return
    visit.pages.append("reminders")


async def decline(visit: Visit, instrument_id: str) -> None:
    """Take no part in any round of an instrument that is open or comes; whoever changes their mind
    just goes on.
    """
    instrument = visit.house.shelf.get(instrument_id or visit.person.instrument or "")
    if instrument is None:
        visit.refuse("nothing_under_way")
        return
    found = await part(visit.house, visit.tx, visit.person.id, instrument.id)
    if not await taking_part.decline(visit.house, visit.tx, visit.person.id, instrument.id):
        visit.refuse("already_sent" if found is not None and found.done else "nothing_under_way")
        return
    await visit.leave()
    visit.comes_anew = True
    visit.say("declined")


async def timezone(visit: Visit, name: str) -> None:
    """One's own clock: nobody is written to at night."""
    wanted = {each.lower(): each for each in available_timezones()}.get(name.lower())
    if not name:
        visit.pages.append("timezone")
    elif wanted is None:
        visit.refuse("timezone")
    else:
        await people.set_zone(visit.tx, visit.person.id, wanted)
        visit.person = replace(visit.person, zone=wanted)
        door = visit.incoming.channel, visit.incoming.address
        await administrators.speak(visit.tx, *door, visit.person.language, wanted)
        visit.say("timezone_is", zone=wanted)


async def ask(visit: Visit, words: str) -> None:
    """Ask to take part, where one needs a link and has none."""
    said = line(words)[:LONGEST_REQUEST]
    if not said:
        visit.pages.append("ask")
    elif await requests.count(visit.tx) >= MOST_WAITING:
        visit.refuse("too_many_ask")
    elif await admitting.may_try(visit, "ask"):
        await requests.put(visit.tx, visit.person.id, said)
        visit.say("asked")


async def admin(visit: Visit, argument: str) -> None:
    """The administrators' desk; to everybody else there is no such thing."""
    if not await desk.serve(visit, argument):
        _unknown(visit)


def _unknown(visit: Visit) -> None:
    visit.refuse("unknown_command")
    visit.pages.append("help")


def _page(name: str) -> Callable[[Visit, str], Awaitable[None]]:
    async def show(visit: Visit, _: str) -> None:
        visit.pages.append(name)

    return show


COMMANDS: Final[dict[str, Callable[[Visit, str], Awaitable[None]]]] = {
    "start": start,
    "take": take,
    "home": home,
    "help": _page("help"),
    "status": _page("status"),
    "privacy": _page("privacy"),
    "mydata": _page("mydata"),
    "code": admitting.give_code,
    "continue": admitting.carry_on,
    "language": language,
    "pause": pause,
    "scorecard": scorecard,
    "forget": forget,
    "move": move,
    "resume": resume,
    "reminders": reminders,
    "decline": decline,
    "timezone": timezone,
    "ask": ask,
    "claim": admitting.claim,
    "admin": admin,
    "work": work,
    "verdict": in_words,
}

CONFIRMED: Final = {("forget", "yes")}
"""Commands that destroy: a button for one counts only from the card that was shown to them."""


async def run(visit: Visit, name: str, argument: str) -> None:
    """Do what was asked; an unknown command is met with help."""
    command = COMMANDS.get(name)
    if command is None:
        _unknown(visit)
        return
    await visit.goes_beyond()
    await command(visit, argument.strip())


def stamped(visit: Visit, name: str, argument: str, stamp: str) -> bool:
    """Whether a pressed command may run: one that destroys needs its own card's stamp."""
    if (name, argument) not in CONFIRMED:
        return True
    return presses.same(stamp, presses.stamp_of(visit.person.secret, "", "", name))
