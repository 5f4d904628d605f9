from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, get_args

import pytest
from babel.messages.pofile import read_po

from bot import live, presses, queueing, shelf, texts
from bot.channels import Shown, telegram_reading
from bot.channels.telegram_layout import lay_out
from bot.commands import COMMANDS
from bot.fieldwork.access import ROLES
from bot.texts import LANGUAGES, catalogue, language_for, say, template, worded
from bot.workspace.case import REASONS
from bot.workspace.link_check import State as Opened
from flows.card import Card, LineState, Phrase
from flows.consistency import Kind as ConcernKind
from flows.digesting import Every
from flows.evidence import PARTS as EVIDENCE
from flows.evidence import Problem
from flows.instrument import Instrument
from flows.ladder import STATES
from flows.rounds import Phase
from flows.screens import card
from flows.session import Wish
from flows.trail import ACTS
from flows.verification import DECISIONS
from flows.verification import STATES as CHECKED
from tests.bot.walking import sessions
from tests.bot_api_rules import formatted

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(texts.__file__).parents[1]
SOURCES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "flows").rglob("*.py")])
PAGES = sorted((ROOT / "bot").rglob("*.html"))
STOCK = shelf.read()

# What may stand in the places of a key that is put together: f"{instrument.kind}_length".
KINDS = get_args(Instrument.model_fields["kind"].annotation)
PHASES = get_args(Phase)
PARTS = {
    "instrument.kind": KINDS,
    "state or 'new'": ("new", *STATES),
    "state": ("new", *STATES),
    "found.state": STATES,
    "n": ("1", "2", "3", "4", "5"),
    "at": ("1", "2", "3", "4", "5", "6"),
    "found": get_args(Problem),
    "wanted": ("on", "off"),
    "asking": EVIDENCE,
    "each.round.phase(now)": PHASES,
    "found.round.phase(now)": PHASES,
    "of.phase": PHASES,
    "phase": PHASES,
    "at.who.role": ROLES,
    "each.role": ROLES,
    "role": ROLES,
    "step": ("invited", "opened", "begun", "finished", "declined", "out_of_reach", "expired"),
    "way": ("doors", "languages"),
    "how": ("links", "letters"),
    "verb": ("remind", "close", "export"),
    "ending": ("close", "extend"),
    "what": ("reminded", "invited"),
    "deed.act": ACTS,
    "'viewer' if me.role == 'viewer' else 'not_yours'": ("viewer", "not_yours"),
    "answer.carried": ("asked", "confirmed"),
    "name": ("claimed", "evidenced", "verified"),
    "as_what": ("editor", "viewer"),
    "in_company": ("owner", "editor", "viewer"),
    "checked": CHECKED,
    "concern": tuple(each for each in get_args(ConcernKind) if each != "contradiction"),
    "wish": get_args(Wish),
    "'on' if wish in answer.allowed else 'off'": ("on", "off"),
    "'yes' if on else 'no'": ("yes", "no"),
    "opened": ("unchecked", *get_args(Opened)),
    "usual_one": tuple(key for keys in REASONS.values() for key in keys),
    "decision": DECISIONS,
    "verdict.decision": DECISIONS,
    "place.overall": ("1", "2", "3", "4"),
    "quartile": ("1", "2", "3", "4"),
    "which": ("invitation", "reminder"),
    "_which(slot)": ("invitation", "reminder"),
    "at.who.every": get_args(Every),
    "min(at.who.on_day, 7)": tuple("1234567"),
    "day": tuple("1234567"),
    "other": ("on", "off"),
    "'on' if on else 'off'": ("on", "off"),
    "kind": (
        "voice",
        "sticker",
        "edited",
        "foreign",
        "group",
        "other",
        "not_fetched",
        "too_large",
        *telegram_reading._KINDS.values(),
    ),
}
"""Each expression in such a key, and every value it can have."""
SPELLED_ELSEWHERE = {"reason", "key", "part"}
"""Expressions whose values are collected where they are handed in."""


@dataclass
class Keys:
    """What the code asks the catalogues for."""

    asked: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    """Every word in quotes: a key that is handed on under a name stands among them."""
    unknown: set[str] = field(default_factory=set)
    """Expressions in keys of which nobody has said yet what they can be."""


