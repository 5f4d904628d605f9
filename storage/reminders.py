"""Slots: letters that may fall due, one row for a person, a round and a number, decided once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sqlalchemy import and_, case, func, select, update

from storage.database import portions, upsert_in
from storage.people import MAIL
from storage.tables import address, participant, participation, session
from storage.tables import reminder as table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Executable, ScalarSelect, Select

    from flows.ladder import State
    from flows.reminding import Skipped
    from storage.database import Tx

INVITATION = 0
"""The number of the letter that invites; reminders are numbered from 1."""

Fate: TypeAlias = Literal[
    "queued",
    "hastened",
    "sent",
    "unknown",
    "skipped:state",
    "skipped:stopped",
    "skipped:closed",
    "skipped:late",
    "skipped:gone",
]
"""What was decided: it waits to be sent, or does so because an administrator wants it now
("hastened"); it was; it may have been, and is not sent again; it is
not sent, and why ("gone": the door was shut when it came).
"""
SKIPPED: Mapping[Skipped, Fate] = {
    "state": "skipped:state",
    "stopped": "skipped:stopped",
    "closed": "skipped:closed",
    "late": "skipped:late",
}
QUEUED: tuple[Fate, ...] = ("queued", "hastened")
_UNDECIDED = ("waiting", "asked")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot, and what is known about the person when it is looked at."""

    id: str
    participant_id: str
    instrument: str
    round: str
    number: int
    due_at: int
    fate: str
    """"waiting", "asked" (an administrator wants it now), or what was decided."""
    state: State
    language: str
    zone: str | None
    no_reminders: int
    written_at: int | None
    seen_on: int | None
    """The last day with a sign of life; None without a draft."""
    following: int | None
    """When the next slot that is not decided falls due."""
    queued: int
    """How many letters wait to be sent to this person."""
    chat: str | None
    mail: str | None


async def plan(
    tx: Tx,
    participant_id: str,
    instrument: str,
    round_name: str,
    due: Mapping[int, int],
    new_id: Callable[[], str],
) -> None:
    """Have slots: number -> when it falls due. Those that are there stay as they are."""
    await plan_all(tx, instrument, round_name, {participant_id: due}, new_id)


async def plan_all(
    tx: Tx,
    instrument: str,
    round_name: str,
    due: Mapping[str, Mapping[int, int]],
    new_id: Callable[[], str],
) -> None:
    """The same for many people at once."""
    here = {"instrument": instrument, "round": round_name, "state": "waiting"}
    rows = [
        {**here, "participant_id": person, "id": new_id(), "number": number, "due_at": at}
        for person, slots in due.items()
        for number, at in slots.items()
    ]
    if rows:
        await tx.execute(_plan(tx.dialect.name), rows)


@cache
def _plan(dialect: str) -> Executable:
    return upsert_in(dialect, table).on_conflict_do_nothing()


async def due(tx: Tx, now: int, limit: int, chat: str) -> list[Slot]:
    """What has fallen due, the oldest first; ``chat`` is the channel that can write to people."""
    fallen = and_(table.c.state.in_(_UNDECIDED), table.c.due_at <= now)
    found = await tx.execute(_slots(chat).where(fallen).order_by(table.c.due_at).limit(limit))
    return [Slot(*row) for row in found]


async def get(tx: Tx, slot_id: str, chat: str) -> Slot | None:
    """One slot as things stand now; None where the person has finished or is forgotten."""
    row = (await tx.execute(_slots(chat).where(table.c.id == slot_id))).one_or_none()
    return None if row is None else Slot(*row)


@cache  # it takes longer to build than to run, and runs twice for everything that is sent
def _slots(chat: str) -> Select[Any]:
    other = table.alias()
    following = (
        select(func.min(other.c.due_at))
        .where(
            other.c.participant_id == table.c.participant_id,
            other.c.instrument == table.c.instrument,
            other.c.round == table.c.round,
            other.c.number > table.c.number,
            other.c.state.in_(_UNDECIDED),
        )
        .scalar_subquery()
    )
    queued = (
        select(func.count())
        .where(other.c.participant_id == table.c.participant_id, other.c.state.in_(QUEUED))
        .scalar_subquery()
    )
    part = and_(
        participation.c.participant_id == table.c.participant_id,
        participation.c.instrument == table.c.instrument,
        participation.c.round == table.c.round,
    )
    draft = and_(
        session.c.participant_id == table.c.participant_id,
        session.c.instrument == table.c.instrument,
    )
    return select(
        table.c.id,
        table.c.participant_id,
        table.c.instrument,
        table.c.round,
        table.c.number,
        table.c.due_at,
        table.c.state,
        participation.c.state,
        participant.c.language,
        participant.c.zone,
        participant.c.no_reminders,
        participant.c.written_at,
        session.c.seen_on,
        following,
        queued,
        _door(chat),
        _door(MAIL),
    ).select_from(table.join(participant).join(participation, part).outerjoin(session, draft))


def _door(channel: str) -> ScalarSelect[str]:
    here = and_(address.c.participant_id == table.c.participant_id, address.c.channel == channel)
    return select(func.min(address.c.address)).where(here).scalar_subquery()


async def decide(tx: Tx, slot_id: str, fate: Fate) -> bool:
    """Decide a slot, once; False where it had been decided already."""
    open_ = and_(table.c.id == slot_id, table.c.state.in_(_UNDECIDED))
    return (await tx.execute(update(table).where(open_).values(state=fate))).rowcount == 1


async def others(tx: Tx, slot: Slot, until: int, chat: str) -> list[Slot]:
    """What else may be sent to the same person until then, in any round."""
    theirs = and_(table.c.participant_id == slot.participant_id, table.c.id != slot.id)
    coming = and_(table.c.state.in_(_UNDECIDED), table.c.due_at <= until)
    return [Slot(*row) for row in await tx.execute(_slots(chat).where(theirs, coming))]


