"""The tables of cards and of what comes of them: decisions, revisions, summaries written anew, catalog rows."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import candidate_column, metadata, run_column, when_column

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("needed", sa.Integer, nullable=False, server_default="1"),
    when_column(),
)

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("cell", sa.String(32), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    when_column(),
)

rewrites = sa.Table(
    "rewrites",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

rewritten_summaries = sa.Table(
    "rewritten_summaries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("rewrite", sa.ForeignKey("rewrites.id"), nullable=False, unique=True),
    sa.Column("summary_ja", sa.Text, nullable=False),
    sa.Column("categories_ja", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("violations", sa.JSON, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    run_column(),
    when_column(),
)

cards = sa.Table(
    "cards",
    metadata,
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    run_column(),
    when_column(index=True),
)

# What a desk shows now; its rows are replaced, since it describes the outside and is no fact.
faces = sa.Table(
    "faces",
    metadata,
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("face", sa.String(64), nullable=False),
)

catalog_rows = sa.Table(
    "catalog_rows",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    candidate_column(),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    when_column(),
)
