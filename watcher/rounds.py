"""What each slot of the clock does: read the feeds, reconcile with arXiv's list, post the digest, sum up the week,
look up the catalog's papers again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from watcher.domain.calendar import feed_day, poll_is_due
from watcher.domain.card import SourceState
from watcher.parts import Days
from watcher.pipeline import Pipeline
from watcher.ports import RunReport

_JUDGING = ("screen", "score", "summarize")  # what a run without feeds has to do


class Rounds:
    """The slots' work over a pipeline. A slot is named by its run id, so what was done is not done again.

    `settled` is how long the feeds are left in peace once every batch is there. `now` stands in for the clock.
    """

    def __init__(self, pipeline: Pipeline, settled: timedelta) -> None:
        self._pipeline = pipeline
        self._store = pipeline.parts.store
        self._settled = settled
        self._polled: RunReport | None = None
        self._left_over = True  # who knows what was left before the start
        self._probed: date | None = None

    def poll(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Read the feeds unless this slot did or all is there already, and finish what earlier runs left; None when
        there was nothing to do. Days that nobody has read are the next reconciliation's.
        """
        self._probe(now)
        done = self._store.run_report(run_id) is not None
        read = not done and self._is_due(now or self._pipeline.parts.clock())
        if not (read or self._left_over):
            return None
        report = self._told(self._pipeline.run(run_id, now=now, read=read, show=False, days=Days.TELL))
        self._polled = report if read else self._polled
        return report

    def _probe(self, now: datetime | None) -> None:
        """Look after the models at the start and once a day, and at every slot while something is wrong with them."""
        day = (now or self._pipeline.parts.clock()).date()
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
        """Reconcile unless this slot did, came to the end and no day that is over is open since; then None."""
        before = self._store.run_report(run_id)
        if before is not None and all(source.state is SourceState.COMPLETE for source in before.sources):
            moment = now or self._pipeline.parts.clock()
            if all(day >= feed_day(moment) for day in self._pipeline.parts.unread_days(moment)):
                return None
        return self._told(self._pipeline.reconcile(run_id, now=now))

    def digest(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Post digest and cards unless this slot posted everything; then None."""
        self._probe(now)
        before = self._store.run_report(run_id)
        if before is not None and not any(failure.startswith("post:") for failure in before.failures):
            return None
        return self._pipeline.run(run_id, now=now, read=False, show=True)

    def weekly(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Draw, show and report the week that is over unless this slot did; then None."""
        before = self._store.run_report(run_id)
        if before is not None and not before.failures:
            return None
        return self._pipeline.weekly(run_id, now=now)

    def refresh(self, run_id: str, *, now: datetime | None = None) -> RunReport | None:
        """Look up the catalog's papers again unless this slot did; then None."""
        before = self._store.run_report(run_id)
        if before is not None and not any(failure.startswith("refresh:") for failure in before.failures):
            return None
        return self._pipeline.refresh(run_id, now=now)
