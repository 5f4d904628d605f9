"""The cards around the interview: front page, help, privacy, one's own data, the receipt."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.house import House, under_way
from bot.taking_part import part
from bot.texts import LANGUAGES
from bot.workspace.pages import standing_of
from flows.actions import Command
from flows.buttons import language_buttons, scorecard_row
from flows.card import Button, Card, Line, LineState, Phrase, Several, Words
from flows.navigation import relevant
from flows.overview import overview
from storage import (
    assessments,
    contacts,
    invitations,
    organisations,
    people,
    requests,
    sessions,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.taking_part import Part
    from flows.instrument import Instrument
    from storage.assessments import Frozen
    from storage.database import Tx
    from storage.people import Participant

CODE_SECONDS = 600
"""How long a code to continue at another door is good for."""


def _foot() -> tuple[Button[Words], ...]:
    return (
        Button(Phrase("button_help"), Command("help")),
        Button(Phrase("button_privacy"), Command("privacy")),
        *language_buttons(LANGUAGES),
    )


async def home(house: House, tx: Tx, person: Participant | None) -> Card[Words]:
    """The front page: what can be answered here, and how far one is with it."""
    lines: list[Line[Words]] = []
    for number, each in enumerate(house.shelf.instruments.values(), start=1):
        found = await part(house, tx, person.id if person else "", each.id)
        if found is not None:
            lines.append(_offered(house, number, each, found))
    told: list[Words] = [Phrase("home_text" if lines else "home_needs_link")]
    go_on: list[Button[Words]] = [Button(Phrase("button_continue"), Command("continue"))]
    if not lines:
        waits = person is not None and await requests.has_asked(tx, person.id)
        told += [Phrase("asked")] if waits else []
        go_on.append(Button(Phrase("button_ask"), Command("ask")))
    return Card(
        name="home",
        title=Phrase("home_title"),
        paragraphs=tuple(told),
        lines=tuple(lines),
        buttons=(tuple(go_on), _foot()),
    )


def _offered(house: House, number: int, instrument: Instrument, found: Part) -> Line[Words]:
    """One instrument on the front page: it can be taken up while its round is open."""
    now = house.universe.now()
    may = found.done or found.round.takes_answers(now)
    state = found.state or "new"
    return Line(
        number=str(number),
        label=instrument.title,
        detail=Phrase(f"state_of_{state}" if may else f"round_{found.round.phase(now)}"),
        state="answered" if found.done else "open",
        action=Command("take", instrument.id) if may else None,
    )


async def sent(house: House, tx: Tx, person: Participant, instrument: Instrument) -> Card[Words]:
    """The receipt: what happened to the answers, and for a benchmark the score."""
    paragraphs: list[Words] = [Phrase(f"{instrument.kind}_sent")]
    scores = scorecard_row(instrument)
    if instrument.kind == "benchmark":
        paragraphs += await standing_of(house, tx, person)
    return Card(
        name="sent",
        title=Phrase("sent_title", {"title": instrument.title}),
        paragraphs=tuple(paragraphs),
        buttons=(
            *scores,
            *(((Button(Phrase("button_work"), Command("work")),),) if scores else ()),
            (Button(Phrase("button_home"), Command("home")),),
            _foot(),
        ),
    )


async def _frozen(tx: Tx, person: Participant, instrument: Instrument) -> Frozen | None:
    """What this person's company sent last."""
    me = await organisations.of_person(tx, person.id)
    of = me and await assessments.newest(tx, me.organisation, instrument.id)
    return await assessments.latest(tx, of.id) if of else None


async def _status(house: House, tx: Tx, person: Participant | None) -> Card[Words]:
    """How far one is, instrument by instrument."""
    lines: list[Line[Words]] = []
    for each in house.shelf.instruments.values():
        found = await part(house, tx, person.id, each.id) if person is not None else None
        if person is None or found is None or found.state is None:
            continue
        detail = Phrase(f"state_of_{found.state}")
        kept = await sessions.load(tx, house.keys, person.id, each.id)
        if kept is not None:
            pinned = await house.shelf.edition(tx, each.id, kept.session.edition)
            shown = relevant(pinned, kept.session.answers)
            given = sum(kept.session.answer(item.id).given for item in shown)
            detail = Phrase("answered_n_of_m", {"n": given, "m": len(shown)})
        done: LineState = "answered" if found.done else "open"
        lines.append(Line("", each.title, detail, done, Command("take", each.id)))
    return Card(
        name="status",
        title=Phrase("status_title"),
        paragraphs=() if lines else (Phrase("status_nothing"),),
        lines=tuple(lines),
    )


async def _mydata(house: House, tx: Tx, person: Participant | None) -> Card[Words]:
    """Everything that is kept under this person's name, answers under way included."""
    lines: list[Line[Words]] = []
    if person is not None:
        doors = tuple(channel for channel, _ in await people.addresses(tx, person.id))
        spoken = Phrase("language_itself", {"tag": person.language})
        lines.append(_fact("mydata_language", spoken))
        lines.append(_fact("mydata_doors", Several(doors)))
        contact = await contacts.of(tx, person.id)
        if contact is not None:
            known = (contact.name, contact.company, contact.email, contact.certification)
            lines.append(_fact("mydata_contact", Several(tuple(filter(None, known)))))
        if person.zone is not None:
            lines.append(_fact("timezone_title", person.zone))
        wish = Phrase("reminders_off" if person.no_reminders else "reminders_on")
        lines.append(_fact("reminders_title", wish))
        for each in house.shelf.instruments.values():
            lines.extend(await _of_instrument(house, tx, person, each))
    return Card(
        name="mydata",
        title=Phrase("mydata_title"),
        paragraphs=(Phrase("mydata_text"), *(() if lines else (Phrase("mydata_nothing"),))),
        lines=tuple(lines),
        buttons=((Button(Phrase("button_forget"), Command("forget")),),),
    )


