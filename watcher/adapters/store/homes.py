"""Which of a catalog's copies on several hosts is the one that rows are written to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store.crew_tables import homes
from watcher.adapters.store.database import Database


class Homes:
    """The part of the store that knows the catalogs' copies by their marks."""

    database: Database

    def home(self, catalog: str) -> str:
        """The mark of the copy that a catalog's rows are written to; "" before the first row."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(homes.c.mark).where(homes.c.catalog == catalog)) or ""

    def claim_home(self, catalog: str, mark: str, at: datetime) -> str:
        """Make this copy the one, unless one is it already; gives the mark of the one."""
        with self.database.write() as connection:
            self.database.insert_new(connection, homes, [{"catalog": catalog, "mark": mark, "at": at}])
        return self.home(catalog)

    def move_home(self, catalog: str, mark: str, at: datetime) -> None:
        """Make this copy the one from now on."""
        with self.database.write() as connection:
            self.database.replace(connection, homes, {"catalog": catalog, "mark": mark, "at": at})
