"""What is still to be said: to whom, of which kind, from when on; never the words.

Words are rendered when a row is sent, from what is committed then: so a row holds no answers,
what is shown is never stale, and redraws of one card that wait together are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from storage.database import portions, upsert
from storage.tables import gate, reminder
from storage.tables import outbox as table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Column, ColumnElement, Executable

    from storage.database import Tx


INTERACTIVE, REMINDERS, DIGESTS = 0, 2, 3
"""Lanes: what somebody waits for goes before what nobody waits for."""
LANES = (INTERACTIVE, REMINDERS, DIGESTS)
LEASE = 60
"""Seconds for which a claimed row is ours; after a crash it is free again."""
CLOCKS_APART = 60
"""Seconds that the clocks of two machines may differ by."""
ONCE = ("reminder", "digest")
"""Kinds that are never repeated after a call that may have arrived."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to be said now."""

    id: int
    channel: str
    address: str
    kind: str
    reference: str
    attempts: int
    lane: int


async def put(
    tx: Tx, channel: str, address: str, kind: str, reference: str, *, lane: int, now: int
) -> None:
    """Queue something for an address. A card that still waits there is replaced; one that was to
    be sent anew stays so. A file that waits there is not queued twice.
    """
    if kind == "card":
        waiting = and_(
            table.c.channel == channel,
            table.c.address == address,
            table.c.kind == "card",
            table.c.claim.is_(None),
            table.c.given_up.is_(None),
        )
        gone = await tx.execute(delete(table).where(waiting).returning(table.c.reference))
        before = [each for each in gone.scalars() if each.startswith("new")]
        if before and not reference.startswith("new"):
            reference = before[-1]
    if kind == "file" and await _waits(tx, channel, address, reference):
        return
    await tx.execute(_PUT, _row(channel, address, kind, reference, lane, now))


async def busy(tx: Tx, channel: str, doors: Collection[str]) -> set[str]:
    """Those of a channel's addresses at which something is being said, or waits, that somebody
    waits for.
    """
    found: set[str] = set()
    for some in portions(sorted(doors)):
        found.update((await tx.execute(_BUSY, {"channel": channel, "doors": some})).scalars())
    return found


async def put_claimed(
    tx: Tx, channel: str, cards: Mapping[str, str], *, now: int, claim: str
) -> list[Due]:
    """Queue cards, how each is sent by address, where nothing is ``busy``; claimed at once by
    whoever puts them, and is to say them. While the channel is held they are queued as any other,
    and nothing is claimed.
    """
    if not cards:
        return []
    held = await _is_held(tx, channel, now)
    mine = {} if held else {"claim": claim, "lease_until": now + LEASE}
    rows = [
        _row(channel, door, "card", reference, INTERACTIVE, now) | mine
        for door, reference in cards.items()
    ]
    put_ = await tx.execute(_PUT_CLAIMED, rows)
    return [] if held else [Due(*row) for row in put_]


async def _is_held(tx: Tx, channel: str, now: int) -> bool:
    return (await tx.execute(_IS_HELD, {"channel": channel, "now": now})).first() is not None


def _row(
    channel: str, address: str, kind: str, reference: str, lane: int, now: int
) -> dict[str, Any]:
    return {
        "channel": channel,
        "address": address,
        "kind": kind,
        "reference": reference,
        "lane": lane,
        "not_before": now,
        "attempts": 0,
        "claim": None,
        "lease_until": 0,
        "given_up": None,
    }


async def _waits(tx: Tx, channel: str, address: str, reference: str) -> bool:
    """Whether this file is to be sent there already: asked for twice, it comes once."""
    same = and_(
        table.c.channel == channel,
        table.c.address == address,
        table.c.kind == "file",
        table.c.reference == reference,
        table.c.claim.is_(None),  # what is in the air may show what was before
        table.c.given_up.is_(None),
    )
    return (await tx.execute(select(table.c.id).where(same).limit(1))).first() is not None


