"""The whole schema, a page a subject.

Two sides that share no column by which a row of one could be joined to a row of the other: the
identity side (``people``, ``fieldwork``) knows who takes part, the answer side (``answers``) knows
what was said. ``instrument``, ``edition`` and ``round`` stand on both: they name the survey, not a
person. ``delivery`` and ``administration`` are on neither.
"""

from storage.tables.administration import administrator, audit, claim_code, digest, upload
from storage.tables.answers import collection, comment, contact_request, response, tally
from storage.tables.columns import metadata
from storage.tables.delivery import definition, gate, outbox, processed_update
from storage.tables.fieldwork import (
    contact,
    forgotten,
    invitation,
    paradata,
    participation,
    reminder,
    request,
    round_,
    token,
)
from storage.tables.people import (
    address,
    assessment,
    attempt,
    code,
    live_card,
    participant,
    session,
)

__all__ = [
    "address", "administrator", "assessment", "attempt", "audit", "claim_code", "code",
    "collection", "comment", "contact", "contact_request", "definition", "digest", "forgotten",
    "gate", "invitation", "live_card", "metadata", "outbox", "paradata", "participant",
    "participation", "processed_update", "reminder", "request", "response", "round_", "session",
    "tally", "token", "upload",
]  # fmt: skip
