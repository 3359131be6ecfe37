"""Runs, failures, what waits where, a paper's history, and the digest gathered from all of it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import rows
from watcher.adapters.store import tables as t
from watcher.adapters.store.catalog_rows import Pushing
from watcher.adapters.store.handover_tables import handovers, lone_failures, retries
from watcher.adapters.store.handovers import EVER_HANDED_OVER, HANDED_OVER
from watcher.adapters.store.papers import Notices
from watcher.adapters.store.reports import decided_by, nearly_relevant, papers_found
from watcher.adapters.store.tables import Moment, audit_answers, audit_samples
from watcher.adapters.store.waiting import Waiting
from watcher.domain.curation.card import Digest
from watcher.domain.facts import RowChange
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import PaperId
from watcher.domain.papers.topic import Topic
from watcher.logs import redact
from watcher.ports import Failure, HistoryEntry, RunReport

_DONE_IN = {"score": t.relevances, "summarize": t.summaries, "post": t.cards}
_FIRST = handovers.c.round == 0  # the card stands from then on
_SHOWN_ERRORS = 5
_EVER = datetime(1900, 1, 1, tzinfo=UTC)


class Accounts(Waiting, Pushing, Notices):
    """The part of the store that answers for it."""

    def fail(self, failure: Failure, run: str, at: datetime) -> None:
        """Record a failure."""
        values = {
            "stage": failure.stage,
            "candidate": failure.number,
            "topic": failure.topic or None,
            "error": redact(failure.error),
            "run": run,
            "at": at,
        }
        with self.database.write() as connection:
            connection.execute(sa.insert(t.failures).values(values))

    def failures(self, stage: str | None = None) -> Sequence[Failure]:
        """The latest failure of every candidate that still waits because of one."""
        stages = [stage] if stage else [*_DONE_IN, "catalog"]
        pushing = self.push_trouble() if stage in {None, "push"} else []
        return [failure for name in stages if name != "push" for failure in self._unresolved(name)] + pushing

    def _unresolved(self, stage: str, topic: str | None = None) -> list[Failure]:
        f = t.failures.c
        newer = t.failures.alias()
        overtaken = sa.exists().where(newer.c.candidate == f.candidate, newer.c.stage == stage, newer.c.id > f.id)
        query = (
            sa.select(f.stage, f.candidate, f.error, t.candidates.c.topic)
            .join(t.candidates, t.candidates.c.number == f.candidate)
            .where(f.stage == stage, ~overtaken)
        )
        query = query.where(t.candidates.c.topic == topic) if topic else query
        if stage == "catalog":
            done = t.catalog_rows
            query = query.where(
                ~sa.exists()
                .where(done.c.candidate == f.candidate, done.c.at >= f.at, done.c.change != RowChange.INTENDED)
                .correlate(t.failures)
            )
        else:
            done = _DONE_IN[stage]
            query = query.where(~sa.exists().where(done.c.candidate == f.candidate).correlate(t.failures))
            query = query if stage == "post" else query.where(sa.not_(HANDED_OVER))
        with self.database.read() as connection:
            return [Failure(*row) for row in connection.execute(query.order_by(f.id))]

    def find(self, paper: PaperId) -> Sequence[int]:
        """Numbers of the candidates made from a paper."""
        query = sa.select(t.candidates.c.number).where(t.candidates.c.paper == str(paper))
        with self.database.read() as connection:
            return list(connection.scalars(query.order_by(t.candidates.c.number)))

    def history(self, paper: PaperId) -> Sequence[HistoryEntry]:
        """All facts of a paper in order of time."""
        numbers = sa.select(t.candidates.c.number).where(t.candidates.c.paper == str(paper))
        entries: list[HistoryEntry] = []
        with self.database.read() as connection:
            announced = (
                sa.select(t.announcements, t.paper_versions.c.version)
                .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
                .where(t.paper_versions.c.paper == str(paper))
            )
            told = sa.select(t.notices).where(t.notices.c.paper == str(paper))
            kept: list[tuple[sa.Select[Any], str, str]] = [
                (announced, "announced", "v{r.version} {r.announce_type} {r.feed}"),
                (told, "noticed", "v{r.version} {r.kind} {r.title}"),
                *(
                    (sa.select(table).where(table.c.candidate.in_(numbers)), what, gist)
                    for table, what, gist in _HISTORY
                ),
            ]
            for query, what, gist in kept:
                entries.extend(
                    HistoryEntry(row.at, what, " ".join(gist.format(r=row).split()), dict(row._mapping))  # noqa: SLF001
                    for row in connection.execute(query)
                )
        return sorted(entries, key=lambda entry: entry.at)

    def start_run(self, run: str, at: datetime) -> None:
        """Record that a run began; a slot that is tried again begins again."""
        with self.database.write() as connection:
            connection.execute(sa.insert(t.runs).values(run=run, started=at))

    def finish_run(self, report: RunReport) -> None:
        """Record how a run ended."""
        newest = sa.select(sa.func.max(t.runs.c.id)).where(t.runs.c.run == report.run_id).scalar_subquery()
        with self.database.write() as connection:
            connection.execute(
                sa.update(t.runs)
                .where(t.runs.c.id == newest)
                .values(finished=report.finished, report=rows.report_values(report))
            )

    def run_report(self, run: str) -> RunReport | None:
        """How the run with this id ended, the last time if it was tried again; None if it has not."""
        return self._report(t.runs.c.run == run)

    def last_run(self) -> RunReport | None:
        """The run that ended last, whatever time it was told it was."""
        return self._report(sa.true())

    def _report(self, condition: sa.ColumnElement[bool]) -> RunReport | None:
        query = sa.select(t.runs.c.report).where(t.runs.c.finished.is_not(None), condition)
        with self.database.read() as connection:
            content = connection.scalar(query.order_by(t.runs.c.id.desc()).limit(1))
        return rows.report(content) if content else None

    def sources(self) -> Sequence[FeedReport]:
        """How every feed did when it was last read."""
        c = t.feed_readings.c
        newest = sa.select(sa.func.max(c.id)).group_by(c.feed)
        with self.database.read() as connection:
            found = connection.execute(sa.select(t.feed_readings).where(c.id.in_(newest)).order_by(c.id)).all()
        return [FeedReport(row.feed, SourceState(row.state), row.entries, row.new, row.error) for row in found]

    # the digest ------------------------------------------------------------------------------------

    def digest_for(self, topic: Topic, day: date, since: datetime | None, recorded: bool) -> Digest:
        """Gather what happened to a topic after a moment (or ever) into a digest; notices are of all topics' papers."""
        given, over = self.unscored(topic.slug)
        stuck = {"score"} if given else set()
        stuck |= {"summarize"} if self.to_summarize(topic.slug) else set()
        with self.database.read() as connection:
            asked = {"topics": [topic.slug], "since": since or _EVER}
            counts = dict(connection.execute(_counts(), asked).mappings().one())
            sources = _sources(connection, since)
            borderline = nearly_relevant(connection, topic, since)
            failures = _errors(connection, topic.slug, since, stuck)
            decided = decided_by(connection, topic.slug, since)
            found = papers_found(connection, topic.slug, since)
        stages = [stage for stage in (*_DONE_IN, "catalog") if stage != "score"]
        waiting = [f"{f.stage}: {f.error}" for stage in stages for f in self._unresolved(stage, topic.slug)]
        return Digest(
            day=day,
            topic=topic.slug,
            topic_title=topic.title,
            unscored=given,
            carried_over=over,
            usage=self.usage(since),
            sources=sources,
            borderline=borderline,
            notices=tuple(self.notices(since)),
            failures=tuple(dict.fromkeys([*failures, *waiting]))[:_SHOWN_ERRORS],
            recorded_replies=recorded,
            cap=None,
            decided=decided,
            found=found,
            brief=False,
            cards=counts["summarized"] + counts["handed_over"],
            **{name: counts[name] for name in counts if name != "summarized"},
        )

    def last_digest(self, topic: str | None = None, before: date | None = None) -> tuple[Digest, datetime] | None:
        """The latest digest posted (of a topic, of an earlier day) and the moment it covers up to."""
        query = sa.select(t.digests).order_by(t.digests.c.day.desc(), t.digests.c.at.desc()).limit(1)
        if topic is not None:
            query = query.where(t.digests.c.topic == topic)
        if before is not None:
            query = query.where(t.digests.c.day < before)
        with self.database.read() as connection:
            row = connection.execute(query).one_or_none()
        return (rows.digest(row.content), row.at) if row else None

    def add_digest(self, digest: Digest, ref: str, at: datetime) -> None:
        """Keep a posted digest as it is shown; an update of the day's digest moves the moment it covers up to."""
        where = {"topic": digest.topic, "day": digest.day}
        content = rows.digest_values(digest)
        with self.database.write() as connection:
            self.database.insert_new(connection, t.digests, [{**where, "content": content, "ref": ref, "at": at}])
            c = t.digests.c
            connection.execute(
                sa.update(t.digests)
                .where(c.topic == digest.topic, c.day == digest.day)
                .values(content=content, ref=ref, at=at)
            )


