"""What every table shares: moments with a zone, names of keys, and the columns that facts have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment with a zone, kept in UTC; SQLite forgets zones, so they are put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse moments without a zone: they mean different instants on different machines."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Give every moment its zone back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def candidate_column(*, primary: bool = False) -> sa.Column[int]:
    """Whose fact it is."""
    return sa.Column(
        "candidate", sa.ForeignKey("candidates.number"), nullable=False, primary_key=primary, index=not primary
    )


def when_column(*, index: bool = False) -> sa.Column[datetime]:
    """When it was added; with an `index` where what was added lately is asked for, whatever a table holds by then."""
    return sa.Column("at", Moment, nullable=False, index=index)


def run_column() -> sa.Column[str]:
    """Which run added it."""
    return sa.Column("run", sa.String(64), nullable=False)
