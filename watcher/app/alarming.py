"""A deployment -> what looks after it: where alarms go, which slots must have fired, who waits for a sign of life."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from watcher.adapters.desks.slack.alarms import SlackAlarmDesk
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.sources import by_source
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.alarming import Alarming, Watchfulness
from watcher.app import Watcher
from watcher.domain.errors import WatcherError
from watcher.schedule import digest_trigger, last_slot, reconcile_trigger, slot_id
from watcher.settings import Settings

_log = logging.getLogger(__name__)
_GRACE = timedelta(hours=2)  # a run that reads, judges and posts a long day takes this long at most
_ANY = ("", "text/plain", "text/html", "application/json")


def make_alarming(watcher: Watcher, disconnected: Callable[[], bool] | None = None) -> Alarming:
    """What looks for alarms in a serving process; `disconnected` says whether clicks cannot reach it."""
    parts, settings = watcher.pipeline.parts, watcher.settings
    values = settings.values.alarms
    told = values.channel or len({topic.team for topic in parts.topics}) == 1  # else they would be told to one group
    desk = SlackAlarmDesk(parts.desk) if told and isinstance(parts.desk, SlackDesk) else None
    watch = Watchfulness(
        topics=[topic.slug for topic in parts.topics],
        holidays=parts.holidays,
        watched="arxiv" in by_source(category for topic in parts.topics for category in topic.categories),
        no_news_at=values.no_news_at,
        patience=timedelta(minutes=values.after_minutes),
        overdue=lambda now: overdue(watcher, now),
        ping=make_ping(settings),
        disconnected=disconnected,
    )
    return Alarming(watcher.store, parts.desk.name, desk, parts.clock, watch)


def overdue(watcher: Watcher, now: datetime) -> Sequence[str]:
    """The slots of digest and reconciliation that should have ended a while ago and did not."""
    schedule = watcher.settings.values.schedule
    triggers = {"digest": digest_trigger(schedule), "reconcile": reconcile_trigger(schedule)}
    slots = {kind: last_slot(trigger, now - _GRACE) for kind, trigger in triggers.items()}
    ids = [slot_id(kind, slot) for kind, slot in slots.items() if slot is not None]
    return [run_id for run_id in ids if watcher.store.run_report(run_id) is None]


def make_ping(settings: Settings) -> Callable[[], None]:
    """Gives a sign of life at WATCHER_PING_URL, whose owner alarms when none comes; nothing without it."""
    url = settings.env.WATCHER_PING_URL
    fetcher = Fetcher(own_urls=[url] if url else [], limits=Limits(timeout=10.0, attempts=1))

    def ping() -> None:
        try:
            fetcher.get(url, about="WATCHER_PING_URL", media_types=_ANY)
        except WatcherError as error:
            _log.warning("no sign of life could be given: %s", error)

    return ping if url else lambda: None
