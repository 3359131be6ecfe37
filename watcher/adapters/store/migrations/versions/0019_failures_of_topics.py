"""Whose failure it is, where no single paper is concerned: another group is not told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the column; failures of before concern everybody, as they did."""
    op.add_column("failures", sa.Column("topic", sa.String(length=64)))


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("failures", "topic")
