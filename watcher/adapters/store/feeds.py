"""Database access for the results of reading feeds: the days whose arXiv announcements have been read, how far harvests
of past days came, and each web feed's last reading (its entries, and ETag and date for a conditional request).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import feed_memories
from watcher.domain.papers.feeds import (
    Account,
    FeedMemory,
    FeedReport,
    FeedRole,
    SourceState,
    Span,
    day_start,
    feed_day,
    reach,
)
from watcher.domain.text import fingerprint
from watcher.logs import redact
from watcher.ports.store import FeedStore

_DAY = timedelta(days=1)
_BEGINS = (FeedRole.WATCHED, FeedRole.GIVEN, FeedRole.LIST)


class Feeds(Part, FeedStore):
    def add_readings(
        self, reports: Sequence[FeedReport], run: str, at: datetime, roles: Sequence[FeedRole] | None = None
    ) -> None:
        values = [
            rows.encode(report, "name", feed=report.name, error=redact(report.error), role=role, run=run, at=at)
            for report, role in zip(reports, roles or [FeedRole.OTHER] * len(reports), strict=True)
        ]
        self._insert_new(t.feed_readings, values)

    def add_span(self, span: Span, role: FeedRole, run: str, at: datetime) -> None:
        self._write(sa.insert(t.day_spans).values(rows.encode(span, role=role, run=run, at=at)))

    def account(self, now: datetime) -> Account:
        c, s = t.feed_readings.c, t.day_spans.c
        # A feed that was named for one run begins the account only if it could be read.
        of_given = sa.or_(c.role != FeedRole.GIVEN, c.state != SourceState.FAILED)
        begun = sa.select(c.at).where(c.role.in_(_BEGINS), of_given, c.at <= now).order_by(c.id).limit(1)
        with self._database.read() as connection:
            spans = connection.execute(sa.select(t.day_spans).order_by(s.id)).all()
            return Account(
                first := connection.scalar(begun),
                [rows.decode(Span, row) for row in spans],
                reach(feed_day(first), [(row.first, row.last) for row in spans if row.role == FeedRole.LIST])
                if first
                else None,
                SourceState.FAILED in _last_states(connection, now),
            )

    def watched_since(self) -> Mapping[str, date]:
        c = t.feed_readings.c
        query = sa.select(c.feed, sa.func.min(c.at).label("at")).group_by(c.feed)
        query = query.where(c.role == FeedRole.WATCHED, c.state != SourceState.FAILED)
        begun: dict[str, date] = {}
        for row in self._rows(query):
            for category in row.feed.split("+"):
                begun[category] = min(begun.get(category, date.max), feed_day(row.at))
        return begun

    def watched_before(self) -> bool:
        watched = t.feed_readings.c.role == FeedRole.WATCHED
        return self._row(sa.select(t.feed_readings.c.id).where(watched).limit(1)) is not None

    def fresh_on(self, now: datetime) -> frozenset[str]:
        c = t.feed_readings.c
        begin = day_start(now)
        whole = sa.and_(c.state == SourceState.FRESH, c.error == "")
        query = sa.select(c.feed).where(c.at >= begin, c.at < begin + _DAY, whole)
        return frozenset(self._scalars(query))

    def sources(self) -> Sequence[FeedReport]:
        c = t.feed_readings.c
        newest = sa.select(sa.func.max(c.id)).group_by(c.feed)
        found = self._rows(sa.select(t.feed_readings).where(c.id.in_(newest)).order_by(c.id))
        return [rows.feed_report(row) for row in found]

    def memory(self, url: str) -> FeedMemory | None:
        row = self._row(sa.select(feed_memories).where(feed_memories.c.feed == fingerprint(url)))
        return rows.decode(FeedMemory, row, url=url) if row else None

    def remember(self, memory: FeedMemory, run: str, at: datetime) -> None:
        feed = fingerprint(memory.url)  # the address may hold a secret
        seen, skipped = sorted(memory.seen), sorted(memory.skipped)
        values = rows.encode(memory, "url", feed=feed, seen=seen, skipped=skipped, run=run, at=at)
        self._replace(feed_memories, values)

    def add_harvest(self, name: str, feed: str, reached: datetime, run: str, at: datetime) -> None:
        values = {"name": name, "feed": feed, "reached": reached, "run": run, "at": at}
        self._write(sa.insert(t.harvests).values(values))

    def harvested(self, name: str) -> Mapping[str, datetime]:
        c = t.harvests.c
        newest = sa.select(sa.func.max(c.id)).where(c.name == name).group_by(c.feed)
        with self._database.read() as connection:
            found = connection.execute(sa.select(c.feed, c.reached).where(c.id.in_(newest)))
            return {row.feed: row.reached for row in found}


def _last_states(connection: sa.Connection, now: datetime) -> set[str]:
    """The state of each watched feed when it was last read on the feed day of a time."""
    c = t.feed_readings.c
    begin = day_start(now)
    query = sa.select(c.feed, c.state).where(c.at >= begin, c.at <= now, c.role == FeedRole.WATCHED).order_by(c.id)
    return set({row.feed: row.state for row in connection.execute(query)}.values())
