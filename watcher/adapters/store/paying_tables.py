"""The table of what model calls took: an account, settled once it is known."""

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
