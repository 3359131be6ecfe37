"""Indexes for what is asked of the last day alone, so that an old deployment answers as soon as a young one."""

from alembic import op

revision = "0021"
down_revision = "0020"

_LATELY = ("announcements", "cards", "feed_readings", "relevances", "replies", "summaries")


def upgrade() -> None:
    """Create them."""
    for table in _LATELY:
        op.create_index(op.f(f"ix_{table}_at"), table, ["at"])
    op.create_index("ix_failures_stage", "failures", ["stage", "candidate"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_failures_stage", "failures")
    for table in _LATELY:
        op.drop_index(op.f(f"ix_{table}_at"), table)
