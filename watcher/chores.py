"""What a deployment does without being looked at: the slots of the clock, decisions followed, commits pushed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from watcher.app import Watcher, new_run_id
from watcher.app.publishing import make_publishers
from watcher.judgement.retrain import retrain_due_topics
from watcher.logs import about
from watcher.rounds import Rounds

_LEARNS_AFTER = "reconcile"  # at night in New York, when nobody decides in Tokyo
_PATIENCE = 2.0  # seconds: what hangs longer goes on by itself, and decisions of other topics are followed meanwhile
_log = logging.getLogger(__name__)


class Chores:
    """The work of a wired deployment. All of it may be done again at will."""

    def __init__(self, watcher: Watcher) -> None:
        settings = watcher.settings
        self._watcher = watcher
        self._pipeline = watcher.pipeline
        self._publishers = make_publishers(settings, watcher.store, watcher.pipeline.parts.clock)
        rounds = Rounds(watcher.pipeline, timedelta(hours=settings.values.schedule.settled_hours))
        self._slots = {
            "poll": rounds.poll,
            "reconcile": rounds.reconcile,
            "digest": rounds.digest,
            "weekly": rounds.weekly,
            "refresh": rounds.refresh,
        }

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of slots there are."""
        return frozenset(self._slots)

    @property
    def publishes(self) -> bool:
        """Whether commits are to be pushed at all."""
        return bool(self._publishers)

    def slot(self, kind: str, run_id: str) -> None:
        """Do what a slot of the clock asks for, unless it was done; what failed is in the log and in its report."""
        with about(run=run_id):
            report = self._slots[kind](run_id)
            if report is not None:
                for failure in report.failures:
                    _log.error("run %s: %s", report.run_id, failure)
                _log.info("run %s finished: %s", report.run_id, dict(report.counts))
            if kind == _LEARNS_AFTER:
                retrain_due_topics(self._watcher.settings, self._watcher.store, self._pipeline.parts.clock())

    def follow(self) -> Sequence[str]:
        """Do what decisions ask for; gives what failed."""
        return self._pipeline.follow(patience=_PATIENCE)

    def hasten(self) -> Sequence[str]:
        """Take what was put forward by hand to the desk; gives what failed."""
        return self._pipeline.hasten(new_run_id("by-hand"), _PATIENCE)

    def push(self) -> Sequence[str]:
        """Bring the catalogs' commits to their remotes; gives what failed."""
        return [failure for publisher in self._publishers for failure in publisher.publish()]
