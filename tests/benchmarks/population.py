"""Made-up respondents, the same for the same seed: everybody answers every choice question."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flows.instrument import Choice, FreeText, Instrument
from flows.marks import Field, layout

TICKED = 0.75
"""Of a tick-all question, everybody ticks so much: 16 ticks in the ASI survey."""
REMARKS = 1 / 6
"""59 comments of 40 respondents under nine questions were printed in 2021."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One respondent: what is kept of the ticks (`flows.marks`), and texts by random ids."""

    id: str
    marks: tuple[tuple[str, str], ...]
    """Item and its marks, in order."""
    words: tuple[tuple[str, str, str, str], ...]
    """Id, item, part, text."""


def population(instrument: Instrument, number: int, seed: int) -> Iterator[Drawn]:
    draw = random.Random(seed)
    marking = [
        (field.item, _marking(field, instrument, draw)) for field in layout(instrument).fields
    ]
    speaking = [
        (item.id, "text" if isinstance(item, FreeText) else "comment")
        for item in instrument.items
        if isinstance(item, Choice | FreeText)
    ]
    for each in range(number):
        words = tuple(
            (draw.randbytes(16).hex(), item, part, f"Remark {each} of somebody, 意见, on {item}.")
            for item, part in speaking
            if draw.random() < REMARKS
        )
        marks = tuple((item, mark()) for item, mark in marking)
        yield Drawn(draw.randbytes(16).hex(), marks, words)


def _marking(field: Field, instrument: Instrument, draw: random.Random) -> Callable[[], str]:
    """What draws the marks of one question."""
    item = instrument.item(field.item)
    many = len(field.options)
    alone = ["0" * place + "1" + "0" * (many - place - 1) for place in range(many)]
    if isinstance(item, Choice) and item.at_most == 1:
        weights = range(many, 0, -1)
        return lambda: draw.choices(alone, weights)[0]

    def several() -> str:
        marks = "".join("1" if draw.random() < TICKED else "0" for _ in alone)
        return marks if "1" in marks else alone[0]

    return several
