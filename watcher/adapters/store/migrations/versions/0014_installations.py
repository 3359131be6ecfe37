"""Workspaces that let the bot in."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables of installations and of those under way."""
    op.create_table(
        "installations",
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", name=op.f("pk_installations")),
    )
    op.create_table(
        "installing",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_installing")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("installing")
    op.drop_table("installations")
