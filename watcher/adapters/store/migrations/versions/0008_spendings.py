"""What model calls take of a day's budget."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the account; what was spent before is not in it."""
    op.create_table(
        "spendings",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("usd", sa.Double(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_spendings")),
    )
    op.create_index(op.f("ix_spendings_at"), "spendings", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("spendings")
