"""The tables beside the facts: choices, grants, turns. Their rows are replaced."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import Moment, metadata, when_column

# What people chose to see; rows are replaced, since a choice of display is no fact.
preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("person", sa.String(128), primary_key=True),
    sa.Column("choices", sa.JSON, nullable=False),
)

# Workspaces that let the bot in, their contents encrypted, and installations under way; no facts of the line.
installations = sa.Table(
    "installations",
    metadata,
    sa.Column("team", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    when_column(),
)

installing = sa.Table(
    "installing",
    metadata,
    sa.Column("state", sa.String(64), primary_key=True),
    sa.Column("expires", Moment, nullable=False),
)

# Whose turn it is at a service; rows are replaced, since a turn is no fact.
paces = sa.Table(
    "paces",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("free_at", sa.Double, nullable=False),
    sa.Column("holder", sa.String(32), nullable=False),
)
