"""Database access (implements ports.Store) with SQLAlchemy, for SQLite (the default) and PostgreSQL (DATABASE_URL)."""

from watcher.adapters.store.database import Database, open_database
from watcher.adapters.store.store import SqlStore

__all__ = ["Database", "SqlStore", "open_database"]
