"""What pieces came to, and the buckets of outside limits."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the tables by which workers share runs and limits."""
    op.create_table(
        "tallies",
        sa.Column("piece", sa.String(length=255), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("piece", name=op.f("pk_tallies")),
    )
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("full_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_buckets")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("buckets")
    op.drop_table("tallies")
