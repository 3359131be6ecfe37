"""Proposals of changes to rows that stand, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables of proposals."""
    op.create_table(
        "proposals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("card", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("paper", sa.String(length=128)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("true_title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cell", sa.String(length=32), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text()),
        sa.Column("cells", sa.JSON()),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_card"), "proposals", ["card"])
    op.create_index(op.f("ix_proposals_row"), "proposals", ["row"])
    op.create_table(
        "proposal_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_decisions")),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.number"], name=op.f("fk_proposal_decisions_proposal")),
    )
    op.create_index(op.f("ix_proposal_decisions_proposal"), "proposal_decisions", ["proposal"])
    op.create_table(
        "proposal_outcomes",
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("proposal", name=op.f("pk_proposal_outcomes")),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.number"], name=op.f("fk_proposal_outcomes_proposal")),
    )
    op.create_table(
        "proposal_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_failures")),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.number"], name=op.f("fk_proposal_failures_proposal")),
    )
    op.create_index(op.f("ix_proposal_failures_proposal"), "proposal_failures", ["proposal"])
    op.create_table(
        "proposal_cards",
        sa.Column("card", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("card", "desk", name=op.f("pk_proposal_cards")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("proposal_cards", "proposal_failures", "proposal_outcomes", "proposal_decisions", "proposals"):
        op.drop_table(table)
