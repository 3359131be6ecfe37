"""The audit sample, what curators answered, and where it stands at a desk."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables of the audit."""
    op.create_table(
        "audit_samples",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("stratum", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_audit_samples_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_audit_samples")),
    )
    op.create_index(op.f("ix_audit_samples_week"), "audit_samples", ["week"])
    op.create_table(
        "audit_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("belongs", sa.Boolean(), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_audit_answers_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_answers")),
    )
    op.create_index(op.f("ix_audit_answers_candidate"), "audit_answers", ["candidate"])
    op.create_table(
        "audit_cards",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_audit_cards_candidate")),
        sa.PrimaryKeyConstraint("candidate", "desk", name=op.f("pk_audit_cards")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("audit_cards")
    op.drop_table("audit_answers")
    op.drop_table("audit_samples")
