"""The tables of what services said of papers, and what it made of candidates' cells."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import candidate_column, metadata, run_column, when_column

signals = sa.Table(
    "signals",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("paper", sa.String(128), nullable=False, index=True),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("citations", sa.Integer),
    sa.Column("upvotes", sa.Integer),
    sa.Column("stars", sa.Integer),
    sa.Column("venue", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    when_column(),
)

enrichments = sa.Table(
    "enrichments",
    metadata,
    candidate_column(primary=True),
    sa.Column("enriched_venue", sa.Text, nullable=False),
    sa.Column("enriched_attention", sa.Text, nullable=False),
    sa.Column("enriched_by", sa.JSON, nullable=False),
    run_column(),
    when_column(),
)

__all__ = ["enrichments", "signals"]
