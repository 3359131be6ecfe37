"""The schedule of recurring work: APScheduler triggers for polling arXiv (New York time) and for digests and reports
(Tokyo time).

Only times are computed here; whether work that was due has been done is decided from the database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from watcher.domain.errors import ConfigError
from watcher.settings import Schedule

_LOOK_BACK = timedelta(days=8)  # the longest pause between slots is a week
# Days must be names in the settings, because cron programs number weekdays in different ways.
_STEP = timedelta(minutes=1)  # slots are whole minutes


def poll_trigger(schedule: Schedule) -> CronTrigger:
    """APScheduler trigger for polls of arXiv's feeds. Raises ConfigError for invalid days or hours."""
    return _cron("poll", "America/New_York", schedule.poll_days, schedule.poll_hours, schedule.poll_minutes)


def reconcile_trigger(schedule: Schedule) -> CronTrigger:
    """APScheduler trigger for comparing what the feeds announced with arXiv's complete list (OAI-PMH). Raises
    ConfigError for invalid days.
    """
    return _cron("reconcile", "America/New_York", schedule.reconcile_days, *schedule.reconcile_at.split(":"))


def digest_trigger(schedule: Schedule) -> CronTrigger:
    """APScheduler trigger for posting the daily digest and the day's papers. Raises ConfigError for invalid days."""
    return _cron("digest", "Asia/Tokyo", schedule.digest_days, *schedule.digest_at.split(":"))


def weekly_trigger(schedule: Schedule) -> CronTrigger:
    """APScheduler trigger for posting the weekly report and the week's audit sample (papers that screening rejected, to
    be checked by people). Raises ConfigError for an invalid day.
    """
    return _cron("weekly", "Asia/Tokyo", schedule.weekly_day, *schedule.weekly_at.split(":"))


def refresh_trigger(schedule: Schedule) -> CronTrigger:
    """APScheduler trigger for the weekly job that looks up citations and venues of the catalog's papers again. Raises
    ConfigError for an invalid day.
    """
    return _cron("refresh", "Asia/Tokyo", schedule.refresh_day, *schedule.refresh_at.split(":"))


def _cron(kind: str, timezone: str, days: str, hours: str, minutes: str) -> CronTrigger:
    try:
        return CronTrigger(timezone=timezone, day_of_week=days, hour=hours, minute=minutes)
    except ValueError as error:
        remedy = "write days as mon,tue,… (a week ends on Sunday, so sun-thu is no range)"
        raise ConfigError(f"{kind}: {error}", about="watcher.toml: schedule", remedy=remedy) from None


def last_slot(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The latest time at or before `now` at which a trigger was due, in UTC; None if there was none in the last eight
    days.
    """
    slot, probe = None, (now - _LOOK_BACK).astimezone(UTC)
    while (moment := trigger.get_next_fire_time(None, probe)) is not None and moment <= now:
        slot = moment
        probe = max(probe, moment.astimezone(UTC)) + _STEP  # in the repeated hour of autumn, local times go back
    return slot.astimezone(UTC) if slot else None


def slot_id(kind: str, slot: datetime) -> str:
    """The id of the run that is due at a scheduled time, e.g. `poll-20260629T044000Z`: the same however often it is
    started.
    """
    return f"{kind}-{slot:%Y%m%dT%H%M%SZ}"
