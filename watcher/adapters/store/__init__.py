"""Facts in a SQL database: SQLite by default, PostgreSQL by DATABASE_URL, the same code."""

from watcher.adapters.store.database import Database, open_database
from watcher.adapters.store.store import SqlStore

__all__ = ["Database", "SqlStore", "open_database"]
