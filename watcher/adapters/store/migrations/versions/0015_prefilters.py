"""Trained prefilters and which was chosen when; every screening says what it was measured by."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables, add the columns; earlier screenings knew no trained prefilter."""
    op.create_table(
        "prefilters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prefilters")),
        sa.UniqueConstraint("topic", "name", name=op.f("uq_prefilters_topic")),
    )
    op.create_table(
        "prefilter_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefilter", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["prefilter"], ["prefilters.id"], name=op.f("fk_prefilter_choices_prefilter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prefilter_choices")),
    )
    op.create_index(op.f("ix_prefilter_choices_prefilter"), "prefilter_choices", ["prefilter"])
    op.add_column("screenings", sa.Column("threshold", sa.Float()))
    op.add_column("screenings", sa.Column("prefilter", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("screenings", "prefilter")
    op.drop_column("screenings", "threshold")
    op.drop_table("prefilter_choices")
    op.drop_table("prefilters")