def _fact(key: str, detail: Words) -> Line[Words]:
    return Line("", Phrase(key), detail, "fact", None)


async def _of_instrument(
    house: House, tx: Tx, person: Participant, instrument: Instrument
) -> list[Line[Words]]:
    """What is kept of one instrument: that one takes part, and the answers that are one's own."""
    found = await part(house, tx, person.id, instrument.id)
    if found is None or found.state is None:
        return []
    heading: Line[Words] = Line("", instrument.title, None, "heading", None)
    lines = [heading, _fact("mydata_state", Phrase(f"state_of_{found.state}"))]
    kept = await sessions.load(tx, house.keys, person.id, instrument.id)
    frozen = await _frozen(tx, person, instrument)
    for edition, answers in (
        *(((kept.session.edition, kept.session.answers),) if kept else ()),
        *(((frozen.edition, frozen.answers),) if frozen and not kept else ()),
    ):
        pinned = await house.shelf.edition(tx, instrument.id, edition)
        lines.extend(overview(pinned, answers, pressable=False))
    return lines


async def _reminders(_: House, __: Tx, person: Participant | None) -> Card[Words]:
    """Whether one is reminded, and the other choice."""
    on = person is None or not person.no_reminders
    other = "off" if on else "on"
    return Card(
        name="reminders",
        title=Phrase("reminders_title"),
        paragraphs=(Phrase(f"reminders_{'on' if on else 'off'}"),),
        buttons=((Button(Phrase(f"button_reminders_{other}"), Command("reminders", other)),),),
    )


async def _timezone(house: House, _: Tx, person: Participant | None) -> Card[Words]:
    """By which clock one is written to."""
    zone = person.zone if person is not None and person.zone else str(house.manners.zone)
    return Card(
        name="timezone",
        title=Phrase("timezone_title"),
        paragraphs=(Phrase("timezone_is", {"zone": zone}), Phrase("timezone_text")),
    )


async def _privacy(house: House, _: Tx, __: Participant | None) -> Card[Words]:
    """What is kept, and what is not: what holds here, and what does not."""
    batch = {"n": house.manners.batch}
    return Card(
        name="privacy",
        title=Phrase("privacy_title"),
        paragraphs=tuple(Phrase(f"privacy_{at}", {**batch}) for at in range(1, 7)),
        buttons=(
            (
                Button(Phrase("button_mydata"), Command("mydata")),
                Button(Phrase("button_forget"), Command("forget")),
            ),
        ),
    )


async def _code(house: House, tx: Tx, person: Participant | None) -> Card[Words]:
    """Where a code for another door is made, by a press: looking here voids no code."""
    if person is None or await under_way(house, tx, person) is None:
        return Card(name="code", title=Phrase("code_title"), paragraphs=(Phrase("code_nothing"),))
    return Card(
        name="code",
        title=Phrase("code_title"),
        paragraphs=(Phrase("code_text", {"n": CODE_SECONDS // 60}),),
        buttons=((Button(Phrase("button_code_make"), Command("code"), primary=True),),),
    )


async def _given_code(house: House, tx: Tx, person: Participant | None, nonce: str) -> Card[Words]:
    """A code that was made, as long as it is good. It is derived: only its hash is ever kept."""
    code = tokens.derived_code(person.secret, nonce) if person is not None else ""
    now = house.universe.seconds()
    until = await invitations.good_until(tx, tokens.digest(code), now) if code else None
    if until is None:
        return await _code(house, tx, person)
    return Card(
        name=f"code.{nonce}",
        title=Phrase("code_title"),
        paragraphs=(
            Phrase("code_is", {"code": code, "n": ceil((until - now) / 60)}),
            Phrase("code_use", {"url": house.web_url or "-"}),
        ),
    )


_PLAIN: Final[dict[str, Card[Words]]] = {
    "help": Card(
        name="help",
        title=Phrase("help_title"),
        paragraphs=tuple(Phrase(f"help_{n}") for n in range(1, 6)),
        buttons=(_foot(),),
    ),
    "language": Card(
        name="language",
        title=Phrase("language_title"),
        buttons=(language_buttons(LANGUAGES),),
    ),
    "forget": Card(
        name="forget",
        title=Phrase("forget_title"),
        paragraphs=(Phrase("forget_text"),),
        buttons=((Button(Phrase("button_forget_yes"), Command("forget", "yes")),),),
    ),
    "forgotten": Card(
        name="forgotten", title=Phrase("forgotten_title"), paragraphs=(Phrase("forgotten_text"),)
    ),
    "ask": Card(
        name="ask", title=Phrase("ask_title"), paragraphs=(Phrase("ask_text"), Phrase("ask_how"))
    ),
    "continue": Card(
        name="continue", title=Phrase("continue_title"), paragraphs=(Phrase("continue_text"),)
    ),
}
_BUILT: Final[dict[str, Callable[[House, Tx, Participant | None], Awaitable[Card[Words]]]]] = {
    "home": home,
    "status": _status,
    "mydata": _mydata,
    "privacy": _privacy,
    "code": _code,
    "reminders": _reminders,
    "timezone": _timezone,
}


async def page(house: House, tx: Tx, person: Participant | None, name: str) -> Card[Words]:
    """The page of this name. Raises KeyError for one that there is not."""
    if name.startswith("code."):
        return await _given_code(house, tx, person, name.removeprefix("code."))
    if name in _PLAIN:
        return _PLAIN[name]
    return await _BUILT[name](house, tx, person)
