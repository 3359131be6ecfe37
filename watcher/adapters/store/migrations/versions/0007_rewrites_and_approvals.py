"""How many approvals a decision's day asked for, and summaries written anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column and create the tables."""
    op.add_column("decisions", sa.Column("needed", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "rewrites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_rewrites_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewrites")),
    )
    op.create_index(op.f("ix_rewrites_candidate"), "rewrites", ["candidate"])
    op.create_table(
        "rewritten_summaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("rewrite", sa.Integer(), nullable=False),
        sa.Column("summary_ja", sa.Text(), nullable=False),
        sa.Column("categories_ja", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("violations", sa.JSON(), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_rewritten_summaries_candidate")),
        sa.ForeignKeyConstraint(["rewrite"], ["rewrites.id"], name=op.f("fk_rewritten_summaries_rewrite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewritten_summaries")),
        sa.UniqueConstraint("rewrite", name=op.f("uq_rewritten_summaries_rewrite")),
    )
    op.create_index(op.f("ix_rewritten_summaries_candidate"), "rewritten_summaries", ["candidate"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("rewritten_summaries")
    op.drop_table("rewrites")
    op.drop_column("decisions", "needed")
