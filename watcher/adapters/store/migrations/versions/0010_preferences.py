"""What people chose to see."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table of preferences."""
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(length=128), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preferences")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("preferences")
