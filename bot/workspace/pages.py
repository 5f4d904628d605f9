"""What somebody sees of their company's workspace, page by page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from bot.workspace import sending, team_pages
from bot.workspace.bench import Bench, back, do, entered, told
from bot.workspace.case import reason_words
from flows.actions import Command
from flows.card import Button, Card, Entry, Line, LineState, Phrase, Words
from flows.consistency import blocking, concerns
from flows.overview import running_score
from flows.scoring import credited, printed, score
from flows.session import NOTHING
from flows.verification import accepted, disputed
from storage import assessments, organisations, standings, verdicts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bot.house import House
    from flows.consistency import Concern
    from flows.instrument import Criterion, ScoringItem
    from flows.session import Answer
    from flows.standing import Standing
    from storage.database import Tx
    from storage.people import Participant

TOLD: Final = frozenset({"feedback", "returned", "final"})
"""States in which the company knows what was decided."""
MOST_LINES: Final = 40
"""Concerns on one page; the rest are counted."""
LONGEST_NAME: Final = 120
LONGEST_DOMAIN: Final = 253


async def page(house: House, tx: Tx, person: Participant | None, name: str) -> Card[Words]:
    """The page of this name: "work.person.3". Raises KeyError where there is no such kind."""
    _, _, rest = name.partition(".")
    verb, _, argument = rest.partition(".")
    show = _PAGES[verb]
    bench = await entered(house, tx, person)
    if bench is None:
        return Card(name=name, title=Phrase("work_title"), paragraphs=(Phrase("work_none"),))
    try:
        return await show(bench, name, argument)
    except KeyError:  # gone meanwhile, or never theirs: both sound alike
        gone = (Phrase("refused_moved_on"),)
        return Card(name="work", title=Phrase("work_title"), paragraphs=gone, buttons=(back(),))


async def standing_of(house: House, tx: Tx, person: Participant) -> list[Words]:
    """How far a company's assessment is, and what it scores: what its receipt says."""
    bench = await entered(house, tx, person)
    return [] if bench is None else await _standing(bench)


async def _standing(bench: Bench) -> list[Words]:
    checked = bench.of.state
    said: list[Words] = [
        Phrase(f"work_state_{checked}", await _about_state(bench)),
        running_score(bench.instrument, await _answers(bench)),
    ]
    if checked in TOLD:
        said.append(await _verified(bench))
    else:
        said.append(Phrase("provisional"))
    return said


async def _home(bench: Bench, name: str, _: str) -> Card[Words]:
    """The company, how far its assessment is, and what can be done next."""
    tx, of = bench.tx, bench.of
    called = await organisations.name_of(tx, bench.me.organisation)
    said: list[Words] = [
        Phrase("work_of", {"title": bench.instrument.title, "round": of.round}),
        *await _standing(bench),
    ]
    place = await standings.of(tx, of.id)
    said.append(Phrase("work_no_peers") if place is None else _overall(place))
    return Card(
        name=name,
        title=called or Phrase("work_title"),
        paragraphs=tuple(said),
        lines=tuple(await team_pages.lines(bench)),
        buttons=(
            *await _onward(bench),
            (do("work_team", "team"), do("work_sites", "sites")),
            (
                Button(Phrase("button_scorecard"), Command("scorecard")),
                do("work_pack", "pack"),
            ),
            *(((do("work_peers", "peers"),),) if place is not None else ()),
            *(((do("work_name", "name"),),) if bench.owns else ()),
            *await _other_rounds(bench),
        ),
    )


async def _other_rounds(bench: Bench) -> list[tuple[Button[Words], ...]]:
    """A press for each other round that the company took part in."""
    there = await assessments.every(bench.tx, bench.me.organisation, bench.instrument.id)
    others = [each for each in there if each.id != bench.of.id]
    return [(do("work_round", f"round.{each.id}", round=each.round),) for each in others]


async def _verified(bench: Bench) -> Phrase:
    """What the decisions so far make of the claim."""
    answers = await _answers(bench)
    decided = await told(bench.tx, bench.of)
    verified = score(bench.instrument, credited(answers, accepted(decided))).floor
    lost = score(bench.instrument, answers).floor - verified
    return Phrase("work_verified", {"verified": printed(verified), "lost": printed(lost)})


