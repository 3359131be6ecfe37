"""The database (implements ports.Store) on SQLAlchemy: SQLite by default, PostgreSQL with DATABASE_URL, the same code
for both.
"""

from watcher.adapters.store.database import Database, open_database
from watcher.adapters.store.store import SqlStore

__all__ = ["Database", "SqlStore", "open_database"]
