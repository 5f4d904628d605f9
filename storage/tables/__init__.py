"""The whole schema, a page a subject.

Two sides that share no column by which a row of one could be joined to a row of the other: the
identity side (``people``, ``fieldwork``, ``workspace``) knows who takes part, the answer side
(``answers``) knows what was said. ``instrument``, ``edition``, ``round`` and ``item`` stand on
both: they name the survey, not a person. ``delivery`` and ``administration`` are on neither.
"""

from storage.tables.administration import administrator, audit, claim_code, digest, upload
from storage.tables.answers import (
    collection,
    comment,
    contact_request,
    mixing,
    pool,
    response,
    tally,
)
from storage.tables.columns import metadata
from storage.tables.delivery import (
    chore,
    definition,
    gate,
    keyring,
    outbox,
    processed_update,
    shred,
    uncompacted,
)
from storage.tables.fieldwork import (
    cleared,
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
    attempt,
    code,
    live_card,
    participant,
    session,
)
from storage.tables.workspace import (
    assessment,
    assignment,
    claim,
    colleague,
    deed,
    link,
    member,
    organisation,
    own_domain,
    standing,
    verdict,
    version,
)

__all__ = [
    "address",
    "administrator",
    "assessment",
    "assignment",
    "attempt",
    "audit",
    "chore",
    "claim",
    "claim_code",
    "cleared",
    "code",
    "colleague",
    "collection",
    "comment",
    "contact",
    "contact_request",
    "deed",
    "definition",
    "digest",
    "forgotten",
    "gate",
    "invitation",
    "keyring",
    "link",
    "live_card",
    "member",
    "metadata",
    "mixing",
    "organisation",
    "outbox",
    "own_domain",
    "paradata",
    "participant",
    "participation",
    "pool",
    "processed_update",
    "reminder",
    "request",
    "response",
    "round_",
    "session",
    "shred",
    "standing",
    "tally",
    "token",
    "uncompacted",
    "upload",
    "verdict",
    "version",
]  # fmt: skip
