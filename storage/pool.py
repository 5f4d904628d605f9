"""What was sent anonymously and waits: sealed, each under a key of its own, under random ids.

A response that appeared among the others in the moment in which somebody sent theirs would be
known by that moment. So it waits here until there are enough to be let out together, in an order
that is drawn then; letting out destroys the keys, and with them every copy of what waited.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, func, insert, select, update

from flows.session import dump_answer, load_answer
from storage import shredding
from storage.database import lock_person, portions
from storage.keys import Key, KeyGone
from storage.responses import Response
from storage.sealing import SIZES, seal, unseal
from storage.tables import pool as table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from storage.database import Tx
    from storage.keys import Keys

LEAST: Final = SIZES[1]
"""Bytes that one takes up at least: with all its words, nearly every response is in this size."""

_READABLE: Final = table.c.unreadable == 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A response that waits, of one edition."""

    edition: str
    said: Response


async def put(
    tx: Tx, key: Key, new_id: str, instrument: str, round_name: str, waiting: Waiting
) -> None:
    """Have a response wait, under a key that seals nothing else."""
    said = waiting.said
    form = {
        "edition": waiting.edition,
        "finished": said.finished,
        "answers": {item: dump_answer(answer) for item, answer in said.answers.items()},
    }
    row = {
        "id": new_id,
        "instrument": instrument,
        "round": round_name,
        "anonymous": int(not said.attached),
        "key_id": key.id,
        "sealed": seal(key, json.dumps(form, ensure_ascii=False), LEAST),
    }
    await tx.execute(insert(table).values(**row))


async def waiting(tx: Tx) -> Mapping[tuple[str, str], tuple[int, int]]:
    """How many responses wait in each round, by instrument and round: all, and the anonymous."""
    counts = func.count(), func.coalesce(func.sum(table.c.anonymous), 0)
    grouped = select(table.c.instrument, table.c.round, *counts).where(_READABLE)
    found = await tx.execute(grouped.group_by(table.c.instrument, table.c.round))
    return {(of, name): (int(every), int(hidden)) for of, name, every, hidden in found}


async def held_back(tx: Tx, instrument: str, round_name: str) -> int:
    """How many responses of a round wait."""
    counted = select(func.count()).select_from(table).where(_of(instrument, round_name))
    return int((await tx.execute(counted)).scalar_one())


async def take_all(tx: Tx, keys: Keys, instrument: str, round_name: str) -> list[Waiting]:
    """Take out everything that waits in a round, in the order of random ids; the keys are
    destroyed after the commit. Raises KeyGone.
    """
    await lock_person(tx, f"pool:{instrument}:{round_name}")
    taken = delete(table).where(_of(instrument, round_name))
    rows = (await tx.execute(taken.returning(table.c.id, table.c.key_id, table.c.sealed))).all()
    await shredding.discard(tx, [each.key_id for each in rows])
    keys.over = keys.over or bool(rows)
    there = await keys.read(each.key_id for each in rows)
    gone = next((each.key_id for each in rows if each.key_id not in there), None)
    if gone is not None:
        raise KeyGone(gone)
    return [
        _read(unseal(Key(each.key_id, there[each.key_id]), each.sealed))
        for each in sorted(rows, key=lambda row: row.id)
    ]


async def set_aside_lost(tx: Tx, keys: Keys) -> int:
    """Set aside what waits under keys that are gone, so that the others are let out without it; how
    many.
    """
    waits = set((await tx.execute(select(table.c.key_id).where(_READABLE))).scalars())
    lost = waits - (await keys.read(waits)).keys()
    for some in portions(sorted(lost)):
        await set_aside(tx, *some)
    return len(lost)


async def set_aside(tx: Tx, *key_ids: str) -> None:
    """Set aside what cannot be opened."""
    await tx.execute(update(table).where(table.c.key_id.in_(key_ids)).values(unreadable=1))


async def look_again(tx: Tx) -> None:
    """Have what was set aside wait again, after a start: its key may have been put back."""
    await tx.execute(update(table).where(~_READABLE).values(unreadable=0))


async def unreadable(tx: Tx) -> int:
    """How many were set aside."""
    counted = select(func.count()).select_from(table).where(~_READABLE)
    return int((await tx.execute(counted)).scalar_one())


def _read(text: str) -> Waiting:
    form = json.loads(text)
    answers = {item: load_answer(each) for item, each in form["answers"].items()}
    return Waiting(form["edition"], Response(answers, form["finished"]))


def _of(instrument: str, round_name: str) -> ColumnElement[bool]:
    this = table.c.instrument == instrument, table.c.round == round_name
    return and_(*this, _READABLE)