_HISTORY: Sequence[tuple[sa.Table, str, str]] = (
    (t.nominations, "nominated", "by {r.curator} at {r.desk}"),
    (t.screenings, "screened", "passed={r.passed} {r.groups}"),
    (audit_samples, "drawn", "for the audit of {r.week}, 1 of {r.size} {r.stratum}"),
    (audit_answers, "answered", "belongs={r.belongs} by {r.curator} at {r.desk}"),
    (t.relevances, "scored", "{r.score} {r.criterion} {r.reason_ja} [{r.model} {r.prompt}]"),
    (t.summaries, "summarized", "{r.summary_ja} violations={r.violations}"),
    (t.cards, "posted", "{r.desk} {r.ref}"),
    (t.decisions, "decided", "{r.verdict} by {r.curator} at {r.desk} {r.reason}"),
    (t.revisions, "revised", "{r.cell}: {r.before} -> {r.after} by {r.curator}"),
    (t.rewrites, "rewrite asked for", "by {r.curator} at {r.desk}"),
    (t.rewritten_summaries, "rewritten", "{r.summary_ja} violations={r.violations}"),
    (t.catalog_rows, "cataloged", "{r.change} row {r.row_number} {r.commit_id}"),
    (lone_failures, "failed alone", "{r.stage} {r.cause}: {r.error}"),
    (handovers, "handed over", "{r.stage} {r.cause}: {r.error}"),
    (retries, "retry asked for", "by {r.curator} at {r.desk}"),
    (t.failures, "failed", "{r.stage}: {r.error}"),
)


