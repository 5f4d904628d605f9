"""What can be asked at any moment, in every door alike: one table, one function each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from bot import presses, scorecards, taking_part, tokens
from bot.fieldwork import appointments, desk
from bot.taking_part import part
from bot.texts import LANGUAGES
from bot.workspace import joining, moving
from bot.workspace.commands import work
from bot.workspace.verifying import in_words
from flows import upgrade
from flows.actions import Go
from flows.entry import line
from flows.session import Place
from storage import (
    administrators,
    audit,
    invitations,
    people,
    requests,
    rounds,
    sessions,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.visit import Visit

TRIES = 5
"""Codes or links that may be wrong within ``WINDOW`` before the door asks for patience."""
WINDOW = 600
"""Seconds."""
LONGEST_REQUEST = 200
"""Characters of what somebody says who asks to take part."""
MOST_WAITING = 500
"""Who may wait for an administrator's word: on the web anybody can ask again and again."""


async def start(visit: Visit, payload: str) -> None:
    """Open with a link, or go on where one was; without either, the front page."""
    if payload:
        await _redeem(visit, payload)


async def _redeem(visit: Visit, token: str) -> None:
    if not await _may_try(visit, "link"):
        return
    now = visit.house.universe.seconds()
    colleague = await joining.join(visit, tokens.digest(token))
    if colleague is not None or visit.refused:
        if colleague is not None:
            await invitations.forgive(visit.tx, _door(visit, "link"))
            await visit.take_up(colleague)
        return
    redeemed = await invitations.redeem(visit.tx, tokens.digest(token), visit.person.id, now)
    instrument = visit.house.shelf.get(redeemed.instrument) if redeemed else None
    if redeemed is None or instrument is None:
        # Wrong, used, expired and revoked links sound alike: nothing is told about any of them.
        visit.refuse("link")
        return
    await invitations.forgive(visit.tx, _door(visit, "link"))
    # Whoever was known by mail may have told their clock, and is this person now.
    visit.person = await people.get(visit.tx, visit.person.id) or visit.person
    if not await sessions.open_instruments(visit.tx, visit.person.id):
        await visit.speak(redeemed.language)
    await visit.take_up(instrument)


async def _may_try(visit: Visit, what: str) -> bool:
    now = visit.house.universe.seconds()
    key = _door(visit, what)
    if await invitations.may_try(visit.tx, key, now, window=WINDOW, limit=TRIES):
        return True
    visit.refuse("too_many_tries", n=WINDOW // 60)
    return False


def _door(visit: Visit, what: str) -> str:
    return f"{what}:{visit.incoming.channel}:{visit.incoming.address}"


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
    visit.pages.append("forgotten")
    visit.shows_card = False


async def carry_on(visit: Visit, code: str) -> None:
    """Take over, at this door, the person who was given the code at another one."""
    if not code:
        visit.pages.append("continue")
        return
    if not await _may_try(visit, "code"):
        return
    now = visit.house.universe.seconds()
    owner = await invitations.take_code(visit.tx, tokens.digest(tokens.code_form(code)), now)
    if owner is None:
        visit.refuse("code")
        return
    await invitations.forgive(visit.tx, _door(visit, "code"))
    await visit.become(owner)


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
    await sessions.save(visit.tx, who, moved.session, kept.revision, now=now, day=day)
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
    elif await _may_try(visit, "ask"):
        await requests.put(visit.tx, visit.person.id, said)
        visit.say("asked")


async def claim(visit: Visit, code: str) -> None:
    """Become an administrator with a code that was printed at the start, or given by an owner."""
    if not await _may_try(visit, "claim"):
        return
    now = visit.house.universe.seconds()
    role = await administrators.take_code(visit.tx, tokens.digest(tokens.code_form(code)), now)
    if role is None:
        visit.refuse("claim")
        return
    await invitations.forgive(visit.tx, _door(visit, "claim"))
    await appointments.claim(visit, role)
    visit.pages.append("admin")


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
    "code": _page("code"),
    "continue": carry_on,
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
    "claim": claim,
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
    await command(visit, argument.strip())


def stamped(visit: Visit, name: str, argument: str, stamp: str) -> bool:
    """Whether a pressed command may run: one that destroys needs its own card's stamp."""
    if (name, argument) not in CONFIRMED:
        return True
    return presses.same(stamp, presses.stamp_of(visit.person.secret, "", "", name))
