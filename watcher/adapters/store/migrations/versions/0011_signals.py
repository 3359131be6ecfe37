"""What services say of papers, and what it made of candidates' cells."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables of signals and enrichments."""
    op.create_table(
        "signals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("citations", sa.Integer()),
        sa.Column("upvotes", sa.Integer()),
        sa.Column("stars", sa.Integer()),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    op.create_index(op.f("ix_signals_paper"), "signals", ["paper"])
    op.create_table(
        "enrichments",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("enriched_venue", sa.Text(), nullable=False),
        sa.Column("enriched_attention", sa.Text(), nullable=False),
        sa.Column("enriched_by", sa.JSON(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_enrichments_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_enrichments")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("enrichments")
    op.drop_table("signals")