def spelled(key: ast.expr) -> Iterator[str]:
    """The keys that an expression can be; none for a name, which was spelled elsewhere."""
    match key:
        case ast.Constant(str(word)):
            yield word
        case ast.IfExp(_, yes, no):
            yield from spelled(yes)
            yield from spelled(no)
        case ast.JoinedStr(pieces):
            for each in product(*map(_choices, pieces)):
                yield "".join(each)


def _choices(piece: ast.expr) -> tuple[str, ...]:
    match piece:
        case ast.Constant(str(word)):
            return (word,)
        case ast.FormattedValue(value):
            return PARTS.get(ast.unparse(value), ())
    return ()


def unknown_parts(key: ast.expr) -> set[str]:
    pieces = key.values if isinstance(key, ast.JoinedStr) else []
    parts = {ast.unparse(each.value) for each in pieces if isinstance(each, ast.FormattedValue)}
    return parts - PARTS.keys() - SPELLED_ELSEWHERE


def keys_of(tree: ast.AST) -> Keys:
    found = Keys()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(word)):
                found.named.add(word)
            case ast.JoinedStr():
                found.named.update(spelled(node))
            case ast.Call(ast.Name("Phrase" | "_go") | ast.Attribute(_, "say"), [key, *_]):
                found.asked.update(spelled(key))
                found.unknown.update(unknown_parts(key))
            case ast.Call(ast.Name("template"), [_, key, *_]):
                found.asked.update(spelled(key))
                found.unknown.update(unknown_parts(key))
            case ast.Call(ast.Attribute(_, "refuse"), [reason, *_]):
                found.asked.update(f"refused_{each}" for each in spelled(reason))
            case ast.Call(ast.Name("_refused"), [_, reason, *_]):
                found.asked.update(f"refused_{each}" for each in spelled(reason))
    return found


def asked_by_pages() -> Iterator[str]:
    for path in PAGES:
        yield from re.findall(r"""say\(\s*["'](\w+)["']\s*[,)]""", path.read_text("utf-8"))
    for state in get_args(LineState):
        if state not in {"heading", "fact"}:
            yield f"state_{state}"


def all_keys() -> Keys:
    found = Keys()
    for path in SOURCES:
        here = keys_of(ast.parse(path.read_text("utf-8")))
        found.asked |= here.asked
        found.named |= here.named
        found.unknown |= here.unknown
    found.asked |= set(asked_by_pages())
    found.asked |= {f"refused_kind_{kind}" for kind in PARTS["kind"]}
    return found


KEYS = all_keys()


def written(language: str) -> dict[str, tuple[str, ...]]:
    """Every key of a catalogue and its texts: more than one where the number decides."""
    found = {}
    for message in catalogue(language):
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string
            found[key] = (said,) if isinstance(said, str) else tuple(said)
    return found


def places(texts_: tuple[str, ...]) -> set[str]:
    return {
        name for text in texts_ for _, name, _, _ in Formatter().parse(text) if name is not None
    }


