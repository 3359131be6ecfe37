"""The tables of what model calls took and of questions on their way: accounts, settled once it is known."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import Moment, metadata

# Reserved before a call, settled after it. One that was never settled may have been billed, and counts in full.
spendings = sa.Table(
    "spendings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("usd", sa.Double, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)

# Recorded before it is sent: `ref` is the server's own name of it, `closed` when everything in it was accounted for.
parcels = sa.Table(
    "parcels",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("path", sa.String(64), nullable=False),
    sa.Column("packed", Moment, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Column("closed", Moment),
    sa.Column("outcome", sa.String(32)),
)

parcel_questions = sa.Table(
    "parcel_questions",
    metadata,
    sa.Column("parcel", sa.ForeignKey("parcels.number"), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True, index=True),
    sa.Column("batch", sa.Integer, nullable=False, index=True),
    sa.Column("request", sa.JSON, nullable=False),
    sa.Column("reservation", sa.Integer),
)
