"""What is left in peace for a while after failures."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the table by which workers share their pauses."""
    op.create_table(
        "rests",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rests")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("rests")
