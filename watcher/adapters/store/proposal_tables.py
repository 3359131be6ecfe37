"""The tables of proposals: what was suggested, what people said of it, what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import metadata, run_column, when_column

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("card", sa.Integer, nullable=False, index=True),
    sa.Column("row", sa.Text, nullable=False, index=True),
    sa.Column("paper", sa.String(128)),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("true_title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("cell", sa.String(32), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text),
    sa.Column("cells", sa.JSON),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("field", sa.String(64), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    run_column(),
    when_column(),
)


def _proposal_column(*, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        "proposal", sa.ForeignKey("proposals.number"), nullable=False, primary_key=primary, index=not primary
    )


proposal_decisions = sa.Table(
    "proposal_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _proposal_column(),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

proposal_outcomes = sa.Table(
    "proposal_outcomes",
    metadata,
    _proposal_column(primary=True),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    when_column(),
)

proposal_failures = sa.Table(
    "proposal_failures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _proposal_column(),
    sa.Column("error", sa.Text, nullable=False),
    run_column(),
    when_column(),
)

# Where a desk shows a row's proposals, and how they looked; its rows are replaced, since it describes the outside.
proposal_cards = sa.Table(
    "proposal_cards",
    metadata,
    sa.Column("card", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("face", sa.Text, nullable=False),
    when_column(),
)

__all__ = ["proposal_cards", "proposal_decisions", "proposal_failures", "proposal_outcomes", "proposals"]
