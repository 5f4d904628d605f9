"""How far each person is in each round: states without answers and without times."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, update

from flows.ladder import REMINDED, STATES, sources
from storage.database import portions, upsert, upsert_in
from storage.tables import address, claim, cleared, invitation, reminder, session
from storage.tables import forgotten as forgotten_table
from storage.tables import participation as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Executable, Select

    from flows.ladder import State
    from storage.database import Tx

_FURTHEST: tuple[State, ...] = (
    "finished", "begun", "opened", "declined", "unreachable", "expired", "bounced", "invited",
)  # fmt: skip
"""Of two people who turn out to be one, the state that stands first here is kept."""
assert set(_FURTHEST) == set(STATES)  # noqa: S101 - a new state needs a place


async def state(tx: Tx, participant_id: str, instrument: str, round_name: str) -> State | None:
    """How far a person is in a round, or None for somebody who has no part in it."""
    key = {"who": participant_id, "its": instrument, "in": round_name}
    found = (await tx.execute(_STATE, key)).scalar_one_or_none()
    return cast("State | None", found)


async def among(tx: Tx, people: Sequence[str], instrument: str, round_name: str) -> set[str]:
    """Those of the people who take part in a round."""
    found: set[str] = set()
    for some in portions(people):
        there = and_(_of(instrument, round_name), table.c.participant_id.in_(some))
        found.update((await tx.execute(select(table.c.participant_id).where(there))).scalars())
    return found


async def invite(tx: Tx, participant_id: str, instrument: str, round_name: str) -> bool:
    """Have a person take part; who does already stays where they are. Whether they are new."""
    key = {"participant_id": participant_id, "instrument": instrument, "round": round_name}
    new = await tx.execute(_invite(tx.dialect.name), {**key, "state": "invited"})
    return new.first() is not None


@cache
def _invite(dialect: str) -> Executable:
    return upsert_in(dialect, table).on_conflict_do_nothing().returning(table.c.state)


async def open_(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a person have seen what it is about; who is further stays there."""
    await invite(tx, participant_id, instrument, round_name)
    await move(tx, participant_id, instrument, round_name, "opened")