async def claim(
    tx: Tx,
    *,
    now: int,
    claim: str,
    limit: int,
    lease: int = LEASE,
    unasked: bool = False,
    mine: Collection[int] = (),
) -> list[Due]:
    """Take what is due: of each address its oldest row, unless somebody has it in hand. What
    nobody waits for is taken only where that is asked for, and holds up nothing else.

    The claim holds for ``lease`` seconds; after a crash the row is free again, except for what was
    being said once at most (``calling``).
    """
    # What nobody holds any more first: so what is free is found by its index alone. What this
    # sender itself has in hand it knows of, even where its clock has leapt ahead.
    gone = {"now": now, "mine": list(mine), "claim": None, "lease_until": 0}
    await tx.execute(_LAPSE, gone)
    due = _DUE_UNASKED if unasked else _DUE
    ids = list((await tx.execute(due, {"now": now, "most": limit})).scalars())
    if not ids:
        return []
    await tx.execute(_CLAIM, {"ids": ids, "claim": claim, "lease_until": now + lease})
    return [Due(*row) for row in await tx.execute(_CLAIMED, {"ids": ids})]


async def calling(tx: Tx, due_id: int, claim: str, until: int) -> bool:
    """What is said once at most is being said now: from here on nobody else says it, and after
    ``until`` nobody knows whether it arrived. False where the claim was lost meanwhile.
    """
    in_the_air = update(table).where(_ours(due_id, claim)).values(lease_until=-until)
    return (await tx.execute(in_the_air)).rowcount == 1


def columns() -> list[Column[Any]]:
    """The columns of what is due, in the order of its fields."""
    return [table.c[name] for name in Due.__slots__]


async def done(tx: Tx, *said: tuple[int, str]) -> None:
    """These are said, each a number and its claim; unless its claim was lost, a row goes."""
    if said:
        numbers, claims = {each for each, _ in said}, {claim for _, claim in said}
        await tx.execute(_DONE, {"ids": list(numbers), "claims": list(claims)})


async def postpone(
    tx: Tx, due_id: int, claim: str, not_before: int, *, counts: bool = True
) -> None:
    """It was not said, or may not have been: again from ``not_before`` on. An outage that meets
    everybody does not count against a row.
    """
    again = {"claim": None, "lease_until": 0, "not_before": not_before}
    attempts = table.c.attempts + int(counts)
    await tx.execute(update(table).where(_ours(due_id, claim)).values(**again, attempts=attempts))


async def give_up(tx: Tx, due_id: int, claim: str, reason: str) -> None:
    """It cannot be said; the row stays as a dead letter and holds up nobody."""
    dead = {"claim": None, "lease_until": 0, "given_up": reason}
    await tx.execute(update(table).where(_ours(due_id, claim)).values(**dead))


async def drop_address(tx: Tx, channel: str, address: str) -> None:
    """Nothing can be said at this address any more; reminders that waited there are decided."""
    there = and_(table.c.channel == channel, table.c.address == address)
    letters = select(table.c.reference).where(there, table.c.kind == "reminder")
    waiting = and_(reminder.c.id.in_(letters), reminder.c.state.in_(("queued", "hastened")))
    await tx.execute(update(reminder).where(waiting).values(state="skipped:gone"))
    await tx.execute(delete(table).where(there))


async def hold(tx: Tx, channel: str, since: int, until: int) -> None:
    """Say nothing in a whole channel from now until then, a restart notwithstanding."""
    times = {"since": since, "until": until}
    held = upsert(tx, gate).values(channel=channel, **times)
    await tx.execute(held.on_conflict_do_update(index_elements=[gate.c.channel], set_=times))


async def unasked(tx: Tx, now: int) -> int:
    """How many rows could be said now that nobody waits for; a channel that is held, and what waits
    for another day, are not among them.
    """
    waits = and_(
        table.c.lane >= REMINDERS,
        table.c.given_up.is_(None),
        table.c.not_before <= bindparam("now"),
        table.c.channel.not_in(_HELD),
    )
    return int((await tx.execute(select(func.count()).where(waits), {"now": now})).scalar_one())


async def dead(tx: Tx) -> dict[str, int]:
    """How many dead letters there are, by channel."""
    given_up = table.c.given_up.is_not(None)
    counted = select(table.c.channel, func.count()).where(given_up).group_by(table.c.channel)
    return {row[0]: row[1] for row in await tx.execute(counted)}


async def purge(tx: Tx, before: int) -> None:
    """Delete dead letters that were given up before then: nobody looks at them any more."""
    old = and_(table.c.given_up.is_not(None), table.c.not_before < before)
    await tx.execute(delete(table).where(old))


