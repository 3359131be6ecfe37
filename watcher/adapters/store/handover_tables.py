"""The tables of papers that a model gives no answer about: its failures, papers handed over, and wishes to try again."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.tables import candidate_column, metadata, run_column, when_column

# `round` counts how often a curator had the model asked once more by then: each begins the count of failures anew.
lone_failures = sa.Table(
    "lone_failures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    run_column(),
    when_column(),
    sa.UniqueConstraint("candidate", "stage", "round", "run"),
)

handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    run_column(),
    when_column(index=True),
    sa.UniqueConstraint("candidate", "round"),
)

retries = sa.Table(
    "retries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
    sa.UniqueConstraint("candidate", "round"),
)
