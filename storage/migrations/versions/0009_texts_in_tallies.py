"""How many texts were given with an item is a tally like those of its marks."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Count what is kept; the marks of a count of texts are empty."""
    op.execute(
        "INSERT INTO tally (collection_id, item, marks, responses)"
        " SELECT collection_id, item, '', count(*) FROM comment GROUP BY collection_id, item"
    )


def downgrade() -> None:
    """Take the counts out: the versions before read only marks here."""
    op.execute("DELETE FROM tally WHERE marks = ''")
