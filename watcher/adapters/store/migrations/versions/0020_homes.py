"""Which of a catalog's copies rows are written to."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the table of the catalogs' homes."""
    op.create_table(
        "homes",
        sa.Column("catalog", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("catalog", name=op.f("pk_homes")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("homes")
