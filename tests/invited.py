"""Somebody with a link, straight into the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import contacts, invitations
from storage.contacts import Contact
from storage.invitations import Invitation

if TYPE_CHECKING:
    from storage.database import Tx


def someone(email: str = "mei@example.org", language: str = "en") -> Contact:
    """A contact of whom only the address and the language matter."""
    return Contact("Mei", "Sample", email, language, "", "")


async def invited(
    tx: Tx,
    contact: Contact,
    instrument: str,
    token_hash: bytes,
    *,
    round_name: str = "open",
    expires_at: int = 2**40,
) -> str:
    """Invite a contact with one link; whose it is."""
    kept = await contacts.keep(tx, contact, new_id=token_hash.hex()[:32], secret=b"s" * 16)
    invitation = Invitation(kept.participant_id, instrument, round_name, expires_at)
    await invitations.issue(tx, invitation, new_id=token_hash.hex()[:32])
    await invitations.add_token(tx, kept.participant_id, instrument, round_name, token_hash)
    return kept.participant_id