async def _about_state(bench: Bench) -> dict[str, Words | int]:
    """What there is to say of how far an assessment is: figures and days."""
    of = bench.of
    frozen = await assessments.latest(bench.tx, of.id)
    decided = await told(bench.tx, of)
    day = bench.house.day_of(of.deadline) if of.deadline is not None else ""
    return {
        "answered": sum(each.given for each in bench.answers.values()),
        "total": len(bench.instrument.criteria),
        "version": 0 if frozen is None else frozen.version,
        "digest": "" if frozen is None else frozen.digest[:12],
        "disputed": len(disputed(decided)),
        "day": day,
    }


async def _answers(bench: Bench) -> dict[str, Answer]:
    frozen = None if bench.of.state == "open" else await assessments.latest(bench.tx, bench.of.id)
    return bench.answers if frozen is None else dict(frozen.answers)


async def _onward(bench: Bench) -> tuple[tuple[Button[Words], ...], ...]:
    """What comes next, by how far the assessment is."""
    decided = await told(bench.tx, bench.of)
    take: Button[Words] = Button(
        Phrase("button_go_on"), Command("take", bench.instrument.id), primary=True
    )
    match bench.of.state:
        case "open":
            return ((take, do("work_checks", "checks")),)
        case "submitted":
            may = bench.owns and not await verdicts.of(bench.tx, bench.of.id)
            return ((do("work_reopen", "reopen"),),) if may else ()
        case "feedback":
            hand_in = (do("work_return", "handin"),) if bench.owns else ()
            return ((do("work_disputed", "disputed", primary=True), *hand_in),)
        case _:
            return ((do("work_disputed", "disputed"),),) if disputed(decided) else ()


async def _checks(bench: Bench, name: str, _: str) -> Card[Words]:
    """What is missing or contradictory, each with a press that goes there; then sending."""
    rules = bench.house.shelf.rules(bench.instrument.id)
    found = concerns(bench.instrument, rules, bench.answers)
    blocks = any(blocking(each) for each in found)
    said: list[Words] = [Phrase("work_checks_text" if found else "work_checks_none")]
    if len(found) > MOST_LINES:
        said.append(Phrase("work_checks_first", {"n": MOST_LINES, "all": len(found)}))
    if blocks:
        said.append(Phrase("work_checks_block"))
    if not bench.owns:
        said.append(Phrase("work_owner_sends"))
    may = bench.owns and bench.of.state == "open" and not blocks
    key = "work_send_all_the_same" if found else "button_send"
    send = do(key, f"send.{sending.mark(bench.claims)}", primary=not found)
    return Card(
        name=name,
        title=Phrase("work_checks"),
        paragraphs=tuple(said),
        lines=tuple(_concern(bench, each) for each in found[:MOST_LINES]),
        buttons=(*(((send,),) if may else ()), back()),
    )


def _concern(bench: Bench, each: Concern) -> Line[Words]:
    """One concern: what it is about, and what about it."""
    item = bench.instrument.item(each.item)
    rows = getattr(item, "rows", ())
    wording = next((row.wording for row in rows if row.id == each.row), None)
    about: Words = wording or (each.item if item is None else item.text)
    concern = each.kind
    said: Words = each.words or Phrase(f"concern_{concern}")
    state: LineState = "missing" if blocking(each) else "fact"
    to = f"to.{each.item}" + (f"/{each.row}" if each.row else "")
    number = each.item if item is None else item.number
    return Line(number, about, said, state, Command("work", to))


def mark_of(domain: str) -> str:
    """What a button knows a domain by: it has no room for a long one."""
    return hashlib.sha256(domain.encode()).hexdigest()[:8]


def _taken_out(domain: str) -> Command:
    return Command("work", f"unsite.{mark_of(domain)}")


async def _sites(bench: Bench, name: str, _: str) -> Card[Words]:
    """The domains that are the company's own."""
    mine = await organisations.domains(bench.tx, bench.me.organisation)
    asks = bench.me.role != "viewer"
    return Card(
        name=name,
        title=Phrase("work_sites"),
        paragraphs=(Phrase("work_sites_text"),),
        lines=tuple(
            Line("", each, None, "fact", _taken_out(each) if asks else None) for each in mine
        ),
        entry=Entry(Phrase("work_site_ask"), "", LONGEST_DOMAIN, "line") if asks else None,
        words=Command("work", "sites") if asks else None,
        buttons=(back(),),
    )


