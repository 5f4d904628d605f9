"""Who was invited, began, finished: states without answers and without times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select, update

from storage.database import upsert
from storage.tables import forgotten as forgotten_table
from storage.tables import participation as table

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from storage.database import Tx

_LADDER = ("invited", "opened", "begun", "finished")


async def state(tx: Tx, participant_id: str, instrument: str, round_name: str) -> str | None:
    """How far a person is in a round, or None for somebody who has no part in it."""
    here = _here(participant_id, instrument, round_name)
    return (await tx.execute(select(table.c.state).where(here))).scalar_one_or_none()


async def invite(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a person take part; who is further already stays there."""
    key = {"participant_id": participant_id, "instrument": instrument, "round": round_name}
    new = upsert(tx, table).values(**key, state="invited")
    await tx.execute(new.on_conflict_do_nothing())


async def begin(tx: Tx, participant_id: str, instrument: str, round_name: str) -> None:
    """Have a person be under way; who has finished stays there."""
    await invite(tx, participant_id, instrument, round_name)
    await _climb(tx, participant_id, instrument, round_name, "begun")


async def finish(tx: Tx, participant_id: str, instrument: str, round_name: str) -> bool:
    """Have a person be done; False if they were already, or never began."""
    return await _climb(tx, participant_id, instrument, round_name, "finished")


async def _climb(tx: Tx, participant_id: str, instrument: str, round_name: str, to: str) -> bool:
    """One conditional update: of two at the same time, one climbs."""
    below = _LADDER[: _LADDER.index(to)]
    here = _here(participant_id, instrument, round_name)
    moved = await tx.execute(update(table).where(here, table.c.state.in_(below)).values(state=to))
    return moved.rowcount == 1


async def counts(tx: Tx, instrument: str, round_name: str) -> dict[str, int]:
    """How many people are in each state."""
    this = and_(table.c.instrument == instrument, table.c.round == round_name)
    found = await tx.execute(
        select(table.c.state, func.count()).where(this).group_by(table.c.state)
    )
    return {name: count for name, count in found}  # noqa: C416 - rows are no pairs to a checker


async def forgotten(tx: Tx, instrument: str, round_name: str) -> int:
    """How many of a round asked to be forgotten."""
    gone = forgotten_table
    this = and_(gone.c.instrument == instrument, gone.c.round == round_name)
    return (await tx.execute(select(gone.c.people).where(this))).scalar_one_or_none() or 0


def _here(participant_id: str, instrument: str, round_name: str) -> ColumnElement[bool]:
    return and_(
        table.c.participant_id == participant_id,
        table.c.instrument == instrument,
        table.c.round == round_name,
    )
