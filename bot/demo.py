"""The product on a throw-away database with sample people: no token, no network, no traces."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
import tempfile
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import doors, presses
from bot.channels import Asked, Incoming, Pressed, Typed
from bot.fieldwork import appointments, digests, fielding, inviting
from bot.settings import Access, DatabasePart, Mail, Reminders, Settings, Web
from flows.actions import Command, Submit
from storage import administrators, invitations, organisations, people, rounds, schema
from storage.contacts import Contact

if TYPE_CHECKING:
    from bot.app import App
    from bot.channels import Shown
    from flows.card import Card

SURVEY = "asi-certification-survey-2021"
BENCHMARK = "rscb-2014"

_INVITED = {
    SURVEY: Contact("Mei Lin", "Sample Extrusions", "mei.lin@example.org", "en", "CERT-1", ""),
    BENCHMARK: Contact("Jan de Vries", "Sample Retail", "jan@example.org", "en", "", ""),
}
_SAMPLES = {SURVEY: 9, BENCHMARK: 3}
"""How many sample people answer each; every third of them stops half way."""
_COMPANIES = ("Sample Foods", "Sample Textiles", "Sample Electronics")
_WORDS = "This is a sample answer, made up by the demo."
_SECRETARIAT = "secretariat@example.org"
_STEPS = 400
"""More presses than the longest walk needs."""


async def run(port: int) -> None:
    """Print the addresses, and stay until stopped."""
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as folder:
        letters = Path(folder) / "letters"
        settings = Settings(
            web=Web(port=_free_port(port)),
            database=DatabasePart(url=f"sqlite:///{Path(folder) / 'demo.sqlite3'}"),
            access=Access(mode="open"),
            mail=Mail(folder=str(letters), sender="Assay <assay@example.org>"),
            reminders=Reminders(zone=_where_it_is_noon()),
        )
        schema.upgrade(settings.database.url)
        await doors.run(settings, ready=partial(_welcome, letters=letters))


def _where_it_is_noon() -> str:
    """A time zone in which it is day whenever the demo is tried: nobody is reminded at night."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def _free_port(wanted: int) -> int:
    """The wanted port, or one of the twenty after it that nobody listens on."""
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return 0


async def _welcome(app: App, letters: Path) -> None:
    links = {each: await _link(app, each) for each in _INVITED}
    code = await appointments.first_code(app.database, app.universe)
    sys.stdout.write(
        f"""
Assay is running with sample people; everything is thrown away when it stops (Ctrl-C).

  Front page               {app.settings.public_url}/
  A certified member       {links[SURVEY]}
  A company                {links[BENCHMARK]}
  In Chinese (中文)        {app.settings.public_url}/?language=zh
  Administration           {app.settings.public_url}/desk/{code}

At a terminal, with a database of its own: .venv/bin/assay chat {SURVEY}
Within a minute a reminder and a digest go out by mail; here they are shown below.
"""
    )
    sys.stdout.flush()
    await fill(app, random.Random(2021))  # noqa: S311 - sample people, no secrets
    await fieldwork(app)
    await _show(letters)


async def fieldwork(app: App) -> None:
    """Remind those who were invited and have not come, and make a digest for the secretariat:
    both go out with the next beat of the heart.
    """
    async with app.database.writing() as tx:
        for each in await rounds.every(tx):
            await fielding.remind(app.house, tx, each.round)
        await appointments.appoint(tx, app.settings, "mail", _SECRETARIAT, "owner", origin="code")
        who = await administrators.at_address(tx, "mail", _SECRETARIAT)
        if who is not None:
            await digests.make(app.house, tx, who, f"now:{app.universe.seconds()}")
    app.conversation.wake()


async def _show(letters: Path) -> None:
    """Print every letter that leaves."""
    shown: set[Path] = set()
    while True:
        for path in _new(letters, shown):
            shown.add(path)
            sys.stdout.write(_as_text(path))
            sys.stdout.flush()
        await asyncio.sleep(1)


def _new(letters: Path, shown: set[Path]) -> list[Path]:
    return sorted(set(letters.glob("*.eml")) - shown)


def _as_text(path: Path) -> str:
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = letter.get_body(("plain",))
    said = body.get_content().strip() if body is not None else ""
    indented = "\n".join(f"  | {line}" for line in said.splitlines())
    return f"\nA letter to {letter['To']}: {letter['Subject']}\n{indented}\n"


async def _link(app: App, instrument: str) -> str:
    async with app.database.writing() as tx:
        of = await rounds.get(tx, instrument, rounds.ALWAYS) or rounds.always(instrument)
        listed = [_INVITED[instrument]]
        done = await inviting.invite(app.house, tx, listed, of, letters=False)
        (invitation,) = (await invitations.of_batch(tx, done.batch)).values()
        _, link = await inviting.new_link(app.house, tx, invitation)
    return link


async def fill(app: App, chance: random.Random) -> None:
    """Let the sample people answer through the same conversation as everybody."""
    for instrument, count in _SAMPLES.items():
        for number in range(count):
            address = f"sample-{instrument}-{number}"
            await _walk(app, address, instrument, chance, whole=number % 3 != 0)
            await _call(app, address, _COMPANIES[number % len(_COMPANIES)])
            await asyncio.sleep(0)


async def _call(app: App, address: str, company: str) -> None:
    """Name the company of a sample person, if they have one: a digest tells them apart by it."""
    async with app.database.writing() as tx:
        person = await people.at_address(tx, "sample", address)
        me = None if person is None else await organisations.of_person(tx, person.id)
        if me is not None:
            await organisations.rename(tx, me.organisation, company)


async def _walk(
    app: App, address: str, instrument: str, chance: random.Random, *, whole: bool
) -> None:
    talk = app.conversation
    said: Asked | Pressed | Typed = Asked(Command("take", instrument))
    steps = _STEPS if whole else chance.randrange(6, 20)
    for _ in range(steps):
        (outcome,) = await talk.take([Incoming("sample", address, said)])
        shown = await talk.current("sample", address)
        if shown.card.name == "sent":
            return
        checks = next(
            (page.card for page in outcome.pages if page.card.name == "work.checks"), None
        )
        said = _next(shown, chance) if checks is None else Pressed(_sending(checks), "")


def _next(shown: Shown, chance: random.Random) -> Pressed | Typed:
    """What a sample person does with a card: tick something new, or go on."""
    card = shown.card
    if card.entry is not None and not card.entry.value and card.name == "other":
        return Typed(_WORDS, at=card.place, stamp=shown.stamp)
    unticked = [row for row in card.rows if not row.marked]
    ticked = len(card.rows) - len(unticked)
    if unticked and (ticked == 0 or (not card.one and chance.random() < 1 / (ticked + 1) ** 2)):
        action = chance.choice(unticked).action
        return Pressed(presses.code_of(action), shown.stamp, card.place)
    return Pressed(_onward(card), shown.stamp, card.place)


def _sending(checks: Card[str]) -> str:
    """The button that sends all the same, whatever the checks found."""
    every = [button for group in checks.buttons for button in group]
    commands = [each.action for each in every if isinstance(each.action, Command)]
    return presses.code_of(next(each for each in commands if each.argument.startswith("send.")))


def _onward(card: Card[str]) -> str:
    """The button that leads on: the primary one, or the last of the row with "back"."""
    groups = [group for group in card.buttons if group]
    every = [button for group in groups for button in group]
    send = next((button for button in every if isinstance(button.action, Submit)), None)
    chosen = send or next((button for button in every if button.primary), None)
    return presses.code_of((chosen or groups[-2][-1]).action)
