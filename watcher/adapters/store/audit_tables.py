"""The tables of the audit: what was drawn, what curators answered, and where it stands at a desk."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import candidate_column, metadata, run_column, when_column

audit_samples = sa.Table(
    "audit_samples",
    metadata,
    candidate_column(primary=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("stratum", sa.String(16), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("chance", sa.Float, nullable=False),
    run_column(),
    when_column(),
)

audit_answers = sa.Table(
    "audit_answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("belongs", sa.Boolean, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

# Where a paper of the sample stands at a desk and how many answers it shows there; its rows are replaced, since it
# describes the outside and is no fact.
audit_cards = sa.Table(
    "audit_cards",
    metadata,
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
)
