"""Decisions that stand, as examples for the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.curating import latest
from watcher.adapters.store.database import Database
from watcher.adapters.store.schema import Moment
from watcher.domain.anomalies import is_suspicious
from watcher.domain.examples import Example
from watcher.domain.facts import Verdict

_LATEST = 50


class Examples:
    """The part of the store that shows how the criteria were applied."""

    database: Database

    def examples(self, topic: str, until: datetime) -> Sequence[Example]:
        """Approvals and rejections of a topic made before a moment that stand, the latest first.

        An approval without a reason has the model's, which the curator let stand; a rejection's would be wrong.
        Suspicious papers are left out: an example stands beside every other paper.
        """
        with self.database.read() as connection:
            return [
                Example(row.title, approved, row.reason or (row.reason_ja if approved else ""))
                for row in connection.execute(_decided(), {"topic": topic, "until": until})
                for approved in [row.verdict == Verdict.APPROVE]
                if not is_suspicious(row.anomalies)
            ]


@cache
def _decided() -> sa.Select[Any]:
    """The latest decisions of `topic` made before `until` that stand, with what was decided on."""
    decided = latest(t.decisions, "id", "verdict", "reason", "at")
    return (
        sa.select(t.paper_versions.c.title, t.announcements.c.anomalies)
        .add_columns(decided.c.verdict, decided.c.reason, t.relevances.c.reason_ja)
        .select_from(decided)
        .join(t.candidates, t.candidates.c.number == decided.c.candidate)
        .join(t.relevances, t.relevances.c.candidate == decided.c.candidate)
        .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
        .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
        .where(
            t.candidates.c.topic == sa.bindparam("topic"),
            decided.c.verdict.in_([Verdict.APPROVE, Verdict.REJECT]),
            decided.c.at < sa.bindparam("until", type_=Moment),
        )
        .order_by(decided.c.id.desc())
        .limit(_LATEST)
    )
