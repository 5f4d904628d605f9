"""The rounds there are, and the one that a person answers in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select

from flows.rounds import Cadence, Round
from storage.database import upsert
from storage.tables import participation
from storage.tables import round_ as table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.ladder import State
    from storage.database import Tx

ALWAYS = "open"
"""The round that has no end and is there even where nobody made it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A round, and the number that buttons know it by."""

    id: int
    round: Round


def always(instrument: str) -> Round:
    """The round of an instrument that is there without being made."""
    return Round(instrument, ALWAYS, date(1970, 1, 1))


async def keep(tx: Tx, of: Round) -> None:
    """Keep a round as it is from now on."""
    values = {
        "opens": of.opens.isoformat(),
        "closes": of.closes.isoformat() if of.closes else None,
        "zone": str(of.zone),
        "idle_days": ",".join(map(str, of.cadence.idle_days)),
    }
    kept = upsert(tx, table).values(instrument=of.instrument, name=of.name, **values)
    key = [table.c.instrument, table.c.name]
    await tx.execute(kept.on_conflict_do_update(index_elements=key, set_=values))


async def make_sure(tx: Tx, instruments: Iterable[str], zone: str, cadence: Cadence) -> None:
    """Have every instrument have its endless round."""
    for each in instruments:
        values = {
            "opens": always(each).opens.isoformat(),
            "closes": None,
            "zone": zone,
            "idle_days": ",".join(map(str, cadence.idle_days)),
        }
        new = upsert(tx, table).values(instrument=each, name=ALWAYS, **values)
        await tx.execute(new.on_conflict_do_nothing())


async def get(tx: Tx, instrument: str, name: str) -> Round | None:
    """The round of this name; the endless one is there even where nobody made it."""
    row = (await tx.execute(_GET, {"its": instrument, "called": name})).one_or_none()
    if row is None:
        return always(instrument) if name == ALWAYS else None
    return _read(row).round


async def numbered(tx: Tx, number: int) -> Round | None:
    """The round that a button means."""
    row = (await tx.execute(select(table).where(table.c.id == number))).one_or_none()
    return None if row is None else _read(row).round


async def every(tx: Tx) -> tuple[Kept, ...]:
    """All rounds, by instrument, the newest first."""
    found = await tx.execute(
        select(table).order_by(table.c.instrument, table.c.opens.desc(), table.c.id.desc())
    )
    return tuple(_read(row) for row in found)


async def of_instrument(tx: Tx, instrument: str) -> tuple[Round, ...]:
    """The rounds of one instrument, the newest first; never none."""
    found = await tx.execute(_OF_INSTRUMENT, {"its": instrument})
    return tuple(_read(row).round for row in found) or (always(instrument),)


async def of_person(tx: Tx, participant_id: str, instrument: str) -> list[tuple[Round, State]]:
    """The rounds of an instrument that a person takes part in, the newest first."""
    found = await tx.execute(_OF_PERSON, {"person": participant_id, "its": instrument})
    return [
        (always(instrument) if row.name is None else _read(row).round, row.state) for row in found
    ]


def _read(row: Any) -> Kept:  # noqa: ANN401 - a row of any statement that holds these columns
    closes = date.fromisoformat(row.closes) if row.closes else None
    days = tuple(int(each) for each in row.idle_days.split(",") if each)
    opens, zone = date.fromisoformat(row.opens), UTC if row.zone == "UTC" else ZoneInfo(row.zone)
    return Kept(row.id, Round(row.instrument, row.name, opens, closes, zone, Cadence(days)))


_NEWEST_FIRST = table.c.opens.desc(), table.c.id.desc()
_GET = select(table).where(
    table.c.instrument == bindparam("its"), table.c.name == bindparam("called")
)
_OF_INSTRUMENT = (
    select(table).where(table.c.instrument == bindparam("its")).order_by(*_NEWEST_FIRST)
)
_OF_PERSON = (
    select(*table.c, participation.c.state)
    .select_from(
        participation.outerjoin(
            table,
            and_(
                table.c.instrument == participation.c.instrument,
                table.c.name == participation.c.round,
            ),
        )
    )
    .where(
        participation.c.participant_id == bindparam("person"),
        participation.c.instrument == bindparam("its"),
    )
    .order_by(*_NEWEST_FIRST)
)
