"""What a desk tells of a day besides counts: who decided, what was found, and what has waited too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.curating import latest
from watcher.adapters.store.database import Database
from watcher.domain.card import Borderline, Decided
from watcher.domain.facts import Verdict
from watcher.domain.reminder import Overdue
from watcher.domain.surprise import LIKELY, surprising
from watcher.domain.topic import Topic

_FINAL = (Verdict.APPROVE, Verdict.REJECT)


def decided_by(connection: sa.Connection, topic: str, since: datetime | None) -> tuple[Decided, ...]:
    """Who gave how many of which verdicts after a moment; what was taken back since counts as given."""
    c = t.decisions.c
    query = (
        sa.select(c.curator, c.verdict, sa.func.count().label("times"))
        .join(t.candidates, t.candidates.c.number == c.candidate)
        .where(t.candidates.c.topic == topic, c.verdict != Verdict.UNDO)
        .group_by(c.curator, c.verdict)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query.where(c.at > since) if since else query):
        found.setdefault(row.curator, {})[row.verdict] = row.times
    told = [
        Decided(
            curator,
            counts.get(Verdict.APPROVE, 0) + counts.get(Verdict.ENDORSE, 0),
            counts.get(Verdict.REJECT, 0),
            counts.get(Verdict.LATER, 0),
        )
        for curator, counts in found.items()
    ]
    return tuple(sorted(told, key=lambda one: (-one.total, one.curator)))


def papers_found(connection: sa.Connection, topic: str, since: datetime | None) -> tuple[Borderline, ...]:
    """The papers summarized after a moment, best score first."""
    query = (
        rows.CANDIDATE.add_columns(t.relevances.c.score, t.relevances.c.reason_ja)
        .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .join(t.summaries, t.summaries.c.candidate == t.candidates.c.number)
        .where(t.candidates.c.topic == topic)
        .order_by(t.relevances.c.score.desc(), t.candidates.c.number)
    )
    if since is not None:
        query = query.where(t.summaries.c.at > since)
    return tuple(Borderline(row.title, row.url, row.score, row.reason_ja) for row in connection.execute(query))


def nearly_relevant(connection: sa.Connection, topic: Topic, since: datetime | None) -> tuple[Borderline, ...]:
    """The papers scored just below the threshold after a moment, best score first."""
    query = (
        rows.CANDIDATE.add_columns(t.relevances.c.score, t.relevances.c.reason_ja, t.screenings.c.probability)
        .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .where(
            t.candidates.c.topic == topic.slug,
            sa.not_(t.relevances.c.relevant),
            sa.or_(t.relevances.c.score >= topic.fold_at, t.screenings.c.probability > LIKELY),
        )
        .order_by(t.relevances.c.score.desc(), t.candidates.c.number)
    )
    if since is not None:
        query = query.where(t.relevances.c.at > since)
    found = [Borderline(r.title, r.url, r.score, r.reason_ja, r.probability) for r in connection.execute(query)]
    return tuple(near for near in found if near.score >= topic.fold_at or surprising(near.probability, near.score))


class Days:
    """The part of the store that knows how long cards have stood."""

    database: Database

    def posted(self, topic: str, desk: str, since: datetime) -> int:
        """How many cards of a topic a desk has shown since a moment."""
        query = (
            sa.select(sa.func.count())
            .select_from(t.cards)
            .join(t.candidates, t.candidates.c.number == t.cards.c.candidate)
            .where(t.candidates.c.topic == topic, t.cards.c.desk == desk, t.cards.c.at >= since)
        )
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()

    def overdue(self, topic: str, desk: str, before: datetime) -> Sequence[Overdue]:
        """Cards a desk showed before a moment that still wait for a verdict, oldest first."""
        decided = latest(t.decisions, "verdict")
        query = (
            rows.CANDIDATE.add_columns(
                t.relevances.c.score,
                t.cards.c.at.label("posted_at"),
                sa.func.coalesce(decided.c.verdict, "").label("v"),
            )
            .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
            .join(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .outerjoin(decided, decided.c.candidate == t.candidates.c.number)
            .where(
                t.candidates.c.topic == topic,
                t.cards.c.at < before,
                sa.func.coalesce(decided.c.verdict, "").not_in(_FINAL),
            )
            .order_by(t.cards.c.at, t.candidates.c.number)
        )
        with self.database.read() as connection:
            found = connection.execute(query).all()
        return [Overdue(row.title, row.url, row.score, row.posted_at, row.v == Verdict.LATER) for row in found]