async def _name(bench: Bench, name: str, _: str) -> Card[Words]:
    """What the company is called."""
    called = await organisations.name_of(bench.tx, bench.me.organisation)
    return Card(
        name=name,
        title=Phrase("work_name"),
        paragraphs=(Phrase("work_name_text"),),
        entry=Entry(Phrase("work_name_ask"), called, LONGEST_NAME, "line"),
        words=Command("work", "name"),
        buttons=(back(),),
    )


def _overall(place: Standing) -> Phrase:
    said: dict[str, Words | int] = {
        "quartile": Phrase(f"quartile_{place.overall}"),
        "n": place.of,
    }
    return Phrase("work_standing", said)


async def _peers(bench: Bench, name: str, _: str) -> Card[Words]:
    """Where the company stands in each theme."""
    place = await standings.of(bench.tx, bench.of.id)
    if place is None:
        said: tuple[Words, ...] = (Phrase("work_no_peers"),)
        return Card(name=name, title=Phrase("work_peers"), paragraphs=said, buttons=(back(),))
    themes = {theme.id: theme for each in bench.instrument.sections for theme in each.themes}
    return Card(
        name=name,
        title=Phrase("work_peers"),
        paragraphs=(_overall(place), Phrase("work_peers_text")),
        lines=tuple(
            Line(theme, themes[theme].title, Phrase(f"quartile_{quartile}"), "fact", None)
            for theme, quartile in place.themes.items()
            if theme in themes
        ),
        buttons=(back(),),
    )


async def _disputed(bench: Bench, name: str, _: str) -> Card[Words]:
    """The rows that the researcher rejected or asks about, each with a press that goes there."""
    decided = await told(bench.tx, bench.of)
    answering = bench.of.state == "feedback"
    new = await _new(bench)
    lines: list[Line[Words]] = []
    for item, row in _rows_of(bench, disputed(decided) if bench.of.state in TOLD else ()):
        verdict = decided[row.id]
        said: dict[str, Words | int] = {
            "decision": Phrase(f"verdict_{verdict.decision}"),
            "reason": reason_words(verdict.reason),
        }
        state: LineState = "fact" if not answering else "answered" if row.id in new else "open"
        to = Command("work", f"to.{item.id}/{row.id}") if answering else None
        lines.append(Line(item.number, row.wording, Phrase("work_verdict", said), state, to))
    text = "work_feedback_text" if answering else "work_disputed_text"
    hand_in = answering and bench.owns
    return Card(
        name=name,
        title=Phrase("work_disputed"),
        paragraphs=(Phrase(text if lines else "work_disputed_none"),),
        lines=tuple(lines),
        buttons=(*(((do("work_return", "handin"),),) if hand_in else ()), back()),
    )


def _rows_of(bench: Bench, rows: Collection[str]) -> list[tuple[Criterion, ScoringItem]]:
    """These rows with their criteria, in printed order."""
    every = ((item, row) for item in bench.instrument.criteria for row in item.rows)
    return [(item, row) for item, row in every if row.id in rows]


async def _new(bench: Bench) -> set[str]:
    """The rows whose evidence is another one than what was sent."""
    sent = await assessments.latest(bench.tx, bench.of.id)
    before = {} if sent is None else sent.answers
    return {
        row
        for item, answer in bench.answers.items()
        for row in answer.chosen
        if answer.evidence.get(row) != before.get(item, NOTHING).evidence.get(row)
    }


async def _handin(bench: Bench, name: str, _: str) -> Card[Words]:
    """Asking once more before the disputed items go back to the researcher."""
    open_ = disputed(await told(bench.tx, bench.of))
    if not bench.owns or bench.of.state != "feedback":
        raise KeyError(name)
    said = {"new": len(open_ & await _new(bench)), "all": len(open_)}
    return Card(
        name=name,
        title=Phrase("work_return"),
        paragraphs=(Phrase("work_return_text", said),),
        buttons=((do("work_return_yes", "return"),), back("disputed")),
    )


_PAGES: Final[dict[str, Callable[[Bench, str, str], Awaitable[Card[Words]]]]] = {
    "": _home,
    "checks": _checks,
    "sites": _sites,
    "name": _name,
    "peers": _peers,
    "disputed": _disputed,
    "handin": _handin,
    "team": team_pages.team,
    "person": team_pages.person,
    "waiting": team_pages.waiting,
    "invite": team_pages.invite,
    "link": team_pages.link,
    "give": team_pages.give,
    "remove": team_pages.remove,
}
