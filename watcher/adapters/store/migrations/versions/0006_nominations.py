"""Papers put forward by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of nominations."""
    op.create_table(
        "nominations",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_nominations_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_nominations")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("nominations")
