"""Database access for digests (a topic's daily summary message to curators): computes them from the tables, and stores
them as posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.citations import rows_cited
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.handovers import EVER_HANDED_OVER, carded
from watcher.adapters.store.summaries import unsummarized
from watcher.adapters.store.tables import Moment, handovers
from watcher.domain.curation.card import Borderline, Decided, Digest
from watcher.domain.facts import Verdict
from watcher.domain.health import STAGES
from watcher.domain.papers.citations import FEED, labels
from watcher.domain.papers.feeds import BROKEN, FeedReport, SourceState
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import LIKELY, surprising
from watcher.ports.store import AlarmStore, DigestStore, PaperStore, ReplyStore, RunStore, ScoringStore, TriageStore

_FIRST = handovers.c.round == 0  # the card stands from then on


_SHOWN_ERRORS = 5
_TOLD = ("summarize", "post", "catalog")  # what keeps papers from a score is told of whole calls


_EVER = datetime(1900, 1, 1, tzinfo=UTC)  # before every fact: the first digest of a topic counts all of them


class Digests(Part, DigestStore):
    def __init__(
        self,
        database: Database,
        alarms: AlarmStore,
        papers: PaperStore,
        replies: ReplyStore,
        runs: RunStore,
        scoring: ScoringStore,
        triage: TriageStore,
    ) -> None:
        super().__init__(database)
        self._alarms = alarms
        self._papers = papers
        self._replies = replies
        self._runs = runs
        self._scoring = scoring
        self._triage = triage

    def gather(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        given, over = self._scoring.unscored(topic.slug)
        unread = sum(self._triage.untriaged(topic.slug))
        stuck = {stage for stage, count in {"score": given, "triage": unread}.items() if count}
        with self._database.read() as connection:
            if connection.execute(unsummarized(), {"topics": [topic.slug]}).first():
                stuck.add("summarize")
            asked = {"topics": [topic.slug], "since": since or _EVER}
            counts = dict(connection.execute(_counts(), asked).mappings().one())
            sources = _sources(connection, since)
            borderline = _below_threshold(connection, topic, since)
            failures = _errors(connection, topic.slug, since, stuck)
            decided = _decided_by(connection, topic.slug, since)
            found = _papers_found(connection, topic.slug, since)
        # Those of a stage are told anyway.
        standing = [f"alarm: {a.kind}: {a.detail}" for a in self._alarms.standing() if a.kind not in STAGES.values()]
        waiting = [f"{f.stage}: {f.error}" for stage in _TOLD for f in self._runs.failures(stage, topic.slug)]
        return Digest(
            day=day,
            topic=topic.slug,
            topic_title=topic.title,
            unscored=given,
            carried_over=over + unread,
            usage=self._replies.usage(since),
            sources=sources,
            borderline=borderline,
            notices=tuple(self._papers.notices(since)),
            failures=(*standing, *list(dict.fromkeys([*failures, *waiting]))[:_SHOWN_ERRORS]),
            recorded_replies=recorded,
            cap=None,
            decided=decided,
            found=found,
            brief=False,
            cards=counts["summarized"] + counts["handed_over"],
            **{name: counts[name] for name in counts if name != "summarized"},
        )

    def last(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        query = sa.select(t.digests).order_by(t.digests.c.day.desc(), t.digests.c.at.desc()).limit(1)
        if topic is not None:
            query = query.where(t.digests.c.topic == topic)
        if before is not None:
            query = query.where(t.digests.c.day < before)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return (rows.digest(row.content), row.at) if row else None

    def of_day(self, topic: str, day: date) -> Digest | None:
        query = sa.select(t.digests.c.content).where(t.digests.c.topic == topic, t.digests.c.day == day)
        with self._database.read() as connection:
            content = connection.scalar(query)
        return rows.digest(content) if content else None

    def put(self, digest: Digest, ref: str, at: datetime) -> None:
        where = {"topic": digest.topic, "day": digest.day}
        content = rows.digest_values(digest)
        with self._database.write() as connection:
            self._database.insert_new(connection, t.digests, [{**where, "content": content, "ref": ref, "at": at}])
            c = t.digests.c
            connection.execute(
                sa.update(t.digests)
                .where(c.topic == digest.topic, c.day == digest.day)
                .values(content=content, ref=ref, at=at)
            )


@cache
def _counts() -> sa.Select[Any]:
    """How many facts of each kind a topic got after the time `since`, and how many papers were announced in all."""
    since = sa.bindparam("since", type_=Moment)

    def of(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .join(t.candidates, t.candidates.c.number == table.c.candidate)
            .where(rows.of_topics(), table.c.at > since, *conditions)
        )
        return query.scalar_subquery()

    announced = sa.select(sa.func.count(sa.distinct(t.announcements.c.paper_version)))
    announced = announced.where(t.announcements.c.feed != FEED)
    return sa.select(
        announced.where(t.announcements.c.at > since).scalar_subquery().label("announced"),
        of(t.screenings).label("screened"),
        of(t.screenings, t.screenings.c.passed).label("passed"),
        of(t.triages, t.triages.c.batch.is_not(None)).label("triaged"),
        of(t.triages, t.triages.c.batch.is_not(None), t.triages.c.goes_on).label("named"),
        of(t.relevances).label("scored"),
        of(t.relevances, t.relevances.c.relevant).label("relevant"),
        of(t.summaries, sa.not_(EVER_HANDED_OVER)).label("summarized"),
        of(handovers, _FIRST).label("handed_over"),
    )


def _sources(connection: sa.Connection, since: datetime | None) -> tuple[FeedReport, ...]:
    """The state of each feed over all its readings since the last digest: broken now is broken, else one fresh reading
    is fresh.
    """
    query = sa.select(t.feed_readings).order_by(t.feed_readings.c.id)
    found: dict[str, FeedReport] = {}
    for row in connection.execute(query.where(t.feed_readings.c.at > since) if since else query):
        now, before = rows.feed_report(row), found.get(row.feed)
        if before is not None and before.state is SourceState.FORGOT and now.state not in BROKEN:
            now = replace(now, state=SourceState.FORGOT, error=now.error or before.error)
        calm = now.state not in BROKEN
        fresh = before is not None and before.state is SourceState.FRESH
        found[row.feed] = FeedReport(
            now.name,
            SourceState.FRESH if calm and fresh else now.state,
            max(now.entries, before.entries if before else 0),
            now.new + (before.new if before else 0),
            now.error,
            max(now.revised, before.revised if before else 0),
        )
    return tuple(found.values())


def _errors(connection: sa.Connection, topic: str, since: datetime | None, stuck: AbstractSet[str]) -> list[str]:
    """Errors of whole requests at stages where papers of a topic still wait; errors that were overcome are left out."""
    c = t.failures.c
    mine = sa.or_(c.topic == topic, c.topic.is_(None))
    query = sa.select(c.stage, c.error).where(c.candidate.is_(None), mine, c.stage.in_(stuck)).order_by(c.id.desc())
    if since is not None:
        query = query.where(c.at > since)
    return [f"{row.stage}: {row.error}" for row in connection.execute(query)]


def _decided_by(connection: sa.Connection, topic: str, since: datetime | None) -> tuple[Decided, ...]:
    """How many verdicts of each kind every curator gave after a time, as far as they are in force."""
    found: dict[str, Counter[Verdict]] = {}
    for one in rows.decisions_standing(connection, topic, since):
        found.setdefault(one.curator, Counter())[one.verdict] += 1
    told = [
        Decided(
            curator, counts[Verdict.APPROVE] + counts[Verdict.ENDORSE], counts[Verdict.REJECT], counts[Verdict.LATER]
        )
        for curator, counts in found.items()
    ]
    return tuple(sorted(told, key=lambda one: (-one.total, one.curator)))


def _papers_found(connection: sa.Connection, topic: str, since: datetime | None) -> tuple[Borderline, ...]:
    """The papers that became ready for curators after a moment, best score first, in the order of their cards."""
    since = since or _EVER
    summarized = sa.select(t.summaries.c.candidate).where(t.summaries.c.at > since)
    handed_over = sa.select(handovers.c.candidate).where(_FIRST, handovers.c.at > since)
    ready = sa.or_(
        sa.and_(t.candidates.c.number.in_(summarized), sa.not_(EVER_HANDED_OVER)),
        t.candidates.c.number.in_(handed_over),
    )
    query = (
        rows.CANDIDATE.add_columns(t.relevances.c.score, t.relevances.c.reason_ja)
        .outerjoin(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .where(t.candidates.c.topic == topic, ready)
        .order_by(
            sa.func.coalesce(t.relevances.c.score, -1).desc(),
            sa.func.coalesce(t.screenings.c.probability, 0).desc(),
            t.candidates.c.number,
        )
    )
    found = connection.execute(query).all()
    cites = rows_cited(connection, sa.select(t.candidates.c.number).where(t.candidates.c.topic == topic, ready))
    return tuple(
        Borderline(
            row.title, row.url, row.score, row.reason_ja or "", None, row.number, labels(cites.get(row.number, ()))
        )
        for row in found
    )


def _below_threshold(connection: sa.Connection, topic: Topic, since: datetime | None) -> tuple[Borderline, ...]:
    """The papers that were scored after a moment and get no card, either just below the threshold or against the
    prefilter's expectation, best score first.
    """
    query = (
        rows.CANDIDATE.add_columns(t.relevances.c.score, t.relevances.c.reason_ja, t.screenings.c.probability)
        .join(t.relevances, t.relevances.c.candidate == t.candidates.c.number)
        .join(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .where(
            t.candidates.c.topic == topic.slug,
            sa.not_(t.relevances.c.relevant),
            t.nominations.c.candidate.is_(None),  # those get their card whatever the score
            t.candidates.c.number.not_in(carded()),
            sa.or_(t.relevances.c.score >= topic.fold_at, t.screenings.c.probability > LIKELY),
        )
        .order_by(t.relevances.c.score.desc(), t.candidates.c.number)
    )
    if since is not None:
        query = query.where(t.relevances.c.at > since)
    found = [
        Borderline(r.title, r.url, r.score, r.reason_ja, r.probability, r.number) for r in connection.execute(query)
    ]
    return tuple(
        one for one in found if (one.score or 0) >= topic.fold_at or surprising(one.probability, one.score or 0)
    )
