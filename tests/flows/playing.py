"""A small language for tests of the core: which instrument, where, and what is done there."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from flows import advance, begin, loader, missing
from flows.actions import Action, Go, Refused, Tick, Turn
from flows.exclusion import clash
from flows.instrument import Choice, Criterion, Instrument
from flows.navigation import item_place
from flows.session import Session

ASI_ID, RSCB_ID = "asi-certification-survey-2021", "rscb-2014"
IN_TESTS = Path(__file__).parents[1] / "instruments"
INSTALLED = resources.files("flows") / "instruments"


def files(instrument_id: str) -> dict[str, str]:
    """The texts of an instrument's folder, wherever it is."""
    folder = INSTALLED / instrument_id
    if not folder.is_dir():
        folder = IN_TESTS / instrument_id
    return {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.is_file()}


@cache
def installed(instrument_id: str) -> Instrument:
    loaded = loader.load(instrument_id, files(instrument_id))
    assert loaded.instrument is not None, loaded.findings
    return loaded.instrument


ASI, RSCB = installed(ASI_ID), installed(RSCB_ID)
TEA, KITCHEN = installed("tea-break"), installed("tea-kitchen")
ALL = (ASI, RSCB, TEA, KITCHEN)


def edited(
    instrument_id: str, *edits: tuple[str, str], file: str = "instrument.toml"
) -> dict[str, str]:
    """The texts of an instrument with words replaced: the first place of each, which must exist."""
    texts = files(instrument_id)
    for old, new in edits:
        assert old in texts[file], old
        texts[file] = texts[file].replace(old, new, 1)
    return texts


def another(instrument_id: str, *edits: tuple[str, str]) -> Instrument:
    """The instrument with words of its file replaced; translations may be lacking."""
    loaded = loader.load(instrument_id, edited(instrument_id, *edits))
    assert loaded.instrument is not None, loaded.findings
    return loaded.instrument


def without(instrument_id: str, *rows_or_items: str) -> Instrument:
    """The instrument without these items or rows."""
    texts = files(instrument_id)
    for id_ in rows_or_items:
        blocks = re.split(r"(?=^\[\[)", texts["instrument.toml"], flags=re.MULTILINE)
        start = next(n for n, block in enumerate(blocks) if f'\nid = "{id_}"\n' in block)
        depth = blocks[start].split("]]")[0].count(".")
        end = start + 1
        while end < len(blocks) and blocks[end].split("]]")[0].count(".") > depth:
            end += 1
        texts["instrument.toml"] = "".join(blocks[:start] + blocks[end:])
    loaded = loader.load(instrument_id, texts)
    assert loaded.instrument is not None, loaded.findings
    return loaded.instrument


def play(
    instrument: Instrument,
    *actions: Action,
    at: str = "",
    tick: tuple[str, ...] | list[str] = (),
    session: Session | None = None,
) -> Turn:
    """Go to an item, tick rows there, then do the rest; the last turn, with no refusal before."""
    ticks = [Tick(at, row, on=True) for row in tick]
    goes = [Go(item_place(at))] if at else []
    turn = Turn(session or begin(instrument))
    for action in (*goes, *ticks, *actions):
        assert not refused(turn), turn.events
        turn = advance(instrument, turn.session, action)
    return turn


def refused(turn: Turn) -> str:
    """Why a turn refused, or nothing."""
    return next((event.reason for event in turn.events if isinstance(event, Refused)), "")


def clashes(instrument: Instrument, session: Session) -> list[str]:
    """The items whose ticked rows exclude each other, or are more than may be ticked."""
    wrong = []
    for item in instrument.items:
        chosen = session.answer(item.id).chosen
        if not isinstance(item, (Choice, Criterion)):
            continue
        rows = [row for row in item.rows if row.id in chosen]
        too_many = isinstance(item, Choice) and item.at_most and len(rows) > item.at_most
        if too_many or any(clash(one, other) for one in rows for other in rows):
            wrong.append(item.id)
    return wrong


def numbers(text: str) -> Mapping[str, int]:
    """A table printed in a document, such as "1.1 2, 1.2 2": criterion to points."""
    pairs: Iterator[list[str]] = (each.split() for each in text.replace(".\n", ",").split(","))
    return {pair[0]: int(pair[1]) for pair in pairs if pair}


def lacking(instrument: Instrument, session: Session) -> set[str]:
    return {each.item for each in missing(instrument, session.answers)}
