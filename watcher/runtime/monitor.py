"""Monitor that checks every few minutes for conditions an operator must know of and sends alarms, independently of
everything that may fail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.sources.fetch import Fetcher, Limits
from watcher.bootstrap import Watcher
from watcher.domain.errors import DatabaseError, WatcherError
from watcher.domain.health import Alarm, AlarmChange, AlarmKind, alarm_changes, due_batch, find_problems
from watcher.domain.papers.topic import by_source
from watcher.logs import get_logger
from watcher.ports import Clock, Desk, Store
from watcher.schedule import digest_trigger, last_slot, reconcile_trigger, slot_id
from watcher.settings import Settings
from watcher.stages.post import send_once

_DISCONNECTED = timedelta(minutes=5)  # the SDK connects anew within seconds, unless something is wrong
_log = get_logger(__name__)


@dataclass(frozen=True)
class MonitorConfig:
    """Settings of the monitor.

    `watched` says whether arXiv is watched, so that papers that do not arrive by `no_news_at` are an alarm. During
    `settle` after the start no alarm is raised, because missed work is being done. `ping` is called after every
    completed check. `disconnected` returns whether clicks cannot arrive now; None if another process receives them.
    """

    topics: Sequence[str]
    holidays: AbstractSet[date] = frozenset()
    watched: bool = True
    no_news_at: time = time(20)
    patience: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(minutes=10)
    overdue: Callable[[datetime], Sequence[str]] = lambda _: ()
    ping: Callable[[], None] = lambda: None
    disconnected: Callable[[], bool] | None = None


class Monitor:
    """Monitor that checks the alarm conditions, stores which alarms were raised or cleared, and sends changes to the
    alarm channel.

    `desk_name` is the desk ("slack", "web") whose messages are checked; `desk` receives the alarms, None for no
    channel.
    """

    def __init__(self, store: Store, desk_name: str, desk: Desk | None, clock: Clock, config: MonitorConfig) -> None:
        self._store, self._desk_name, self._desk, self._clock, self._config = store, desk_name, desk, clock, config
        self._not_before = clock() + config.settle
        self._down_since: datetime | None = None
        self._down_told = False
        self._disconnected_since: datetime | None = None

    def check(self) -> Sequence[str]:
        """Check all alarm conditions once, and send alarms that were raised or cleared. Returns errors of sending; the
        next check tries those again.
        """
        now = self._clock()
        if now < self._not_before:
            return []
        try:
            failures = self._check(now)
        except DatabaseError as error:
            _log.error("checking for alarms failed", error=error)
            return self._database_down(now, error.message)
        failures += self._database_up(now)
        self._config.ping()  # last: a check that failed must not look alive to the service that is pinged
        return failures

    def _check(self, now: datetime) -> list[str]:
        config = self._config
        batch = due_batch(now, config.holidays, config.no_news_at) if config.watched else None
        signs = self._store.monitoring.observations(config.topics, self._desk_name, now)
        signs = replace(signs, overdue=tuple(config.overdue(now)), disconnected=self._is_disconnected(now))
        ours = [
            a
            for a in self._store.monitoring.last_alarms()
            if config.disconnected is not None or a.kind is not AlarmKind.CLICKS
        ]
        for alarm in alarm_changes(ours, find_problems(signs, now, batch, config.patience), now):
            self._store.monitoring.add_alarm(alarm)
        return [] if self._desk is None else self._tell(self._desk, now)

    def _is_disconnected(self, now: datetime) -> bool:
        if self._config.disconnected is None or not self._config.disconnected():
            self._disconnected_since = None
            return False
        self._disconnected_since = self._disconnected_since or now
        return now - self._disconnected_since >= _DISCONNECTED

    def _tell(self, desk: Desk, now: datetime) -> list[str]:
        failures = []
        for alarm in self._store.monitoring.last_alarms():
            key = f"{alarm.key}/{desk.name}"
            if self._store.outbox.sent(key) is not None or not self._worth_telling(alarm, desk.name):
                continue
            try:
                send_once(key, alarm, desk, self._store, now)
            except WatcherError as error:
                failures.append(f"alarm: {error}")
        return failures

    def _worth_telling(self, alarm: Alarm, desk: str) -> bool:
        """Whether to send a change: the end of an alarm that was never sent is not."""
        if alarm.change is not AlarmChange.CLOSED:
            return True
        return any(
            self._store.outbox.sent(f"{before.key}/{desk}") is not None
            for before in self._store.monitoring.told_before(alarm)
        )

    def _database_down(self, now: datetime, error: str) -> list[str]:
        """Raise the alarm that the database does not answer. Only this alarm cannot be recorded, so it is kept in
        memory.
        """
        self._down_since = self._down_since or now
        if self._desk is None or self._down_told or now - self._down_since < self._config.patience:
            return []
        return self._say(self._desk, Alarm(AlarmKind.DATABASE, AlarmChange.OPENED, error, now), told=True)

    def _database_up(self, now: datetime) -> list[str]:
        self._down_since = None
        if not self._down_told or self._desk is None:
            return []
        return self._say(self._desk, Alarm(AlarmKind.DATABASE, AlarmChange.CLOSED, "", now), told=False)

    def _say(self, desk: Desk, alarm: Alarm, *, told: bool) -> list[str]:
        try:
            desk.send(f"alarm/{alarm.kind}/{alarm.at:%Y%m%dT%H%M%SZ}", alarm)
        except WatcherError as error:
            return [f"alarm: {error}"]
        self._down_told = told
        return []


_GRACE = timedelta(hours=2)  # a run that reads, judges and posts a long day takes this long at most
_ANY = ("", "text/plain", "text/html", "application/json")


def make_monitor(watcher: Watcher, disconnected: Callable[[], bool] | None = None) -> Monitor:
    """Build the monitor of a serving process; `disconnected` says whether clicks cannot arrive there."""
    deps, settings = watcher.pipeline.deps, watcher.settings
    values = settings.values.alarms
    told = (
        values.channel or len({topic.team for topic in deps.options.topics}) == 1
    )  # else they would be told to one group
    desk = deps.desk if told and isinstance(deps.desk, SlackDesk) else None
    config = MonitorConfig(
        topics=[topic.slug for topic in deps.options.topics],
        holidays=deps.options.holidays,
        watched="arxiv" in by_source(category for topic in deps.options.topics for category in topic.categories),
        no_news_at=values.no_news_at,
        patience=timedelta(minutes=values.after_minutes),
        overdue=lambda now: overdue(watcher, now),
        ping=make_ping(settings),
        disconnected=disconnected,
    )
    return Monitor(watcher.store, deps.desk.name, desk, deps.clock, config)


def overdue(watcher: Watcher, now: datetime) -> Sequence[str]:
    """The run ids of the latest scheduled digest and reconciliation that should have ended two hours ago
    and have not.
    """
    schedule = watcher.settings.values.schedule
    triggers = {"digest": digest_trigger(schedule), "reconcile": reconcile_trigger(schedule)}
    slots = {kind: last_slot(trigger, now - _GRACE) for kind, trigger in triggers.items()}
    ids = [slot_id(kind, slot) for kind, slot in slots.items() if slot is not None]
    return [run_id for run_id in ids if watcher.store.runs.report(run_id) is None]


def make_ping(settings: Settings) -> Callable[[], None]:
    """Build the function that requests WATCHER_PING_URL after every check, so that an external service notices when
    requests stop (a dead man's switch); it does nothing if that variable is not set.
    """
    url = settings.env.WATCHER_PING_URL
    fetcher = Fetcher(own_urls=[url] if url else [], limits=Limits(timeout=10.0, attempts=1))

    def ping() -> None:
        try:
            fetcher.get(url, about="WATCHER_PING_URL", media_types=_ANY)
        except WatcherError as error:
            _log.warning("no sign of life could be given", error=error)

    return ping if url else lambda: None
