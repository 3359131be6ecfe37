"""The jobs that a deployment does by itself: those of the schedule, carrying out decisions, processing nominated
papers, pushing commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from watcher.bootstrap import Watcher, new_run_id
from watcher.bootstrap.catalogs import make_publishers
from watcher.domain.papers.feeds import SourceState, feed_day, poll_is_due
from watcher.logs import about, get_logger
from watcher.pipeline.intake import LEFT_OVER, NOTHING, POLL, reconcile
from watcher.pipeline.pipeline import Pipeline
from watcher.pipeline.push import Publisher
from watcher.ports import RunReport

_JUDGING = ("screen", "triage", "score", "summarize")  # what a run without feeds has to do
_PATIENCE = 2.0  # seconds: what hangs longer goes on by itself, and decisions of other topics are followed meanwhile
_log = get_logger(__name__)


class Jobs:
    """All jobs of a deployment. Each may be repeated at any time: a scheduled job has a run id made from its time, so
    what was done is not done again.
    """

    def __init__(self, pipeline: Pipeline, settled: timedelta, publishers: Sequence[Publisher] = ()) -> None:
        """`settled` is the time after which feeds are read once more though each has shown today's papers; `publishers`
        push commits.
        """
        self._pipeline, self._publishers = pipeline, publishers
        self._store = pipeline.deps.store
        self._settled = settled
        self._polled: RunReport | None = None
        self._left_over = True  # who knows what was left before the start
        self._probed: date | None = None
        self.slots = {
            "poll": self.poll,
            "reconcile": self.reconcile,
            "digest": self.digest,
            "weekly": self.weekly,
            "refresh": self.refresh,
        }
        """What a slot asks for, by its kind; gives the run's report, or None where it was done. `now` stands in for the
        clock.
        """

    @property
    def publishes(self) -> bool:
        """Whether commits of the catalog are pushed at all (the setting `push` is not "never")."""
        return bool(self._publishers)

    def slot(self, kind: str, run_id: str) -> None:
        """Do a scheduled job ("poll", "digest" …) unless it was done under this run id; failures go to the log and the
        run's report.
        """
        with about(run=run_id):
            report = self.slots[kind](run_id)
            if report is not None:
                for failure in report.failures:
                    _log.error("work failed", failure=failure)
                _log.info("run finished", seconds=_seconds(report), **report.counts)

    def apply_decisions(self) -> Sequence[str]:
        """Carry out recorded decisions: write catalog rows, update messages, have summaries rewritten. Returns the
        failures as text.
        """
        return self._pipeline.apply_decisions(timeout=_PATIENCE)

    def read_reactions(self) -> Sequence[str]:
        """Read the emoji reactions on papers' messages from Slack, because events about them may have been lost.
        Returns the failures as text.
        """
        return self._pipeline.read_reactions()

    def process_nominations(self) -> Sequence[str]:
        """Score, summarize and post papers that people nominated now instead of in the next run. Returns the failures
        as text.
        """
        return self._pipeline.process_nominations(new_run_id("by-hand"), _PATIENCE)

    def push(self) -> Sequence[str]:
        """Push the catalogs' commits to their git remotes. Returns the failures as text."""
        return [failure for publisher in self._publishers for failure in publisher.publish()]

    def poll(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Scheduled job: read the feeds and do work left by earlier runs, up to triage. Returns the report, or None if
        there was nothing to do.

        Feeds are not read if this run id did so or all of today's papers have been read. Unread days of the past are
        left to the next reconciliation.
        """
        self._probe(now)
        done = self._store.runs.report(run_id) is not None
        read = not done and self._is_due(now or self._pipeline.deps.clock())
        if not (read or self._left_over):
            return None
        report = self._told(self._pipeline.run(run_id, POLL if read else LEFT_OVER, until="triage", now=now))
        self._polled = report if read else self._polled
        return report

    def _probe(self, now: datetime | None) -> None:
        """Check whether the models are still offered: at the start and once a day, and at every slot while one is
        not.
        """
        day = (now or self._pipeline.deps.clock()).date()
        if day != self._probed or self._pipeline.warnings:
            self._pipeline.probe()
            self._probed = day

    def _told(self, report: RunReport) -> RunReport:
        self._left_over = any(report.waiting.get(stage) for stage in _JUDGING)
        return report

    def _is_due(self, now: datetime) -> bool:
        last = self._polled
        if last is None or feed_day(last.started) != feed_day(now):
            return True
        return poll_is_due([(source.state, last.started) for source in last.sources], now, self._settled)

    def reconcile(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Scheduled job: compare what was announced with arXiv's complete list and take in what was missed. Returns the
        report, or None if this run id did so completely and no past day is unread.
        """
        before = self._store.runs.report(run_id)
        if before is not None and all(source.state is SourceState.COMPLETE for source in before.sources):
            moment = now or self._pipeline.deps.clock()
            if all(day >= feed_day(moment) for day in self._pipeline.deps.unread_days(moment)):
                return None
        return self._told(self._pipeline.run(run_id, reconcile(), until="triage", now=now))

    def digest(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Scheduled job: post the digest and the papers that wait to be posted. Returns the report, or None if this run
        id posted everything already.
        """
        self._probe(now)
        before = self._store.runs.report(run_id)
        if before is not None and not any(failure.startswith("post:") for failure in before.failures):
            return None
        return self._pipeline.run(run_id, NOTHING, now=now)

    def weekly(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Scheduled job: post the audit sample and the report of the last complete week. Returns the report of the run,
        or None if this run id did so already.
        """
        before = self._store.runs.report(run_id)
        if before is not None and not before.failures:
            return None
        return self._pipeline.weekly(run_id, now=now)

    def refresh(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Scheduled job: look up the catalog's papers again and propose changes. Returns the report, or None if this
        run id did so already.
        """
        before = self._store.runs.report(run_id)
        if before is not None and not any(failure.startswith("refresh:") for failure in before.failures):
            return None
        return self._pipeline.refresh(run_id, now=now)


def _seconds(report: RunReport) -> float | None:
    return (report.finished - report.started).total_seconds() if report.finished else None


def make_jobs(watcher: Watcher) -> Jobs:
    """Build the jobs of a deployment from its container."""
    settings = watcher.settings
    watcher.pipeline.deps.sources()  # raises ConfigError now, not in the first slot
    return Jobs(
        watcher.pipeline,
        timedelta(hours=settings.values.schedule.settled_hours),
        make_publishers(settings, watcher.store, watcher.pipeline.deps.clock),
    )
