"""Questions sent together, and what is in which parcel."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables of parcels."""
    op.create_table(
        "parcels",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("packed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.Text()),
        sa.Column("closed", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(length=32)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_parcels")),
        sa.UniqueConstraint("key", name=op.f("uq_parcels_key")),
    )
    op.create_table(
        "parcel_questions",
        sa.Column("parcel", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("reservation", sa.Integer()),
        sa.ForeignKeyConstraint(["parcel"], ["parcels.number"], name=op.f("fk_parcel_questions_parcel")),
        sa.PrimaryKeyConstraint("parcel", "key", name=op.f("pk_parcel_questions")),
    )
    op.create_index(op.f("ix_parcel_questions_key"), "parcel_questions", ["key"])
    op.create_index(op.f("ix_parcel_questions_batch"), "parcel_questions", ["batch"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("parcel_questions")
    op.drop_table("parcels")