async def begin(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a person be under way; who has finished stays there."""
    await invite(tx, participant_id, instrument, round_name)
    await move(tx, participant_id, instrument, round_name, "begun")


async def finish(tx: Tx, participant_id: str, instrument: str, round_name: str) -> bool:
    """Have a person be done; False if they were already, or never began.

    What was planned to remind them goes: its days would tell when they were last there.
    """
    if not await move(tx, participant_id, instrument, round_name, "finished"):
        return False
    await _drop_reminders(tx, participant_id, instrument, round_name)
    return True


async def together(
    tx: Tx, people: Sequence[str], instrument: str, round_name: str, to: State
) -> None:
    """Have all who take part for one company be in the same state: what one of them sends is sent
    by all, what one opens again is open for all. Nobody comes to take part by this.
    """
    these = and_(_of(instrument, round_name), table.c.participant_id.in_(people))
    await tx.execute(update(table).where(these).values(state=to))
    if to == "finished":
        for each in people:
            await _drop_reminders(tx, each, instrument, round_name)


async def move(tx: Tx, participant_id: str, instrument: str, round_name: str, to: State) -> bool:
    """Have a person go to a state, if the ladder leads there from where they are; whether it did.

    One conditional update: of two at the same time, one moves.
    """
    key = {"who": participant_id, "its": instrument, "in": round_name}
    moved = await tx.execute(_MOVE, {**key, "from": list(sources(to)), "state": to})
    return moved.rowcount == 1


async def everywhere(tx: Tx, participant_id: str, to: State) -> int:
    """Have a person go to a state in every round that lets them; in how many."""
    mine = and_(table.c.participant_id == participant_id, table.c.state.in_(sources(to)))
    return (await tx.execute(update(table).where(mine).values(state=to))).rowcount


async def shut_out(tx: Tx, channel: str, door: str) -> None:
    """Nothing can be said at this door any more: whoever stands there cannot be reached."""
    here = and_(address.c.channel == channel, address.c.address == door)
    found = (await tx.execute(select(address.c.participant_id).where(here))).scalar_one_or_none()
    if found is not None:
        await everywhere(tx, found, "unreachable")


async def back_within_reach(tx: Tx, participant_id: str) -> None:
    """Who could not be reached is there again, in each round where they were."""
    mine = table.c.participant_id == participant_id
    await _put_back(tx, and_(mine, table.c.state == "unreachable"))


async def expire(tx: Tx, instrument: str, round_name: str) -> int:
    """The round is over for everybody who has not sent their answers; how many that were. Who
    declined or could not be reached stays so: were the round extended, nobody would know any more.
    """
    over = and_(_of(instrument, round_name), table.c.state.in_(sources("expired")))
    return (await tx.execute(update(table).where(over).values(state="expired"))).rowcount


async def reopen(tx: Tx, instrument: str, round_name: str) -> int:
    """The round goes on for those for whom it was over, each from where they were; how many."""
    return await _put_back(tx, and_(_of(instrument, round_name), table.c.state == "expired"))


async def _put_back(tx: Tx, those: ColumnElement[bool]) -> int:
    """Have people be where they were: under way where a draft holds answers, else having seen it
    where there is a draft or an opened link, else invited; how many.
    """
    draft = exists().where(
        session.c.participant_id == table.c.participant_id,
        session.c.instrument == table.c.instrument,
        session.c.round == table.c.round,
    )
    opened = exists().where(
        invitation.c.participant_id == table.c.participant_id,
        invitation.c.instrument == table.c.instrument,
        invitation.c.round == table.c.round,
        invitation.c.opened == 1,
    )
    shared = exists().where(claim.c.assessment_id == session.c.assessment_id)
    answered = or_(session.c.answered == 1, shared)
    changed = 0
    for to, there in (
        ("begun", draft.where(answered)),
        ("opened", or_(draft, opened)),
        ("invited", table.c.participant_id.is_not(None)),
    ):
        changed += (await tx.execute(update(table).where(those, there).values(state=to))).rowcount
    return changed


async def withdraw(tx: Tx, participant_id: str, instrument: str, round_name: str) -> bool:
    """Take somebody out of a round who never came near it; False for who did."""
    here = _here(participant_id, instrument, round_name)
    untouched = table.c.state.in_(("invited", "bounced"))
    gone = await tx.execute(delete(table).where(here, untouched))
    if gone.rowcount != 1:
        return False
    await _drop_reminders(tx, participant_id, instrument, round_name)
    return True


async def merge(tx: Tx, gone: str, into: str, only: tuple[str, str] | None = None) -> None:
    """What one person took part in is the other's from now on (``only`` one instrument and round);
    where both did, who came further counts.
    """
    query = select(table.c.instrument, table.c.round, table.c.state)
    theirs = query.where(table.c.participant_id == gone)
    for instrument, round_name, there in (await tx.execute(theirs)).all():
        if only not in {None, (instrument, round_name)}:
            continue
        await tx.execute(delete(table).where(_here(gone, instrument, round_name)))
        here = await state(tx, into, instrument, round_name)
        key = {"participant_id": into, "instrument": instrument, "round": round_name}
        best = min(filter(None, (here, there)), key=_FURTHEST.index)
        kept = upsert(tx, table).values(**key, state=best)
        columns = [table.c[name] for name in key]
        await tx.execute(kept.on_conflict_do_update(index_elements=columns, set_={"state": best}))
        await _drop_or_move_reminders(tx, gone, into, instrument, round_name)


async def rounds(tx: Tx) -> set[tuple[str, str]]:
    """Every round in which anybody takes part."""
    pairs = await tx.execute(select(table.c.instrument, table.c.round).distinct())
    return {(of, name) for of, name in pairs}


async def write_anew(tx: Tx, instrument: str, round_name: str) -> None:
    """Write all states of a round again: PostgreSQL keeps with each row which transaction wrote it
    last, which would tell who finished just before responses were let out.
    """
    this = _of(instrument, round_name)
    await tx.execute(update(table).where(this).values(state=table.c.state))


async def counts(tx: Tx, instrument: str, round_name: str) -> dict[State, int]:
    """How many people are in each state, or were when their names were cleared away."""
    found: Counter[State] = Counter()
    for name, count in await tx.execute(_states(instrument, round_name)):
        found[name] += count
    of = cleared.c.instrument == instrument, cleared.c.round == round_name
    for name, count in await tx.execute(select(cleared.c.state, cleared.c.people).where(*of)):
        found[name] += count
    return dict(found)


async def keep_counts(tx: Tx, instrument: str, round_name: str) -> None:
    """Keep how many are in each state of a round: who they are is about to be deleted."""
    for name, count in (await tx.execute(_states(instrument, round_name))).all():
        key = {"instrument": instrument, "round": round_name, "state": name}
        some = upsert(tx, cleared).values(**key, people=count)
        more = {"people": cleared.c.people + count}
        columns = [cleared.c[each] for each in key]
        await tx.execute(some.on_conflict_do_update(index_elements=columns, set_=more))


def _states(instrument: str, round_name: str) -> Select[Any]:
    this = _of(instrument, round_name)
    return select(table.c.state, func.count()).where(this).group_by(table.c.state)


async def only_by_mail(tx: Tx, chat: str) -> int:
    """How many are to be written to, invited or reminded, whom nothing but a letter reaches."""
    chats = select(address.c.participant_id).where(address.c.channel == chat)
    waiting = and_(table.c.state.in_(REMINDED), table.c.participant_id.not_in(chats))
    unsent = and_(
        reminder.c.participant_id == table.c.participant_id,
        reminder.c.instrument == table.c.instrument,
        reminder.c.round == table.c.round,
        reminder.c.state.in_(("waiting", "asked")),
    )
    counted = select(func.count(table.c.participant_id.distinct())).where(
        waiting, select(reminder.c.id).where(unsent).exists()
    )
    return int((await tx.execute(counted)).scalar_one())


async def forgotten(tx: Tx, instrument: str, round_name: str) -> int:
    """How many of a round asked to be forgotten."""
    gone = forgotten_table
    this = and_(gone.c.instrument == instrument, gone.c.round == round_name)
    return (await tx.execute(select(gone.c.people).where(this))).scalar_one_or_none() or 0


async def count_forgotten(tx: Tx, rounds: Iterable[tuple[str, str]]) -> None:
    """Raise the number of those who were in these rounds and are forgotten."""
    for instrument, round_name in rounds:
        one = upsert(tx, forgotten_table).values(instrument=instrument, round=round_name, people=1)
        key = [forgotten_table.c.instrument, forgotten_table.c.round]
        more = {"people": forgotten_table.c.people + 1}
        await tx.execute(one.on_conflict_do_update(index_elements=key, set_=more))


async def _drop_reminders(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    key = {"who": participant_id, "its": instrument, "in": round_name}
    await tx.execute(_DROP_REMINDERS, key)


async def _drop_or_move_reminders(
    tx: Tx, gone: str, into: str, instrument: str, round_name: str
) -> None:
    """The slots go along, unless the other one has slots of their own."""
    theirs = and_(reminder.c.instrument == instrument, reminder.c.round == round_name)
    own = select(reminder.c.id).where(theirs, reminder.c.participant_id == into).limit(1)
    if (await tx.execute(own)).first() is not None:
        await _drop_reminders(tx, gone, instrument, round_name)
        return
    moved = update(reminder).where(theirs, reminder.c.participant_id == gone)
    await tx.execute(moved.values(participant_id=into))


def _of(instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(table.c.instrument == instrument, table.c.round == round_name)


def _here(participant_id: str, instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(table.c.participant_id == participant_id, _of(instrument, round_name))


_THERE = and_(
    table.c.participant_id == bindparam("who"),
    table.c.instrument == bindparam("its"),
    table.c.round == bindparam("in"),
)
_STATE = select(table.c.state).where(_THERE)
_MOVE = update(table).where(_THERE, table.c.state.in_(bindparam("from", expanding=True)))
_DROP_REMINDERS = delete(reminder).where(
    reminder.c.participant_id == bindparam("who"),
    reminder.c.instrument == bindparam("its"),
    reminder.c.round == bindparam("in"),
)
