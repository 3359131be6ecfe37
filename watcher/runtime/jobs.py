"""The jobs that a deployment does by itself: those of the schedule, carrying out decisions, processing nominated
papers, pushing commits; and the scheduler (APScheduler) that calls the scheduled ones at their times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from watcher.bootstrap import Watcher, new_run_id
from watcher.bootstrap.catalogs import make_publishers
from watcher.domain.errors import WatcherError
from watcher.domain.papers.feeds import SourceState, feed_day, poll_is_due
from watcher.logs import about, get_logger
from watcher.pipeline.intake import LEFT_OVER, NOTHING, POLL, reconcile
from watcher.pipeline.pipeline import Pipeline
from watcher.pipeline.push import Publisher
from watcher.ports import RunReport
from watcher.schedule import (
    digest_trigger,
    last_slot,
    poll_trigger,
    reconcile_trigger,
    refresh_trigger,
    slot_id,
    weekly_trigger,
)
from watcher.settings import Schedule

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


_GRACE_SECONDS = 6 * 3600  # APScheduler's default of one second silently skips a late job


# Seconds after which unfinished work is tried again, such as an unposted digest or an interrupted reconciliation.
_RETRY_SECONDS = {"digest": 300, "reconcile": 3600, "weekly": 3600, "refresh": 3600}


OnDue = Callable[[str, str], None]
"""A callback with the kind and the run id of a due slot. The run id of a slot is the same on every machine."""


class Scheduler:
    """Calls back at every scheduled time of polls, reconciliations, digests, reports and refreshes, and when it starts
    for times that were missed.
    """

    def __init__(self, schedule: Schedule, on_due: OnDue) -> None:
        self._on_due = on_due
        self._triggers = {
            "poll": poll_trigger(schedule),
            "reconcile": reconcile_trigger(schedule),
            "digest": digest_trigger(schedule),
            "weekly": weekly_trigger(schedule),
            "refresh": refresh_trigger(schedule),
        }
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE_SECONDS},
        )
        self._first = threading.Thread(target=self._catch_up, name="catch-up")

    def start(self) -> None:
        """Start the scheduler's thread and return at once."""
        for kind, trigger in self._triggers.items():
            self._scheduler.add_job(self._due, trigger, args=(kind,), id=kind)
            if kind in _RETRY_SECONDS:
                again = IntervalTrigger(seconds=_RETRY_SECONDS[kind])
                self._scheduler.add_job(self._due, again, args=(kind,), id=f"{kind}-again")
        self._scheduler.start()
        self._first.start()

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread is running."""
        thread = self._scheduler._thread  # noqa: SLF001 - the library does not say
        return bool(self._scheduler.running and thread is not None and thread.is_alive())

    def _catch_up(self) -> None:
        """Call back for the latest slot of each kind, in the order of the pipeline; slots already done are recognized
        by run id.
        """
        for kind in self._triggers:
            self._due(kind)

    def stop(self) -> None:
        """Stop the scheduler, after waiting for a running callback."""
        self._scheduler.shutdown(wait=True)
        self._first.join()

    def _due(self, kind: str) -> None:
        """Call back for the latest slot of a kind."""
        slot = last_slot(self._triggers[kind], datetime.now(UTC))
        if slot is None:
            return
        try:
            self._on_due(kind, slot_id(kind, slot))
        except WatcherError as error:  # e.g. the database is away; the slot is tried again, and others keep their hours
            _log.error("a slot failed", run=slot_id(kind, slot), error=error)
