"""What administrators see at their desk: the pages, each asked for its right before it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.fieldwork import access, desk_forms, digests, figures, sure
from bot.fieldwork.desk import DESK
from bot.fieldwork.desk_parts import At, allowed, back, do, is_number, named, numbered
from bot.fieldwork.telling import facts, result
from bot.reports.digest.message import problem_lines
from bot.texts import in_words
from bot.workspace import case_pages
from flows.actions import Command
from flows.card import Button, Card, Line, Phrase, Words
from storage import administrators, mixing, requests, rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.house import House
    from storage.database import Tx


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


async def _overview(at: At) -> Card[Words]:
    """Rounds with their response rate of today, and what is stuck."""
    there = await rounds.every(at.tx)
    standing = [(each, await figures.standing(at.house, at.tx, each.round)) for each in there]
    now = at.house.universe.now()
    shown: list[Line[Words]] = [
        Line(
            "",
            Phrase("desk_round", named(at.house, each.round)),
            Phrase(
                "desk_phase",
                {"phase": Phrase(f"round_{each.round.phase(now)}"), "result": result(funnel)},
            ),
            "fact",
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
            allowed(
                at.who,
                ("invite", do("desk_invite", "invite")),
                ("approve", do("desk_people", "people", n=waiting)),
                ("rounds", do("desk_open", "open")),
            ),
            allowed(at.who, ("verify", do("desk_checking", "checking"))),
            allowed(
                at.who,
                ("digest", do("desk_digest", "digest")),
                ("digest", do("desk_schedule", "schedule")),
                ("appoint", do("desk_team", "team")),
            ),
        ),
    )


async def _round(at: At) -> Card[Words]:
    """One round: the funnel, and what can be done about it."""
    kept = await numbered(at, at.args)
    of, standing = kept.round, await figures.standing(at.house, at.tx, kept.round)
    shown = await figures.gathered(at.house, at.tx, of, standing, None)
    phase = of.phase(at.house.universe.now())
    told: list[Words] = [Phrase(f"desk_is_{phase}", {"day": in_words(of.closes or of.opens)})]
    if phase == "open" and of.closes is None:
        told = [Phrase("desk_is_open_end")]
    told.append(result(standing))
    final = (await mixing.of(at.tx, of.instrument, of.name)).final
    if final:
        told.append(Phrase("refused_desk_final"))
    longer: tuple[tuple[access.Act, Button[Words]], ...] = (
        () if final else (("rounds", do("desk_extend", f"extend.{kept.id}")),)
    )
    closing: tuple[access.Act, Button[Words]] = ("rounds", do("desk_close", f"close.{kept.id}"))
    export: tuple[access.Act, Button[Words]] = "export", do("desk_export", f"export.{kept.id}")
    instrument = at.house.shelf.get(of.instrument)
    ranks = instrument is not None and instrument.kind == "benchmark"
    may = instrument is not None and access.may_export(at.who.role, instrument.kind)
    exporting = (export,) if may else ()
    return Card(
        name=at.name,
        title=Phrase("desk_round", named(at.house, of)),
        paragraphs=tuple(told),
        lines=() if shown is None else tuple(facts(shown)),
        buttons=(
            allowed(
                at.who,
                ("remind", do("desk_remind", f"remind.{kept.id}")),
                *longer,
            )
            if phase == "open"
            else (),
            allowed(at.who, *((closing,) if phase != "closed" else longer)),
            allowed(
                at.who,
                ("report", do("desk_report", f"report.{kept.id}")),
                *exporting,
                *((("scores", do("desk_ranking", f"ranking.{kept.id}")),) if ranks else ()),
            ),
            back(),
        ),
    )


async def _sure(at: At) -> Card[Words]:
    """The question before something is sent or given out, with the number of people it reaches."""
    verb, number = at.args[0], at.args[1:]
    kept = await numbered(at, number)
    secret = await sure.secret_of(at.tx, at.who)
    asked = await sure.question(at.house, at.tx, at.who, verb, kept)
    count = asked.count
    rows: list[tuple[Button[Words], ...]] = [back(f"round.{kept.id}")]
    if secret is not None and (count or verb == "close"):
        now = at.house.universe.seconds()
        yes = sure.answer(secret, at.who, asked, now)
        rows.insert(0, (do(f"desk_{verb}_yes", yes, n=count),))
    return Card(
        name=at.name,
        title=Phrase("desk_round", named(at.house, kept.round)),
        paragraphs=(Phrase(f"desk_{verb}_sure", {"n": count}),),
        buttons=tuple(rows),
    )


async def _done(at: At) -> Card[Words]:
    """What was done, and to how many people."""
    what, n = at.args if len(at.args) == len(("what", "n")) else ("", "")
    if what not in {"reminded", "invited"} or not is_number(n):
        raise KeyError(at.name)
    said = Phrase(f"desk_{what}", {"n": int(n)})
    return Card(name=at.name, title=said, buttons=(back(),))


async def _now(at: At) -> Card[Words]:
    """The digest of now, for whom nothing can be sent to."""
    said = await digests.of_now(at.house, at.tx, scores=access.may(at.who.role, "scores"))
    return replace(said, name=at.name, buttons=(back(),))


_PAGES: Final[dict[str, Callable[[At], Awaitable[Card[Words]]]]] = {
    "": _overview,
    "round": _round,
    "sure": _sure,
    "done": _done,
    "now": _now,
    "extend": desk_forms.extend,
    "open": desk_forms.open_,
    "invite": desk_forms.invite,
    "upload": desk_forms.upload,
    "people": desk_forms.people,
    "schedule": desk_forms.schedule,
    "team": desk_forms.team,
    "code": desk_forms.code,
    "checking": case_pages.checking,
    "case": case_pages.case,
    "why": case_pages.why,
    "surely": case_pages.surely,
    "ranking": case_pages.ranking,
}