async def wait(tx: Tx, slot_id: str, until: int) -> None:
    """Look at it again then."""
    open_ = and_(table.c.id == slot_id, table.c.state.in_(_UNDECIDED))
    await tx.execute(update(table).where(open_).values(due_at=until))


async def take_back(tx: Tx, slot_id: str, until: int) -> None:
    """What was queued is not to be sent now after all: look at it again then."""
    queued = and_(table.c.id == slot_id, table.c.state.in_(QUEUED))
    await tx.execute(update(table).where(queued).values(state="waiting", due_at=until))


async def revive(tx: Tx, instrument: str, round_name: str, now: int) -> None:
    """The round goes on: what was skipped because it was over, or somebody's part in it, is looked
    at again, unless a later one has been sent.
    """
    later = table.alias()
    sent = (
        select(later.c.id)
        .where(
            later.c.participant_id == table.c.participant_id,
            later.c.instrument == table.c.instrument,
            later.c.round == table.c.round,
            later.c.number > table.c.number,
            later.c.state.in_((*QUEUED, "sent", "unknown")),
        )
        .exists()
    )
    over = table.c.state.in_(("skipped:closed", "skipped:state"))
    skipped = and_(_of(instrument, round_name), over, ~sent)
    due = case((table.c.due_at < now, now), else_=table.c.due_at)
    await tx.execute(update(table).where(skipped).values(state="waiting", due_at=due))


async def settle(tx: Tx, slot_id: str, fate: Fate) -> None:
    """What became of a slot that was queued."""
    queued = and_(table.c.id == slot_id, table.c.state.in_(QUEUED))
    await tx.execute(update(table).where(queued).values(state=fate))


async def pull_forward(
    tx: Tx, of: tuple[str, str], now: int, states: frozenset[State], channels: Sequence[str]
) -> int:
    """Have the next reminder of everybody be due now who can be written to in these channels; how
    many people that reaches.

    Nobody gets one more than was planned: the next one comes early.
    """
    next_ones = list((await tx.execute(_next_ones(*of, states).where(_at(channels)))).scalars())
    hastened = 0
    for some in portions(next_ones):
        # What was decided since these were looked for stays decided.
        still = and_(table.c.id.in_(some), table.c.state == "waiting")
        done = await tx.execute(update(table).where(still).values(due_at=now, state="asked"))
        hastened += done.rowcount
    return hastened


async def can_be_reminded(
    tx: Tx, of: tuple[str, str], states: frozenset[State], channels: Sequence[str]
) -> int:
    """How many people ``pull_forward`` would reach."""
    found = _next_ones(*of, states).where(_at(channels)).subquery()
    return int((await tx.execute(select(func.count()).select_from(found))).scalar_one())


def _next_ones(
    instrument: str,
    round_name: str,
    states: frozenset[State],
    fates: tuple[str, ...] = ("waiting",),
) -> Select[Any]:
    """The id of each person's next slot, of those who can be reminded and may be."""
    other = table.alias()
    first = select(func.min(other.c.number)).where(
        other.c.participant_id == table.c.participant_id,
        other.c.instrument == table.c.instrument,
        other.c.round == table.c.round,
        other.c.state.in_(_UNDECIDED),
    )
    part = and_(
        participation.c.participant_id == table.c.participant_id,
        participation.c.instrument == table.c.instrument,
        participation.c.round == table.c.round,
        participation.c.state.in_(states),
    )
    return (
        select(table.c.id)
        .select_from(table.join(participant).join(participation, part))
        .where(
            _of(instrument, round_name),
            table.c.state.in_(fates),
            participant.c.no_reminders == 0,
            table.c.number == first.scalar_subquery(),
        )
    )


async def by_mail_only(
    tx: Tx, instrument: str, round_name: str, states: frozenset[State], chat: str
) -> list[Slot]:
    """The next slots of those whom only mail reaches: of ``pull_forward``, and where it was done
    already and no letter could leave.
    """
    ids = _next_ones(instrument, round_name, states, _UNDECIDED)
    found = await tx.execute(_slots(chat).where(table.c.id.in_(ids)))
    return [each for each in (Slot(*row) for row in found) if each.chat is None and each.mail]


async def finished_by_mail(
    tx: Tx, instrument: str, round_name: str, chat: str
) -> list[tuple[str, int | None]]:
    """Who has finished, wants reminders and is reached by nothing but letters; and when they were
    last written to.
    """
    part, theirs = participation.c, address.c.participant_id == participant.c.id
    found = await tx.execute(
        select(participant.c.id, participant.c.written_at)
        .select_from(participation.join(participant))
        .where(
            part.instrument == instrument,
            part.round == round_name,
            part.state == "finished",
            participant.c.no_reminders == 0,
            select(address.c.channel).where(theirs, address.c.channel == MAIL).exists(),
            ~select(address.c.channel).where(theirs, address.c.channel == chat).exists(),
        )
    )
    return [(row.id, row.written_at) for row in found]


async def tally(tx: Tx, instrument: str, round_name: str) -> Counter[str]:
    """How many slots of a round have which fate."""
    this = _of(instrument, round_name)
    counted = select(table.c.state, func.count()).where(this).group_by(table.c.state)
    return Counter({row[0]: row[1] for row in await tx.execute(counted)})


def _at(channels: Sequence[str]) -> ColumnElement[bool]:
    """Whether the person of a slot has a door in one of these channels."""
    theirs = and_(
        address.c.participant_id == table.c.participant_id, address.c.channel.in_(channels)
    )
    return select(address.c.channel).where(theirs).exists()


def _of(instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(table.c.instrument == instrument, table.c.round == round_name)
