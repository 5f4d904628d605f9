"""Companies that sent their assessments, as rows: for what looks at assessments alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import assessments, organisations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.session import Answer
    from storage.assessments import Frozen
    from storage.database import Tx


async def company_of(tx: Tx, who: str, name: str = "") -> str:
    """The company that somebody owns, founded where there is none."""
    me = await organisations.of_person(tx, who)
    if me is None:
        of = await organisations.found(tx, f"o{who}"[:32], name)
        me = await organisations.join(tx, of, who, "owner", "")
    return me.organisation


async def sent(
    tx: Tx,
    who: str,
    instrument: str,
    edition: str,
    answers: Mapping[str, Answer],
    *,
    at: int,
    round_name: str = "open",
) -> Frozen:
    """The company of somebody sends its assessment."""
    company = await company_of(tx, who)
    of = await assessments.begin(tx, company, instrument, edition, round_name)
    await assessments.move(tx, of, "submitted", sources=("open",))
    return await assessments.freeze(tx, of, answers, at=at)


async def latest(tx: Tx, who: str, instrument: str) -> Frozen | None:
    """What the company of somebody sent last."""
    me = await organisations.of_person(tx, who)
    of = me and await assessments.newest(tx, me.organisation, instrument)
    return await assessments.latest(tx, of.id) if of else None
