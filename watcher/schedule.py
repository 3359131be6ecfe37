"""The schedule: arXiv's hours in New York, digests and reports in Tokyo. A slot is a scheduled time.

It only calls back when a slot is due; whether its work is already done is decided from the database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from watcher.domain.errors import ConfigError, WatcherError
from watcher.settings import Schedule

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 6 * 3600  # APScheduler's default of one second silently skips a late job
# Seconds after which unfinished work is tried again, such as an unposted digest or an interrupted reconciliation.
_RETRY_SECONDS = {"digest": 300, "reconcile": 3600, "weekly": 3600, "refresh": 3600}
_LOOK_BACK = timedelta(days=8)  # the longest pause between slots is a week
# Days must be names in the settings, because cron programs number weekdays in different ways.
_STEP = timedelta(minutes=1)  # slots are whole minutes

Fire = Callable[[str, str], None]
"""A callback with the kind and the run id of a due slot. The run id of a slot is the same on every machine."""


def poll_trigger(schedule: Schedule) -> CronTrigger:
    """When arXiv's feeds are polled. Raises ConfigError for invalid days or hours."""
    return _cron(
        "poll",
        timezone="America/New_York",
        day_of_week=schedule.poll_days,
        hour=schedule.poll_hours,
        minute=schedule.poll_minutes,
    )


def reconcile_trigger(schedule: Schedule) -> CronTrigger:
    """When the feeds' papers are compared with arXiv's full list (OAI-PMH). Raises ConfigError for invalid days."""
    hour, minute = schedule.reconcile_at.split(":")
    return _cron(
        "reconcile",
        timezone="America/New_York",
        day_of_week=schedule.reconcile_days,
        hour=int(hour),
        minute=int(minute),
    )


def digest_trigger(schedule: Schedule) -> CronTrigger:
    """When the day's digest and cards are posted. Raises ConfigError for invalid days."""
    hour, minute = schedule.digest_at.split(":")
    return _cron("digest", timezone="Asia/Tokyo", day_of_week=schedule.digest_days, hour=int(hour), minute=int(minute))


def weekly_trigger(schedule: Schedule) -> CronTrigger:
    """When last week's audit sample and report are posted. Raises ConfigError for an invalid day."""
    hour, minute = schedule.weekly_at.split(":")
    return _cron("weekly", timezone="Asia/Tokyo", day_of_week=schedule.weekly_day, hour=int(hour), minute=int(minute))


def refresh_trigger(schedule: Schedule) -> CronTrigger:
    """When the catalog's papers are looked up again. Raises ConfigError for an invalid day."""
    hour, minute = schedule.refresh_at.split(":")
    return _cron("refresh", timezone="Asia/Tokyo", day_of_week=schedule.refresh_day, hour=int(hour), minute=int(minute))


def _cron(kind: str, **fields: object) -> CronTrigger:
    try:
        return CronTrigger(**fields)
    except ValueError as error:
        remedy = "write days as mon,tue,… (a week ends on Sunday, so sun-thu is no range)"
        raise ConfigError(f"{kind}: {error}", about="watcher.toml: schedule", remedy=remedy) from None


def last_slot(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The latest slot at or before `now`, in UTC; None if there was none in the last eight days."""
    slot, probe = None, (now - _LOOK_BACK).astimezone(UTC)
    while (moment := trigger.get_next_fire_time(None, probe)) is not None and moment <= now:
        slot = moment
        probe = max(probe, moment.astimezone(UTC)) + _STEP  # in the repeated hour of autumn, local times go back
    return slot.astimezone(UTC) if slot else None


def slot_id(kind: str, slot: datetime) -> str:
    """The deterministic run id of a slot, e.g. `poll-20260629T044000Z`."""
    return f"{kind}-{slot:%Y%m%dT%H%M%SZ}"


class Clockwork:
    """Calls back for every slot of polls, reconciliations, digests, reports and refreshes, and at the start for those
    missed.
    """

    def __init__(self, schedule: Schedule, fire: Fire) -> None:
        self._fire = fire
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
        """Start; returns at once."""
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
        """Stop; waits for a running job."""
        self._scheduler.shutdown(wait=True)
        self._first.join()

    def _due(self, kind: str) -> None:
        """Call back for the latest slot of a kind."""
        slot = last_slot(self._triggers[kind], datetime.now(UTC))
        if slot is None:
            return
        try:
            self._fire(kind, slot_id(kind, slot))
        except WatcherError as error:  # e.g. the database is away; the slot is tried again, and others keep their hours
            _log.error("%s: %s", slot_id(kind, slot), error)
