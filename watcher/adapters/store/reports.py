"""Computes a topic's weekly report (precision, recall, curators' time, cost) by queries over the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.citations import CITES, searches_of
from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.tables import audit_answers
from watcher.adapters.store.triage import PICKED, recall_on_plants
from watcher.domain.budget import Usage
from watcher.domain.curation.recall import Recall, TriageRecall, recall
from watcher.domain.curation.verdicts import bare_name
from watcher.domain.curation.weekly import (
    RECALL_WEEKS,
    CuratorWork,
    SourceTrouble,
    SummaryChecks,
    Week,
    WeeklyReport,
    minutes_spent,
)
from watcher.domain.facts import Verdict
from watcher.domain.papers.citations import FEED, CitationSearch, NetCounts
from watcher.domain.papers.feeds import BROKEN
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import Topic
from watcher.ports.store import AuditStore, ReportStore

_MINE = t.candidates.c
_RELEVANT = t.relevances.c.relevant


class Reports(Part, ReportStore):
    def __init__(self, database: Database, audits: AuditStore) -> None:
        super().__init__(database)
        self._audits = audits

    def gather(self, topic: Topic, week: Week) -> WeeklyReport:
        audited, triage = self.recalls(topic.slug, week)
        with self._database.read() as connection:
            known = _Gathering(connection, topic.slug, week.begins, week.ends)
            return WeeklyReport(
                topic=topic.slug,
                topic_title=topic.title,
                week=week,
                counts=known.counts(),
                recall=audited,
                usage=known.usage(),
                relevant_everywhere=known.count(t.relevances, t.relevances.c.relevant, everywhere=True),
                curators=known.curators(),
                troubles=known.troubles(),
                scorers=known.names(t.relevances, "model"),
                summarizers=known.names(t.summaries, "model"),
                rules=known.names(t.screenings, "rule"),
                checks=known.checks(),
                triage=triage,
                nets=known.nets(),
                searches=known.searches(week),
            )

    def recalls(self, topic: str, week: Week) -> tuple[Recall, TriageRecall]:
        span = [week.earlier(n) for n in range(RECALL_WEEKS)]
        since, until = span[-1].begins, week.ends
        cards = self._audits.cards(topic, [str(one) for one in span])
        with self._database.read() as connection:
            audited = recall(cards, _came_through(connection, topic, since, until))
            return audited, recall_on_plants(connection, topic, since, until)


class _Gathering:
    """Queries of a weekly report about one topic and span of time, within one transaction."""

    def __init__(self, connection: sa.Connection, topic: str, since: datetime, until: datetime) -> None:
        self._connection = connection
        self._topic = topic
        self._since, self._until = since, until

    def _within(self, table: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.at >= self._since, table.c.at < self._until)

    def _of(self, table: sa.FromClause, *columns: Any) -> sa.Select[Any]:
        """The rows of a fact's table for the report's topic and span of time."""
        query = sa.select(*columns).select_from(table).join(t.candidates, _MINE.number == table.c.candidate)
        return query.where(_MINE.topic == self._topic, self._within(table))

    def count(self, table: sa.Table, *conditions: sa.ColumnElement[bool], everywhere: bool = False) -> int:
        """The number of facts of a kind in the report's week; with `everywhere`, over all topics."""
        every = sa.select(sa.func.count()).select_from(table).where(self._within(table))
        query = every if everywhere else self._of(table, sa.func.count())
        return int(self._connection.scalar(query.where(*conditions)) or 0)

    def counts(self) -> dict[str, int]:
        """The numbers of a weekly report: papers by stage, and decisions of the week that are still in force."""
        versions = sa.select(sa.func.count(sa.distinct(t.announcements.c.paper_version)))
        versions = versions.where(t.announcements.c.feed != FEED)
        standing = rows.latest(t.decisions, "verdict", "at")
        verdicts = self._of(standing, standing.c.verdict, sa.func.count().label("many")).group_by(standing.c.verdict)
        decided: dict[str, int] = {row.verdict: row.many for row in self._connection.execute(verdicts)}
        return {
            "announced": int(self._connection.scalar(versions.where(self._within(t.announcements))) or 0),
            "screened": self.count(t.screenings),
            "passed": self.count(t.screenings, t.screenings.c.passed),
            "triaged": self.count(t.triages, t.triages.c.batch.is_not(None)),
            "named": self.count(t.triages, t.triages.c.batch.is_not(None), t.triages.c.goes_on),
            "scored": self.count(t.relevances),
            "relevant": self.count(t.relevances, t.relevances.c.relevant),
            "summarized": self.count(t.summaries),
            "approved": decided.get(Verdict.APPROVE, 0),
            "rejected": decided.get(Verdict.REJECT, 0),
        }

    def checks(self) -> SummaryChecks:
        """How curators treated the summaries of papers they approved in the week, by the result of verification."""
        standing = rows.latest(t.decisions, "verdict", "at")
        rewritten = rows.latest(t.rewritten_summaries, "verification")
        revised = sa.exists().where(t.revisions.c.candidate == standing.c.candidate, t.revisions.c.cell == "summary")
        query = (
            self._of(
                standing, t.summaries.c.verification, rewritten.c.verification.label("again"), revised.label("edited")
            )
            .add_columns(rewritten.c.candidate.is_not(None).label("is_rewritten"))
            .join(t.summaries, t.summaries.c.candidate == standing.c.candidate)
            .outerjoin(rewritten, rewritten.c.candidate == standing.c.candidate)
            .where(standing.c.verdict == Verdict.APPROVE)
        )
        found: Counter[str] = Counter()
        for row in self._connection.execute(query):
            said = rows.verification(row.again if row.is_rewritten else row.verification)
            if said is None:
                continue
            if said.wrong:
                found.update(flagged=1, untouched=int(not row.edited))
            elif said.planted:  # there is nothing in the summary to change
                found["cut"] += 1
            elif said.is_checked:
                found.update(verified=1, edited=int(row.edited))
            else:
                found["unchecked"] += 1
        return SummaryChecks(**found)

    def usage(self) -> Usage:
        """The usage (tokens, cost) of all model calls in the report's week, whatever their topic."""
        c = t.replies.c
        parts = (c.calls, c.prompt_tokens, c.prompt_chars, c.completion_tokens, c.cost_usd)
        sums = sa.select(*[sa.func.coalesce(sa.func.sum(part), 0) for part in parts]).where(self._within(t.replies))
        return Usage(*self._connection.execute(sums).one())

    def curators(self) -> tuple[CuratorWork, ...]:
        """What each curator did in the report's week, at all desks together: decisions in force, edits and answers; the
        busiest first.
        """
        acts: dict[str, Sequence[sa.Row[Any]]] = {
            table.name: self._connection.execute(self._of(table, table.c.curator, table.c.at)).all()
            for table in (t.decisions, t.revisions, audit_answers)
        }
        minutes = minutes_spent((bare_name(row.curator), row.at) for found in acts.values() for row in found)
        stood = rows.decisions_standing(self._connection, self._topic, self._since, self._until)
        decisions = Counter(bare_name(one.curator) for one in stood)
        answers = Counter(bare_name(row.curator) for row in acts["audit_answers"])
        work = [CuratorWork(who, decisions[who], answers[who], spent) for who, spent in minutes.items()]
        return tuple(sorted(work, key=lambda one: (-one.decisions - one.answers, one.curator)))

    def troubles(self) -> tuple[SourceTrouble, ...]:
        """The feeds that failed or stalled in the report's week, sorted by name."""
        c = t.feed_readings.c
        found: dict[str, SourceTrouble] = {}
        query = sa.select(c.feed, c.state, c.error).where(self._within(t.feed_readings)).order_by(c.feed, c.id)
        for row in self._connection.execute(query):
            before = found.get(row.feed, SourceTrouble(row.feed, 0, 0, ""))
            broken = row.state in BROKEN
            error = row.error if broken and row.error else before.error
            found[row.feed] = SourceTrouble(row.feed, before.readings + 1, before.failures + broken, error)
        return tuple(one for one in found.values() if one.failures)

    def nets(self) -> NetCounts:
        """The numbers of relevant papers in the report's week by what found them, feeds or citations."""
        news = [kind.value for kind in AnnounceType if kind.is_news]
        version = t.paper_versions.c
        announced = (
            sa.exists()
            .where(version.paper == _MINE.paper, t.announcements.c.paper_version == version.id)
            .where(t.announcements.c.announce_type.in_(news), t.announcements.c.feed != FEED)
            .correlate(t.candidates)
        )
        query = self._of(t.relevances, announced.label("announced"), CITES.label("cites"))
        found = Counter((bool(r.announced), bool(r.cites)) for r in self._connection.execute(query.where(_RELEVANT)))
        return NetCounts(found[True, False] + found[False, False], found[False, True], found[True, True])

    def searches(self, week: Week) -> tuple[CitationSearch, ...]:
        """The week's searches for papers that cite the catalog, the latest of each service."""
        return searches_of(self._connection, self._topic, str(week))

    def names(self, table: sa.Table, column: str) -> tuple[str, ...]:
        """The distinct values of a column in the report's week, sorted."""
        return tuple(sorted(self._connection.scalars(self._of(table, table.c[column]).distinct())))


def _came_through(connection: sa.Connection, topic: str, since: datetime, until: datetime) -> Mapping[str, int]:
    """The number of approved papers that screening or triage passed, by the week of their screening."""
    decided = rows.latest(t.decisions, "verdict")
    s = t.screenings.c
    query = (
        sa.select(s.at)
        .join(t.candidates, _MINE.number == s.candidate)
        .join(decided, decided.c.candidate == s.candidate)
        .where(
            _MINE.topic == topic,
            sa.or_(s.passed, PICKED),
            s.at >= since,
            s.at < until,
            decided.c.verdict == Verdict.APPROVE,
        )
    )
    return Counter(str(Week.of(at)) for at in connection.scalars(query))
