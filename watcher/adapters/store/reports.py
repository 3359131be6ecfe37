"""Database access for daily digests and weekly reports: both are computed by queries over the tables; digests are stored
as posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Moment, Part
from watcher.adapters.store.metadata import searches_of
from watcher.adapters.store.models import usage_sums
from watcher.adapters.store.rows import CITES, EVER_HANDED_OVER, PICKED, carded, rows_cited
from watcher.adapters.store.scoring import recall_on_plants
from watcher.adapters.store.summaries import unsummarized
from watcher.adapters.store.tables import audit_answers, handovers
from watcher.domain.budget import Usage
from watcher.domain.curation.card import Borderline, Decided, Digest, bare_name, standing
from watcher.domain.curation.recall import Recall, TriageRecall, recall
from watcher.domain.curation.weekly import (
    RECALL_WEEKS,
    CuratorWork,
    SourceTrouble,
    SummaryChecks,
    Week,
    WeeklyReport,
    minutes_spent,
)
from watcher.domain.facts import Decision, Verdict, Verification
from watcher.domain.health import STAGES
from watcher.domain.papers.citations import FEED, CitationSearch, NetCounts
from watcher.domain.papers.feeds import BROKEN, FeedReport, SourceState
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import LIKELY, surprising
from watcher.ports.store import ReportStore

_FIRST = handovers.c.round == 0  # the card stands from then on


_SHOWN_ERRORS = 5
_TOLD = ("summarize", "post", "catalog")  # what keeps papers from a score is told of whole calls


_EVER = datetime(1900, 1, 1, tzinfo=UTC)  # before every fact: the first digest of a topic counts all of them


class Reports(Part, ReportStore):
    def digest(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        given, over = self._store.scoring.unscored(topic.slug)
        unread = sum(self._store.triage.untriaged(topic.slug))
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
        standing = [
            f"alarm: {a.kind}: {a.detail}"
            for a in self._store.monitoring.standing_alarms()
            if a.kind not in STAGES.values()
        ]
        waiting = [f"{f.stage}: {f.error}" for stage in _TOLD for f in self._store.runs.failures(stage, topic.slug)]
        return Digest(
            day=day,
            topic=topic.slug,
            topic_title=topic.title,
            unscored=given,
            carried_over=over + unread,
            usage=self._store.models.usage(since),
            sources=sources,
            borderline=borderline,
            notices=tuple(self._store.papers.notices(since)),
            failures=(*standing, *list(dict.fromkeys([*failures, *waiting]))[:_SHOWN_ERRORS]),
            recorded_replies=recorded,
            decided=decided,
            found=found,
            cards=counts["summarized"] + counts["handed_over"],
            **{name: counts[name] for name in counts if name != "summarized"},
        )

    def last_digest(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        query = sa.select(t.digests).order_by(t.digests.c.day.desc(), t.digests.c.at.desc()).limit(1)
        if topic is not None:
            query = query.where(t.digests.c.topic == topic)
        if before is not None:
            query = query.where(t.digests.c.day < before)
        row = self._row(query)
        return (rows.decode(Digest, row.content), row.at) if row else None

    def digest_of_day(self, topic: str, day: date) -> Digest | None:
        query = sa.select(t.digests.c.content).where(t.digests.c.topic == topic, t.digests.c.day == day)
        content = self._scalar(query)
        return rows.decode(Digest, content) if content else None

    def put_digest(self, digest: Digest, ref: str, at: datetime) -> None:
        about = {"topic": digest.topic, "day": digest.day}
        self._replace(t.digests, {**about, "content": rows.as_json(digest), "ref": ref, "at": at})

    def weekly(self, topic: Topic, week: Week) -> WeeklyReport:
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
        cards = self._store.audits.cards(topic, [str(one) for one in span])
        with self._database.read() as connection:
            audited = recall(cards, _came_through(connection, topic, since, until))
            return audited, recall_on_plants(connection, topic, since, until)


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
    for one in _decisions_standing(connection, topic, since):
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
            row.title,
            row.url,
            row.score,
            row.reason_ja or "",
            None,
            row.number,
            " ".join(dict.fromkeys(cited.label for cited in cites.get(row.number, ()))),
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


def _decisions_standing(
    connection: sa.Connection, topic: str, since: datetime | None, until: datetime | None = None
) -> list[Decision]:
    """Fetch the decisions on a topic's cards that were made after `since`, before `until`, and were not overruled by
    then.
    """
    c = t.decisions.c
    within = [c.at > since] if since else []
    within += [c.at < until] if until else []
    touched = sa.select(c.candidate).where(*within)
    query = (
        sa.select(c.candidate, c.verdict, c.curator, c.at, c.desk, c.reason, c.needed)
        .join(t.candidates, t.candidates.c.number == c.candidate)
        .where(t.candidates.c.topic == topic, c.candidate.in_(touched), *([c.at < until] if until else []))
        .order_by(c.id)
    )
    given: dict[int, list[Decision]] = {}
    for row in connection.execute(query):
        given.setdefault(row.candidate, []).append(rows.decode(Decision, row))
    return [one for each in given.values() for one in standing(each) if since is None or one.at > since]


_MINE = t.candidates.c
_RELEVANT = t.relevances.c.relevant


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
            content = row.again if row.is_rewritten else row.verification
            if content is None:
                continue
            said = rows.decode(Verification, content)
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
        return Usage(*self._connection.execute(sa.select(*usage_sums()).where(self._within(t.replies))).one())

    def curators(self) -> tuple[CuratorWork, ...]:
        """What each curator did in the report's week, at all desks together: decisions in force, edits and answers; the
        busiest first.
        """
        acts: dict[str, Sequence[sa.Row[Any]]] = {
            table.name: self._connection.execute(self._of(table, table.c.curator, table.c.at)).all()
            for table in (t.decisions, t.revisions, audit_answers)
        }
        minutes = minutes_spent((bare_name(row.curator), row.at) for found in acts.values() for row in found)
        stood = _decisions_standing(self._connection, self._topic, self._since, self._until)
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
