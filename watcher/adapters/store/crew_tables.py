"""The tables by which several workers share a run: what a piece came to, the buckets of outside limits, and pauses."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import Moment, metadata

# A message from the worker that did a piece to the one that runs the line: taken away when it is read.
tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("piece", sa.String(255), primary_key=True),
    sa.Column("tally", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# One row a limit: when, in seconds of the database's clock, everything let through so far will have had its time.
buckets = sa.Table(
    "buckets",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("full_at", sa.Double, nullable=False),
)

# Until when something that failed is left in peace, and how often on end it did.
rests = sa.Table(
    "rests",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("until", Moment, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
)

# Which copy of a catalog rows are written to, by a mark that is kept beside the file.
homes = sa.Table(
    "homes",
    metadata,
    sa.Column("catalog", sa.Text, primary_key=True),
    sa.Column("mark", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
)
