"""The nightly clearing: what is past its time goes, and how much that was is told."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot import catching_up, releasing
from storage import pool, retention, rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.house import House
    from storage.database import Database

log = logging.getLogger(__name__)

SECONDS_A_DAY: Final = 86_400
KINDS: Final = ("drafts", "held_back", "people", "contact_details", "acts", "digests", "keys")


async def clear(house: House, database: Database) -> Mapping[str, int]:
    """Delete what is past its time, a kind each; how many of each kind. Done twice, the second time
    finds nothing.
    """
    await catching_up.catch_up(house, database)
    # What may still be let out is not given up.
    await releasing.release_due(house, database)
    kept, now = house.kept_for, house.universe.now()
    gone = dict.fromkeys(KINDS, 0)
    async with database.reading() as tx:
        every = [each.round for each in await rounds.every(tx)]
    for of in every:
        instrument = house.shelf.get(of.instrument)
        survey = instrument is not None and instrument.kind == "survey"
        if not survey or of.closes is None or not releasing.is_over(house, of):
            continue
        since = now - of.ends()
        async with database.writing() as tx:
            if kept.drafts and since >= timedelta(kept.drafts):
                gone["drafts"] += await retention.drafts_of(tx, of.instrument, of.name)
                gone["held_back"] += await pool.give_up(tx, of.instrument, of.name)
            if kept.people and since >= timedelta(kept.people):
                gone["people"] += await retention.people_of(tx, of.instrument, of.name)
            if kept.contact_details and since >= timedelta(kept.contact_details):
                gone["contact_details"] += await retention.contact_details_of(
                    tx, of.instrument, of.name
                )
    seconds = house.universe.seconds()
    async with database.writing() as tx:
        if kept.audit:
            before = seconds - kept.audit * SECONDS_A_DAY
            gone["acts"] = await retention.acts_before(tx, before)
        if kept.digests:
            before = seconds - kept.digests * SECONDS_A_DAY
            gone["digests"] = await retention.digests_before(tx, before)
    await house.keys.shred(database)
    gone["keys"] = await house.keys.sweep(database, house.universe.day())
    await database.tidy()
    # Whoever was forgotten today stands in PostgreSQL's files until their tables are written anew.
    if not await database.compact(retention.OF_PEOPLE):
        log.warning("not_compacted", extra={"reason": "somebody uses the tables"})
    for kind, count in gone.items():
        log.info("cleared", extra={"state": kind, "count": count})
    return gone