async def depth(tx: Tx) -> tuple[int, int | None]:
    """How much is still to be said, and since when the oldest of it is due."""
    counted = select(func.count(), func.min(table.c.not_before)).where(table.c.given_up.is_(None))
    rows, since = (await tx.execute(counted)).one()
    return int(rows), since


async def waits(tx: Tx, now: int) -> bool:
    """Whether something that somebody waits for is due and in nobody's hands: it comes after what
    is being said at its address.
    """
    return (await tx.execute(_WAITS, {"now": now})).first() is not None


async def next_due(tx: Tx, *, unasked: bool = True) -> int | None:
    """When the next row is due, in seconds since 1970; None when nothing waits. Without
    ``unasked``, what nobody waits for is left to others.
    """
    lanes = LANES if unasked else LANES[: LANES.index(REMINDERS)]
    moment: int | None = (await tx.execute(_next_due(lanes))).scalar_one()
    return moment


@cache
def _next_due(lanes: tuple[int, ...]) -> Executable:
    free = [
        select(func.min(table.c.not_before).label("at")).where(
            table.c.lane == lane, table.c.claim.is_(None), table.c.given_up.is_(None)
        )
        for lane in lanes
    ]
    held = select(func.min(table.c.lease_until).label("at")).where(
        table.c.claim.is_not(None), table.c.lease_until >= 0, table.c.lane.in_(lanes)
    )
    each = union_all(held, *free).subquery()
    return select(func.min(each.c.at))


_NOW = bindparam("now", type_=table.c.not_before.type)
# A hold of a clock that was ahead, and is set right since, holds no more; those of other machines
# may be ahead by a little.
_HOLDS = and_(gate.c.since <= _NOW + CLOCKS_APART, gate.c.until > _NOW)
_HELD = select(gate.c.channel).where(_HOLDS)
_IS_HELD = select(gate.c.until).where(gate.c.channel == bindparam("channel"), _HOLDS)
_BUSY = select(table.c.address).where(
    table.c.channel == bindparam("channel"),
    table.c.address.in_(bindparam("doors", expanding=True)),
    table.c.lane <= INTERACTIVE,
    table.c.given_up.is_(None),
)
_PUT = insert(table)
_PUT_CLAIMED = insert(table).returning(*columns())
_OLDER = table.alias()
_IS_HEAD = ~(
    select(_OLDER.c.id)
    .where(
        _OLDER.c.channel == table.c.channel,
        _OLDER.c.address == table.c.address,
        _OLDER.c.given_up.is_(None),
        _OLDER.c.lane <= table.c.lane,
        _OLDER.c.id < table.c.id,
    )
    .exists()
)
_IS_FREE = and_(table.c.given_up.is_(None), table.c.claim.is_(None))
_AT_ITS_TIME = and_(table.c.lane >= REMINDERS, _IS_FREE, table.c.not_before <= _NOW)
# What somebody waits for is due when it is put, whatever the clock was that put it: one that was an
# hour ahead and is set right since, or another machine's.
_WAITED_FOR = and_(
    table.c.lane < REMINDERS, _IS_FREE, or_(table.c.not_before <= _NOW, table.c.attempts == 0)
)
_DUE, _DUE_UNASKED = (
    select(table.c.id)
    .where(those, table.c.channel.not_in(_HELD), _IS_HEAD)
    .order_by(table.c.lane, table.c.not_before, table.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    for those in (_WAITED_FOR, _AT_ITS_TIME)
)
_WAITS = select(table.c.id).where(_WAITED_FOR).limit(1)
_LAPSE = update(table).where(
    table.c.claim.is_not(None),
    table.c.lease_until.between(0, _NOW),
    table.c.id.not_in(bindparam("mine", expanding=True)),
)
_THESE = table.c.id.in_(bindparam("ids", expanding=True))
_CLAIM = update(table).where(_THESE)
_CLAIMED = select(*columns()).where(_THESE).order_by(table.c.lane, table.c.id)
_DONE = delete(table).where(_THESE, table.c.claim.in_(bindparam("claims", expanding=True)))


def _ours(due_id: int, claim: str) -> ColumnElement[bool]:
    return and_(table.c.id == due_id, table.c.claim == claim)
