"""What administrators see at their desk: the pages, each asked for its right before it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.fieldwork import access, figures, inviting, sure
from bot.fieldwork.contacts import HEADER, ContactsError, parse
from bot.fieldwork.desk import DESK, EXTENSIONS, HOURS
from bot.fieldwork.letters import in_words
from bot.fieldwork.telling import facts, result
from bot.reports.digest.message import problem_lines
from flows.actions import Command
from flows.card import Button, Card, Line, Phrase, Several, Words
from storage import administrators, requests, rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.fieldwork.access import Act
    from bot.house import House
    from bot.reports.digest.figures import RoundFigures
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Tx

MOST_PEOPLE = 8
"""Who ask to take part, on one page."""
MOST_PROBLEMS = 10
"""Rows of a file that are named in the chat."""
CODE_SECONDS = 3600
"""How long a code for a new administrator is good for."""
_DAYS: Final = range(1, 8)
_Rows = tuple[tuple[Button[Words], ...], ...]


@dataclass(frozen=True, slots=True)
class At:
    """Who looks at which page, and what stands behind its name."""

    house: House
    tx: Tx
    who: Administrator
    name: str
    args: list[str]


async def page(house: House, tx: Tx, channel: str, address: str, name: str) -> Card[Words]:
    """The page of this name: "admin.round.3". Raises KeyError where there is none, or none for
    whoever stands at this door.
    """
    _, *parts = name.split(".")
    who = await administrators.at_address(tx, channel, address)
    verb, args = (parts[0] if parts else ""), parts[1:]
    act, _ = DESK[args[0] if verb == "sure" and args else verb]
    if who is None or not access.may(who.role, act):
        raise KeyError(name)
    return await _PAGES[verb](At(house, tx, who, name, args))


def _do(key: str, does: str, **args: Words | int) -> Button[Words]:
    return Button(Phrase(key, args), Command("admin", does))


def _allowed(who: Administrator, *buttons: tuple[Act, Button[Words]]) -> tuple[Button[Words], ...]:
    return tuple(button for act, button in buttons if access.may(who.role, act))


async def _numbered(tx: Tx, args: list[str]) -> rounds.Kept:
    number = int(args[0]) if args and args[0].isdecimal() else -1
    return next(each for each in await rounds.every(tx) if each.id == number)


def _named(house: House, of: Round) -> dict[str, Words | int]:
    instrument = house.shelf.get(of.instrument)
    title: Words = of.instrument if instrument is None else instrument.title
    return {"title": title, "round": of.name}


async def _overview(at: At) -> Card[Words]:
    """Rounds with their response rate of today, and what is stuck."""
    there = await rounds.every(at.tx)
    standing = [(each, await figures.standing(at.tx, each.round)) for each in there]
    now = at.house.universe.now()
    shown: list[Line[Words]] = [
        Line(
            "",
            Phrase("desk_round", _named(at.house, each.round)),
            Phrase(
                "desk_phase",
                {"phase": Phrase(f"round_{each.round.phase(now)}"), "result": result(funnel)},
            ),
            "answered" if each.round.phase(now) == "closed" else "open",
            Command("admin", f"round.{each.id}"),
        )
        for each, funnel in standing
        if at.house.shelf.get(each.round.instrument) is not None
    ]
    waiting = await requests.count(at.tx)
    return Card(
        name=at.name,
        title=Phrase("desk_title"),
        paragraphs=(Phrase("desk_text", {"role": Phrase(f"role_{at.who.role}")}),),
        lines=(*shown, *problem_lines(await figures.problems(at.house, at.tx, standing))),
        buttons=(
            _allowed(
                at.who,
                ("invite", _do("desk_invite", "invite")),
                ("approve", _do("desk_people", "people", n=waiting)),
                ("rounds", _do("desk_open", "open")),
            ),
            _allowed(
                at.who,
                ("digest", _do("desk_digest", "digest")),
                ("digest", _do("desk_schedule", "schedule")),
                ("appoint", _do("desk_team", "team")),
            ),
        ),
    )


async def _round(at: At) -> Card[Words]:
    """One round: the funnel, and what can be done about it."""
    kept = await _numbered(at.tx, at.args)
    of, standing = kept.round, await figures.standing(at.tx, kept.round)
    shown = await figures.gathered(at.house, at.tx, of, standing, None)
    phase = of.phase(at.house.universe.now())
    told: list[Words] = [Phrase(f"desk_is_{phase}", {"day": in_words(of.closes or of.opens)})]
    if phase == "open" and of.closes is None:
        told = [Phrase("desk_is_open_end")]
    told.append(result(standing))
    ending = "close" if phase != "closed" else "extend"
    return Card(
        name=at.name,
        title=Phrase("desk_round", _named(at.house, of)),
        paragraphs=(*told, *_facts(shown)),
        buttons=(
            _allowed(
                at.who,
                ("remind", _do("desk_remind", f"remind.{kept.id}")),
                ("rounds", _do("desk_extend", f"extend.{kept.id}")),
            )
            if phase == "open"
            else (),
            _allowed(at.who, ("rounds", _do(f"desk_{ending}", f"{ending}.{kept.id}"))),
            _allowed(
                at.who,
                ("report", _do("desk_report", f"report.{kept.id}")),
                ("export", _do("desk_export", f"export.{kept.id}")),
            ),
            _back(),
        ),
    )


def _facts(shown: RoundFigures | None) -> tuple[Words, ...]:
    """The counts of a round, one after the other in a paragraph."""
    found = [] if shown is None else list(facts(shown))
    said = tuple(
        Phrase("desk_fact", {"label": each.label, "detail": each.detail or ""}) for each in found
    )
    return (Several(said),) if said else ()


def _back(does: str = "") -> tuple[Button[Words], ...]:
    return (_do("desk_back", does),)


async def _sure(at: At) -> Card[Words]:
    """The question before something is sent or given out, with the number of people it reaches."""
    verb, number = at.args[0], at.args[1:]
    kept = await _numbered(at.tx, number)
    secret = await sure.secret_of(at.tx, at.who)
    count = await sure.reached(at.tx, at.who, verb, kept.round)
    rows: list[tuple[Button[Words], ...]] = [_back(f"round.{kept.id}")]
    if secret is not None and (count or verb == "close"):
        now = at.house.universe.seconds()
        yes = sure.answer(secret, at.who, verb, str(kept.id), count, now)
        rows.insert(0, (_do(f"desk_{verb}_yes", yes, n=count),))
    return Card(
        name=at.name,
        title=Phrase("desk_round", _named(at.house, kept.round)),
        paragraphs=(Phrase(f"desk_{verb}_sure", {"n": count}),),
        buttons=tuple(rows),
    )


async def _done(at: At) -> Card[Words]:
    """What was done, and to how many people."""
    what, n = at.args if len(at.args) == len(("what", "n")) else ("", "")
    if what not in {"reminded", "invited"} or not n.isdecimal():
        raise KeyError(at.name)
    said = Phrase(f"desk_{what}", {"n": int(n)})
    return Card(name=at.name, title=said, buttons=(_back(),))


async def _extend(at: At) -> Card[Words]:
    kept = await _numbered(at.tx, at.args)
    days = tuple(_do("desk_extend_days", f"extend.{kept.id}.{each}", n=each) for each in EXTENSIONS)
    return Card(
        name=at.name,
        title=Phrase("desk_round", _named(at.house, kept.round)),
        paragraphs=(Phrase("desk_extend_text"),),
        buttons=(
            days,
            (_do("desk_extend_open", f"extend.{kept.id}.0"),),
            _back(f"round.{kept.id}"),
        ),
    )


async def _open(at: At) -> Card[Words]:
    today = at.house.universe.now().astimezone(at.house.manners.zone).date()
    rows: _Rows = tuple(
        (Button(each.title, Command("admin", f"open.{number}")),)
        for number, each in enumerate(at.house.shelf.instruments.values())
    )
    return Card(
        name=at.name,
        title=Phrase("desk_open"),
        paragraphs=(Phrase("desk_open_text", {"round": f"{today:%Y-%m}"}),),
        buttons=(*rows, _back()),
    )


async def _invite(at: At) -> Card[Words]:
    return Card(
        name=at.name,
        title=Phrase("desk_invite"),
        paragraphs=(Phrase("desk_invite_text", {"header": ",".join(HEADER)}),),
        buttons=(_back(),),
    )


async def _upload(at: At) -> Card[Words]:
    """What a list of contacts holds, the rows that cannot be used, and where to invite them."""
    listed = await administrators.uploaded(at.tx, at.who.id)
    if listed is None:
        return await _invite(at)
    try:
        sheet = parse(listed[1].encode(), "contacts")
    except ContactsError as error:
        return await _refused(at, str(error).partition(": ")[2])
    said = [each.partition(": ")[2] for each in (*sheet.problems, *sheet.overtaken)]
    told: list[Words] = [Phrase("desk_upload_text", {"n": len(sheet.contacts)})]
    told += said[:MOST_PROBLEMS]
    if len(said) > MOST_PROBLEMS:
        told.append(Phrase("desk_more", {"n": len(said) - MOST_PROBLEMS}))
    secret = await sure.secret_of(at.tx, at.who)
    rows: list[tuple[Button[Words], ...]] = []
    for kept in await rounds.every(at.tx):
        open_ = kept.round.phase(at.house.universe.now()) != "closed"
        if secret is None or not open_ or at.house.shelf.get(kept.round.instrument) is None:
            continue
        count = await inviting.reach(at.tx, sheet.contacts, kept.round)
        now = at.house.universe.seconds()
        for how in ("links", "letters") if at.house.mails else ("links",):
            yes = sure.answer(secret, at.who, how, str(kept.id), count, now)
            args = {**_named(at.house, kept.round), "n": count}
            rows.append((_do(f"desk_{how}_yes", yes, **args),))
    return Card(
        name=at.name,
        title=Phrase("desk_upload_title"),
        paragraphs=tuple(told),
        buttons=(*rows, _back()),
    )


async def _refused(at: At, why: str) -> Card[Words]:
    """A list that cannot be used at all."""
    asked = await _invite(at)
    return replace(asked, paragraphs=(Phrase("desk_no_contacts", {"why": why}), *asked.paragraphs))


async def _people(at: At) -> Card[Words]:
    """Who asks to take part, in their own words, and to which round they could be let in."""
    waiting = await requests.waiting(at.tx, MOST_PEOPLE)
    now = at.house.universe.now()
    there = [each for each in await rounds.every(at.tx) if each.round.phase(now) == "open"]
    rows: list[tuple[Button[Words], ...]] = []
    for number, each in enumerate(waiting, start=1):
        for kept in there:
            args = {**_named(at.house, kept.round), "n": number}
            rows.append((_do("desk_let_in", f"approve.{each.id}.{kept.id}", **args),))
        rows.append((_do("desk_turn_away", f"refuse.{each.id}", n=number),))
    return Card(
        name=at.name,
        title=Phrase("desk_people_title"),
        paragraphs=() if waiting else (Phrase("desk_people_none"),),
        lines=tuple(
            Line(str(number), each.words, None, "open", None)
            for number, each in enumerate(waiting, start=1)
        ),
        buttons=(*rows, _back()),
    )


async def _schedule(at: At) -> Card[Words]:
    weekday = Phrase(f"weekday_{min(at.who.on_day, 7)}")
    every = Phrase(f"desk_every_{at.who.every}", {"day": weekday, "n": at.who.on_day})
    said: dict[str, Words | int] = {
        "every": every,
        "hour": f"{at.who.hour}:00",
        "zone": at.who.zone,
    }
    weekdays: tuple[Button[Words], ...] = tuple(
        Button(Phrase(f"weekday_{day}"), Command("admin", f"schedule.week.{day}")) for day in _DAYS
    )
    return Card(
        name=at.name,
        title=Phrase("desk_schedule"),
        paragraphs=(Phrase("desk_schedule_text", said),),
        buttons=(
            (_do("desk_daily", "schedule.day"), _do("desk_monthly", "schedule.month.1")),
            weekdays,
            tuple(_do("desk_hour", f"schedule.hour.{hour}", n=hour) for hour in HOURS),
            (_do("desk_never", "schedule.never"),),
            _back(),
        ),
    )


async def _team(at: At) -> Card[Words]:
    """Who else works here, and codes for those who are to."""
    return Card(
        name=at.name,
        title=Phrase("desk_team"),
        paragraphs=(Phrase("desk_team_text"),),
        lines=tuple(
            Line(
                "", f"{each.channel} {each.address}", Phrase(f"role_{each.role}"), "answered", None
            )
            for each in await administrators.every(at.tx)
        ),
        buttons=(
            *((_do(f"desk_code_{role}", f"code.{role}"),) for role in access.ROLES),
            _back(),
        ),
    )


async def _code(at: At) -> Card[Words]:
    """A code for a new administrator. It is made when it is shown: only its hash is ever kept."""
    role = at.args[0] if at.args else ""
    if role not in access.ROLES:
        raise KeyError(at.name)
    code = tokens.code(at.house.universe)
    expires = at.house.universe.seconds() + CODE_SECONDS
    await administrators.put_code(at.tx, tokens.digest(code), role, expires)
    return Card(
        name=at.name,
        title=Phrase(f"desk_code_{role}"),
        paragraphs=(Phrase("desk_code_text", {"code": code, "n": CODE_SECONDS // 60}),),
        buttons=(_back("team"),),
    )


WRITING: Final = "admin.code"
"""Pages that begin so leave something behind when they are shown."""

_PAGES: Final[dict[str, Callable[[At], Awaitable[Card[Words]]]]] = {
    "": _overview,
    "round": _round,
    "sure": _sure,
    "done": _done,
    "extend": _extend,
    "open": _open,
    "invite": _invite,
    "upload": _upload,
    "people": _people,
    "schedule": _schedule,
    "team": _team,
    "code": _code,
}
