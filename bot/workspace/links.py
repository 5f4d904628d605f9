"""What is known of the public links behind claims, in words; nothing is opened here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.card import Phrase
from flows.evidence import Link, read_link
from storage import links

if TYPE_CHECKING:
    from collections.abc import Collection

    from flows.card import Words
    from flows.evidence import Evidence
    from storage.database import Tx


async def told_of(
    tx: Tx, shown: Evidence, domains: Collection[str], *, researcher: bool = False
) -> list[Words]:
    """Whether there is a link, on whose site it is, and whether it opened when it was tried."""
    if not shown.link:
        return [Phrase("link_none")]
    told: list[Words] = []
    found = read_link(shown.link, domains)
    if isinstance(found, Link) and domains:
        elsewhere = "link_not_own" if researcher else "link_elsewhere"
        told.append(Phrase("link_own" if found.own else elsewhere, {"host": found.host}))
    opened = await links.state(tx, shown.link) or "unchecked"
    told.append(Phrase(f"link_{opened}"))
    return told
