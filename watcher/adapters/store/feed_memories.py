"""Database access for each web feed's last reading: the entries it had then, and the ETag and date for a conditional
request.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import feed_memories
from watcher.domain.papers.feeds import FeedMemory
from watcher.domain.text import fingerprint
from watcher.ports.store import FeedMemoryStore


class FeedMemories(Part, FeedMemoryStore):
    def get(self, url: str) -> FeedMemory | None:
        query = sa.select(feed_memories).where(feed_memories.c.feed == fingerprint(url))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return FeedMemory(
            url=url,
            watched_by=row.watched_by,
            seen=frozenset(row.seen),
            skipped=frozenset(row.skipped),
            newest=row.newest,
            etag=row.etag,
            modified=row.modified,
            read_at=row.read_at,
        )

    def put(self, memory: FeedMemory, run: str, at: datetime) -> None:
        values = {
            "feed": fingerprint(memory.url),  # the address may hold a secret
            "watched_by": memory.watched_by,
            "seen": sorted(memory.seen),
            "skipped": sorted(memory.skipped),
            "newest": memory.newest,
            "etag": memory.etag,
            "modified": memory.modified,
            "read_at": memory.read_at,
            "run": run,
            "at": at,
        }
        with self._database.write() as connection:
            self._database.replace(connection, feed_memories, values)
