"""What was sent anonymously and waits: sealed, each under a key of its own, under random ids.

A response that appeared among the others in the moment in which somebody sent theirs would be
known by that moment. So it waits here until there are enough to be let out together, in an order
that is drawn then; letting out destroys the keys, and with them every copy of what waited.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, func, insert, select, update

from flows.session import dump_answer, load_answer
from storage import shredding
from storage.database import portions
from storage.keys import Key, KeyGone
from storage.responses import Response
from storage.sealing import SIZES, seal, unseal
from storage.tables import pool as table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from storage.database import Tx
    from storage.keys import Keys

LEAST: Final = SIZES[1]
"""Bytes that one takes up at least: with all its words, nearly every response is in this size."""
ATTACHED: Final = 0
ANONYMOUS: Final = 1
DETAILS: Final = 2

_READABLE: Final = table.c.unreadable == 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A response that waits, of one edition."""

    edition: str
    said: Response


@dataclass(frozen=True, slots=True)
class Held:
    """What waits, opened: a response, or contact details that belong to none; and under which ids
    it and its key are kept.
    """

    id: str
    key_id: str
    waiting: Waiting | None
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many wait in a round: answers with contact details attached, anonymous answers, and
    contact details that belong to no answers any more.
    """

    attached: int = 0
    anonymous: int = 0
    details: int = 0

    @property
    def answers(self) -> int:
        """How many responses that are."""
        return self.attached + self.anonymous


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
    kind = ATTACHED if said.attached else ANONYMOUS
    await _put(tx, key, (new_id, instrument, round_name), kind, form)


async def put_details(
    tx: Tx, key: Key, new_id: str, instrument: str, round_name: str, details: Mapping[str, str]
) -> None:
    """Have contact details wait on their own, under a key that seals nothing else."""
    await _put(tx, key, (new_id, instrument, round_name), DETAILS, {"details": dict(details)})


async def _put(
    tx: Tx, key: Key, at: tuple[str, str, str], kind: int, form: Mapping[str, object]
) -> None:
    new_id, instrument, round_name = at
    row = {
        "id": new_id,
        "instrument": instrument,
        "round": round_name,
        "kind": kind,
        "key_id": key.id,
        "sealed": seal(key, json.dumps(form, ensure_ascii=False), LEAST),
    }
    await tx.execute(_NEW, row)


_NEW: Final = insert(table)


async def waiting(tx: Tx) -> Mapping[tuple[str, str], Counted]:
    """How much waits in each round, by instrument and round."""
    counted = select(table.c.instrument, table.c.round, table.c.kind, func.count())
    by_kind = counted.where(_READABLE).group_by(table.c.instrument, table.c.round, table.c.kind)
    found: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for of, name, kind, count in await tx.execute(by_kind):
        found[of, name][kind] = int(count)
    return {of: _counted(kinds) for of, kinds in found.items()}


async def held_back(tx: Tx, instrument: str, round_name: str) -> int:
    """How many responses of a round wait."""
    answers = and_(_of(instrument, round_name), table.c.kind != DETAILS)
    counted = select(func.count()).select_from(table).where(answers)
    return int((await tx.execute(counted)).scalar_one())


def _counted(kinds: Mapping[int, int]) -> Counted:
    return Counted(kinds.get(ATTACHED, 0), kinds.get(ANONYMOUS, 0), kinds.get(DETAILS, 0))


async def opened(tx: Tx, keys: Keys, instrument: str, round_name: str) -> list[Held]:
    """Everything that waits in a round and was not set aside, in the order of random ids. Raises
    KeyGone.
    """
    waits = and_(_of(instrument, round_name), _READABLE)
    query = select(table.c.id, table.c.key_id, table.c.sealed).where(waits)
    rows = (await tx.execute(query.order_by(table.c.id))).all()
    there = await keys.read(each.key_id for each in rows)
    gone = next((each.key_id for each in rows if each.key_id not in there), None)
    if gone is not None:
        raise KeyGone(gone)
    return [
        _read(each.id, each.key_id, unseal(Key(each.key_id, there[each.key_id]), each.sealed))
        for each in rows
    ]


async def take(tx: Tx, keys: Keys, those: Sequence[Held]) -> None:
    """Take these out; their keys are destroyed after the commit."""
    for some in portions(those):
        await tx.execute(delete(table).where(table.c.id.in_([each.id for each in some])))
    await shredding.discard(tx, [each.key_id for each in those])
    keys.over = keys.over or bool(those)


async def give_up(tx: Tx, instrument: str, round_name: str) -> int:
    """Delete what waits in a round, with its keys after the commit; how many responses."""
    count = await held_back(tx, instrument, round_name)
    gone = await tx.execute(
        delete(table).where(_of(instrument, round_name)).returning(table.c.key_id)
    )
    await shredding.discard(tx, list(gone.scalars()))
    return count


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


def _read(number: str, key_id: str, text: str) -> Held:
    form = json.loads(text)
    if "details" in form:
        return Held(number, key_id, None, form["details"])
    answers = {item: load_answer(each) for item, each in form["answers"].items()}
    return Held(number, key_id, Waiting(form["edition"], Response(answers, form["finished"])), {})


def _of(instrument: str, round_name: str) -> ColumnElement[bool]:
    this = table.c.instrument == instrument, table.c.round == round_name
    return and_(*this, _READABLE)
