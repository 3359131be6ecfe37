"""A mark on candidates that a stage may still ask for, so that those of years need not be passed over every time."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Mark them all; the next run takes it from those that are done with."""
    op.add_column("candidates", sa.Column("waits", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index(
        "ix_candidates_waiting",
        "candidates",
        ["topic", "number"],
        sqlite_where=sa.text("waits = 1"),
        postgresql_where=sa.text("waits"),
    )


def downgrade() -> None:
    """Take the mark away."""
    op.drop_index("ix_candidates_waiting", "candidates")
    op.drop_column("candidates", "waits")
