"""Pages of the desk on which something is chosen: days, contacts, people, schedules, codes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.fieldwork import access, inviting, sure
from bot.fieldwork.contacts import HEADER, ContactsError, uploaded
from bot.fieldwork.desk import CODE_SECONDS, EXTENSIONS, HOURS
from bot.fieldwork.desk_parts import At, back, do, named, numbered
from flows.actions import Command
from flows.card import Button, Card, Line, Phrase, Words
from storage import administrators, requests, rounds

if TYPE_CHECKING:
    from storage.administrators import Administrator

MOST_OF_A_DOOR = 12
"""Characters of a door that are shown: on the web it is a long number."""
MOST_PEOPLE = 8
"""Who ask to take part, on one page."""
MOST_PROBLEMS = 10
"""Rows of a file that are named in the chat."""
_DAYS: Final = range(1, 8)
_Rows = tuple[tuple[Button[Words], ...], ...]


async def extend(at: At) -> Card[Words]:
    """Until when a round goes on."""
    kept = await numbered(at, at.args)
    days = tuple(do("desk_extend_days", f"extend.{kept.id}.{each}", n=each) for each in EXTENSIONS)
    return Card(
        name=at.name,
        title=Phrase("desk_round", named(at.house, kept.round)),
        paragraphs=(Phrase("desk_extend_text"),),
        buttons=(
            days,
            (do("desk_extend_open", f"extend.{kept.id}.0"),),
            back(f"round.{kept.id}"),
        ),
    )


async def open_(at: At) -> Card[Words]:
    """Of what a new round is to be."""
    today = at.house.universe.now().astimezone(at.house.manners.zone).date()
    rows: _Rows = tuple(
        (Button(each.title, Command("admin", f"open.{number}")),)
        for number, each in enumerate(at.house.shelf.instruments.values())
    )
    return Card(
        name=at.name,
        title=Phrase("desk_open"),
        paragraphs=(Phrase("desk_open_text", {"round": f"{today:%Y-%m}"}),),
        buttons=(*rows, back()),
    )


async def invite(at: At) -> Card[Words]:
    """How a list of contacts is to look."""
    return Card(
        name=at.name,
        title=Phrase("desk_invite"),
        paragraphs=(Phrase("desk_invite_text", {"header": ",".join(HEADER)}),),
        buttons=(back(),),
    )


async def upload(at: At) -> Card[Words]:
    """What a list of contacts holds, the rows that cannot be used, and where to invite them."""
    listed = await administrators.uploaded(at.tx, at.who.id)
    if listed is None:
        return await invite(at)
    try:
        sheet = uploaded(listed[1])
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
        now = at.house.universe.seconds()
        count = await inviting.reach(at.tx, sheet.contacts, kept.round)
        for how in ("links", "letters") if at.house.mails else ("links",):
            asked = await sure.question(at.house, at.tx, at.who, how, kept, count)
            yes = sure.answer(secret, at.who, asked, now)
            args = {**named(at.house, kept.round), "n": asked.count}
            rows.append((do(f"desk_{how}_yes", yes, **args),))
    return Card(
        name=at.name,
        title=Phrase("desk_upload_title"),
        paragraphs=tuple(told),
        buttons=(*rows, back()),
    )


async def _refused(at: At, why: str) -> Card[Words]:
    """A list that cannot be used at all."""
    asked = await invite(at)
    return replace(asked, paragraphs=(Phrase("desk_no_contacts", {"why": why}), *asked.paragraphs))


async def people(at: At) -> Card[Words]:
    """Who asks to take part, in their own words, and to which round they could be let in."""
    waiting = await requests.waiting(at.tx, MOST_PEOPLE)
    now = at.house.universe.now()
    there = [each for each in await rounds.every(at.tx) if each.round.phase(now) == "open"]
    rows: list[tuple[Button[Words], ...]] = []
    for number, each in enumerate(waiting, start=1):
        for kept in there:
            args = {**named(at.house, kept.round), "n": number}
            rows.append((do("desk_let_in", f"approve.{each.id}.{kept.id}", **args),))
        rows.append((do("desk_turn_away", f"refuse.{each.id}", n=number),))
    return Card(
        name=at.name,
        title=Phrase("desk_people_title"),
        paragraphs=() if waiting else (Phrase("desk_people_none"),),
        lines=tuple(
            Line(str(number), each.words, None, "open", None)
            for number, each in enumerate(waiting, start=1)
        ),
        buttons=(*rows, back()),
    )


async def schedule(at: At) -> Card[Words]:
    """When the digest comes."""
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
            (do("desk_daily", "schedule.day"), do("desk_monthly", "schedule.month.1")),
            weekdays,
            tuple(do("desk_hour", f"schedule.hour.{hour}", n=hour) for hour in HOURS),
            (do("desk_never", "schedule.never"),),
            back(),
        ),
    )


async def team(at: At) -> Card[Words]:
    """Who else works here, and codes for those who are to."""
    return Card(
        name=at.name,
        title=Phrase("desk_team"),
        paragraphs=(Phrase("desk_team_text"),),
        lines=tuple(
            Line("", _named(each), Phrase(f"role_{each.role}"), "fact", None)
            for each in await administrators.every(at.tx)
        ),
        buttons=(
            *((do(f"desk_code_{role}", f"code.{role}"),) for role in access.ROLES),
            back(),
        ),
    )


def _named(who: Administrator) -> str:
    return f"{who.channel} {who.address[:MOST_OF_A_DOOR]}"


async def code(at: At) -> Card[Words]:
    """A code for a new administrator, to whom it was given out."""
    role, nonce = at.args if len(at.args) == len(("role", "nonce")) else ("", "")
    secret = await sure.secret_of(at.tx, at.who)
    if role not in access.ROLES or secret is None:
        raise KeyError(at.name)
    said: dict[str, Words | int] = {
        "code": tokens.derived_code(secret, nonce),
        "n": CODE_SECONDS // 60,
    }
    return Card(
        name=at.name,
        title=Phrase(f"desk_code_{role}"),
        paragraphs=(Phrase("desk_code_text", said),),
        buttons=(back("team"),),
    )
