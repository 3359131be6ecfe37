"""What happened to a candidate's row in the catalog: facts added in order, the latest of which counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.domain.facts import MISSING, CatalogRow, RowChange


def newest(connection: sa.Connection, number: int) -> str | None:
    """What happened last to a candidate's row."""
    c = t.catalog_rows.c
    return connection.scalar(sa.select(c.change).where(c.candidate == number).order_by(c.id.desc()).limit(1))


def kept_number(connection: sa.Connection, number: int) -> int:
    """The number that a row has although it is missing; 0 for any other."""
    c = t.catalog_rows.c
    query = sa.select(c.change, c.row_number).where(c.candidate == number).order_by(c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return row.row_number if row and row.change in {*MISSING, RowChange.WANTED_BACK} else 0


def want_back(connection: sa.Connection, number: int, at: datetime) -> bool:
    """Whether a row is missing; if so, the fact is added that it is wanted back."""
    if newest(connection, number) not in MISSING:
        return False
    add_fact(connection, number, CatalogRow(RowChange.WANTED_BACK, kept_number(connection, number), "", at))
    return True


def want_out(connection: sa.Connection, number: int, at: datetime) -> bool:
    """Whether a row stands although its approval was withdrawn; if so, the fact is added that it is to go."""
    if newest(connection, number) != RowChange.RETURNED:
        return False
    add_fact(connection, number, CatalogRow(RowChange.UNWANTED, 0, "", at))
    return True


def add_fact(connection: sa.Connection, number: int, row: CatalogRow) -> None:
    """Add what happened to a candidate's row."""
    values = {
        "candidate": number,
        "change": row.change,
        "row_number": row.number,
        "commit_id": row.commit,
        "at": row.at,
    }
    connection.execute(sa.insert(t.catalog_rows).values(values))
