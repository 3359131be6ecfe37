"""The tables of trained prefilters and of which one was chosen when."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import metadata, when_column

prefilters = sa.Table(
    "prefilters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    when_column(),
    sa.UniqueConstraint("topic", "name"),
)

prefilter_choices = sa.Table(
    "prefilter_choices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("prefilter", sa.ForeignKey("prefilters.id"), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    when_column(),
)
