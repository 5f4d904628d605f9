"""What came of opening public links, where the configuration has that done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from storage.database import upsert
from storage.tables import link as table

if TYPE_CHECKING:
    from storage.database import Tx


async def state(tx: Tx, url: str) -> str | None:
    """What came of opening a link the last time; None where nobody tried."""
    query = select(table.c.state).where(table.c.url == url)
    return (await tx.execute(query)).scalar_one_or_none()


async def put(tx: Tx, url: str, found: str, at: int) -> None:
    """Remember what came of opening a link at a second since 1970."""
    values = {"state": found, "checked_at": at}
    new = upsert(tx, table).values(url=url, **values)
    await tx.execute(new.on_conflict_do_update(index_elements=[table.c.url], set_=values))


async def checked_since(tx: Tx, moment: int) -> set[str]:
    """The links that were opened since then."""
    return set(
        (await tx.execute(select(table.c.url).where(table.c.checked_at >= moment))).scalars()
    )


async def forget_before(tx: Tx, moment: int) -> None:
    """Links that nobody tried since then are no claim's any more."""
    await tx.execute(delete(table).where(table.c.checked_at < moment))
