"""By which name a model was asked for a score: a part of what makes a question the same."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; of earlier scores the name is not known, so they answer no later question."""
    op.add_column("relevances", sa.Column("asked", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("relevances", "asked")
