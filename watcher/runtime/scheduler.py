"""Scheduler on APScheduler: calls a function at every scheduled time of polls, digests and other jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from watcher.domain.errors import WatcherError
from watcher.logs import get_logger
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

_log = get_logger(__name__)
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