def test_every_language_says_the_same_things() -> None:
    english, *others = (written(language) for language in LANGUAGES)

    assert len(english) > 100
    for other in others:
        assert other.keys() == english.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_empty_or_said_twice(language: str) -> None:
    path = ROOT / "bot" / "locale" / f"{language}.po"
    ids = re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE)

    assert [key for key, count in Counter(ids).items() if count > 1] == []
    assert [key for key, said in written(language).items() if not all(map(str.strip, said))] == []
    assert [key for key, said in written(language).items() if not said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_one_that_gettext_tools_can_read(language: str) -> None:
    with (ROOT / "bot" / "locale" / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)

    assert str(read.locale) == language
    assert [message.id for message in read if message.fuzzy] == []


def test_every_language_fills_the_same_places() -> None:
    english = written("en")

    for language in LANGUAGES:
        said = written(language)
        different = {key for key in said if places(said[key]) != places(english[key])}
        assert different == set()


def test_every_key_that_is_put_together_says_of_what() -> None:
    assert KEYS.unknown == set(), "add to PARTS what these can be"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_code_asks_for_is_there(language: str) -> None:
    lacking = KEYS.asked - written(language).keys() - {"language_itself"}

    assert lacking == set()


def test_every_command_says_in_the_menu_what_it_does() -> None:
    shown = {key.removeprefix("command_") for key in written("en") if key.startswith("command_")}

    assert shown <= set(COMMANDS)
    assert {"start", "help", "language", "forget"} <= shown


def test_nothing_is_kept_that_nobody_says() -> None:
    commands = {f"command_{name}" for name in COMMANDS}

    assert written("en").keys() - KEYS.asked - KEYS.named - commands - page_families() == set()


def page_families() -> set[str]:
    """Pages of the web that are only a title and a paragraph: ``web_NAME_title``."""
    named = {word for word in KEYS.named if word.isidentifier()}
    return {
        f"{prefix}{name}_{part}"
        for prefix, name, part in product(("web_", ""), named, ("title", "text", "press", "field"))
    }


def test_a_key_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError, match="en: no_such_key"):
        template("en", "no_such_key")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh", "zh"),
        ("ZH", "zh"),
        ("zh-hans", "zh"),
        ("zh_CN", "zh"),
        ("zh-Hant-TW", "zh"),
        ("de", "en"),
        ("zha", "en"),
        ("", "en"),
        (None, "en"),
        ("-", "en"),
        ("🙂", "en"),
    ],
)
def test_a_clients_language_becomes_one_of_ours(tag: str | None, language: str) -> None:
    assert language_for(tag) == language


def test_a_number_decides_between_one_and_many() -> None:
    def points(n: int, language: str) -> str:
        return say(Phrase("row_points", {"n": n}), language)

    assert [points(n, "en") for n in (0, 1, 2)] == ["0 points", "1 point", "2 points"]
    assert len({points(n, "zh").replace(str(n), "") for n in (0, 1, 2)}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_participant_typed_comes_out_as_it_is(language: str) -> None:
    typed = "{number} {} %s {0.__class__} <b> 100 % 培训"

    said = say(Phrase("other_said", {"text": typed}), language)

    assert typed in said
    assert say(typed, language) == typed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key", sorted(key for key in written("en") if key.startswith("refused_") or key == "shortened")
)
def test_a_notice_is_said_again_from_what_the_outbox_keeps_of_it(key: str, language: str) -> None:
    kept = queueing.new_with([Phrase(key, {"n": 3, "numbers": "1"})])
    note = kept.removeprefix("new").removeprefix(":")

    noted = live.noted(Card(name="home", title=""), note)

    (said,) = worded(noted, language).notices
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_that_the_outbox_cannot_keep_whole_is_not_queued(language: str) -> None:
    moved = Phrase("moved_to_edition", {"edition": "2", "kept": 3, "lost": 1})

    assert queueing.new_with([moved]) == "new"
    assert say(moved, language)


WORDS = {
    "nothing special": "Energy, water and waste. ",
    "marks of HTML": "<b>&amp;</b> < & > \" ' ",
    "emoji": "👩‍👩‍👧‍👦🙂",
    "Chinese": "能源、水和废物。",
    "one long word": "x",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("instrument", STOCK.instruments.values(), ids=lambda each: each.id)
def test_every_card_fits_into_a_telegram_message(
    instrument: Instrument, language: str, words: str
) -> None:
    long = (words * 4000)[:4000]
    ends = {"", instrument.items[0].id, instrument.items[-1].id}
    for session in sessions(instrument, long):
        if session.at.screen in {"contents", "review", "paused"} and session.at.item not in ends:
            continue  # differs in where one button leads
        message = lay_out(Shown(worded(card(instrument, session), language), "01234567", language))

        seen, _ = formatted(message.text, "HTML")
        where = presses.code_of_place(session.at)
        assert 0 < len(seen.encode("utf-16-le")) // 2 <= 4096, where
        keys = [key for row in message.keyboard for key in row]
        assert 0 < len(keys) <= 100, where
        assert all(0 < len(data.encode()) <= 64 for _, data in keys), where
        assert all(label.strip() for label, _ in keys), where
