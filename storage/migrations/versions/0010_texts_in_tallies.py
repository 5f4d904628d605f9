"""Texts are tallied like marks; assessments are found by their state."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Count what is kept, with empty marks; make the index."""
    op.execute(
        "INSERT INTO tally (collection_id, item, marks, responses)"
        " SELECT collection_id, item, '', count(*) FROM comment GROUP BY collection_id, item"
    )
    op.create_index("ix_assessment_state", "assessment", ["state"], unique=False)


def downgrade() -> None:
    """Take the counts out: the versions before read only marks here; and the index."""
    op.drop_index("ix_assessment_state", "assessment")
    op.execute("DELETE FROM tally WHERE marks = ''")
