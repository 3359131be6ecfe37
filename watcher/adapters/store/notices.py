"""Later versions of papers that curators met: which wait for a notice, and the notices given."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Database
from watcher.adapters.store.handovers import carded
from watcher.domain.anomalies import WITHDRAWN
from watcher.domain.facts import Notice, NoticeKind
from watcher.domain.paper import AnnounceType, PaperId
from watcher.ports import Replacement

_CHUNK = 400


class Notices:
    """The part of the store that remembers what curators were told of later versions."""

    database: Database

    def met(self, topic: str | None = None) -> frozenset[PaperId]:
        """The papers that have a card, of a topic or of any."""
        query = sa.select(t.candidates.c.paper).where(t.candidates.c.number.in_(carded()))
        query = query.where(t.candidates.c.topic == topic) if topic else query
        with self.database.read() as connection:
            return frozenset(map(PaperId.from_key, connection.scalars(query.distinct())))

    def replacements(self, papers: AbstractSet[PaperId]) -> Sequence[Replacement]:
        """Later versions of these papers of which no notice was given, in the order they were announced."""
        keys = sorted(map(str, papers))
        with self.database.read() as connection:
            rows = [
                row
                for start in range(0, len(keys), _CHUNK)
                for row in connection.execute(_REPLACED.where(_NEW.c.paper.in_(keys[start : start + _CHUNK])))
            ]
        return [_replacement(row) for row in sorted(rows, key=lambda row: row.id)]

    def add_notices(self, notices: Sequence[Notice], run: str, at: datetime) -> None:
        """Add notices; one that was given stays as it is."""
        values = [
            {
                "paper": str(notice.paper),
                "version": notice.version,
                "kind": notice.kind,
                "title": notice.title,
                "url": notice.url,
                "before": notice.before,
                "run": run,
                "at": at,
            }
            for notice in notices
        ]
        with self.database.write() as connection:
            self.database.insert_new(connection, t.notices, values)

    def notices(self, since: datetime | None) -> Sequence[Notice]:
        """The notices given after a moment (or ever), oldest first."""
        query = sa.select(t.notices).order_by(t.notices.c.id)
        if since is not None:
            query = query.where(t.notices.c.at > since)
        with self.database.read() as connection:
            return [notice(row) for row in connection.execute(query)]


def notice(row: sa.Row[Any]) -> Notice:
    """A `notices` row as a fact."""
    return Notice(PaperId.from_key(row.paper), row.version, NoticeKind(row.kind), row.title, row.url, row.before)


_NEW = t.paper_versions.alias("new")
_MET = t.paper_versions.alias("met")
_EARLIER = t.paper_versions.alias("earlier")


def _replaced() -> sa.Select[Any]:
    """Replacements of a version that is older than theirs where a candidate was made of the paper."""
    replaced = [kind.value for kind in AnnounceType if not kind.is_news]
    before = (
        sa.select(_EARLIER.c.title)
        .where(_EARLIER.c.paper == _NEW.c.paper, _EARLIER.c.version < _NEW.c.version)
        .order_by(_EARLIER.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    met = (
        sa.select(sa.func.max(_MET.c.version))
        .join(t.announcements, t.announcements.c.paper_version == _MET.c.id)
        .join(t.candidates, t.candidates.c.announcement == t.announcements.c.id)
        .where(t.candidates.c.paper == _NEW.c.paper)
        .scalar_subquery()
    )
    told = sa.exists().where(t.notices.c.paper == _NEW.c.paper, t.notices.c.version == _NEW.c.version)
    announced = t.announcements.alias("announced")
    return (
        sa.select(announced.c.id, announced.c.anomalies, _NEW.c.paper, _NEW.c.version, _NEW.c.title, _NEW.c.url)
        .add_columns(before.label("before"))
        .join(_NEW, _NEW.c.id == announced.c.paper_version)
        .where(announced.c.announce_type.in_(replaced), _NEW.c.version > sa.func.coalesce(met, 0), ~told)
    )


_REPLACED = _replaced()


def _replacement(row: sa.Row[Any]) -> Replacement:
    paper = PaperId.from_key(row.paper)
    return Replacement(paper, row.version, row.title, row.url, row.before, WITHDRAWN in row.anomalies)