@cache
def _counts() -> sa.Select[Any]:
    """How many facts of each kind a topic got after the moment `since`, and how many papers were announced to all."""
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
    return sa.select(
        announced.where(t.announcements.c.at > since).scalar_subquery().label("announced"),
        of(t.screenings).label("screened"),
        of(t.screenings, t.screenings.c.passed).label("passed"),
        of(t.relevances).label("scored"),
        of(t.relevances, t.relevances.c.relevant).label("relevant"),
        of(t.summaries, sa.not_(EVER_HANDED_OVER)).label("summarized"),
        of(handovers, _FIRST).label("handed_over"),
    )


def _sources(connection: sa.Connection, since: datetime | None) -> tuple[FeedReport, ...]:
    """Each feed's news summed up: what is broken now stays broken, else one fresh reading made it a fresh day."""
    query = sa.select(t.feed_readings).order_by(t.feed_readings.c.id)
    found: dict[str, FeedReport] = {}
    for row in connection.execute(query.where(t.feed_readings.c.at > since) if since else query):
        now, before = FeedReport(row.feed, SourceState(row.state), row.entries, row.new, row.error), found.get(row.feed)
        calm = now.state not in {SourceState.FAILED, SourceState.STALLED}
        fresh = before is not None and before.state is SourceState.FRESH
        found[row.feed] = FeedReport(
            now.name,
            SourceState.FRESH if calm and fresh else now.state,
            max(now.entries, before.entries if before else 0),
            now.new + (before.new if before else 0),
            now.error,
        )
    return tuple(found.values())


def _errors(connection: sa.Connection, topic: str, since: datetime | None, stuck: AbstractSet[str]) -> list[str]:
    """Errors of whole calls at the stages where a topic's papers still wait; what was healed since is no news."""
    c = t.failures.c
    mine = sa.or_(c.topic == topic, c.topic.is_(None))
    query = sa.select(c.stage, c.error).where(c.candidate.is_(None), mine, c.stage.in_(stuck)).order_by(c.id.desc())
    if since is not None:
        query = query.where(c.at > since)
    return [f"{row.stage}: {row.error}" for row in connection.execute(query)]
