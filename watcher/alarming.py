"""The signs of trouble -> alarms told once: looked for every few minutes, apart from everything that may be the trouble."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from watcher.domain.alarm import Alarm, AlarmChange, AlarmKind, alarm_changes, due_batch, find_problems
from watcher.domain.errors import DatabaseError, WatcherError
from watcher.ports import AlarmDesk, Clock, Store

_DISCONNECTED = timedelta(minutes=5)  # the SDK connects anew within seconds, unless something is wrong
_AT_IT = timedelta(minutes=2)  # for so long another process may still be posting what it intended
_log = logging.getLogger(__name__)


def _nothing_overdue(now: datetime) -> Sequence[str]:
    del now
    return ()


def _nobody() -> None:
    """No one waits for a sign of life."""


@dataclass(frozen=True)
class Watchfulness:
    """What is looked for. `watched` says whether arXiv's days concern the topics; `settle` is how long after the start
    nothing is told, while what a pause left is made up for; `ping` is called after every look that came to its end;
    `disconnected` says whether no click can arrive now, None where clicks are another process's.
    """

    topics: Sequence[str]
    holidays: AbstractSet[date] = frozenset()
    watched: bool = True
    no_news_at: time = time(20)
    patience: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(minutes=10)
    overdue: Callable[[datetime], Sequence[str]] = field(default=_nothing_overdue)
    ping: Callable[[], None] = field(default=_nobody)
    disconnected: Callable[[], bool] | None = None


class Alarming:
    """Looks, records what changed, tells it. `desk_name` is where cards stand, `desk` where alarms are told, if anywhere."""

    def __init__(self, store: Store, desk_name: str, desk: AlarmDesk | None, clock: Clock, watch: Watchfulness) -> None:
        self._store, self._desk_name, self._desk, self._clock, self._watch = store, desk_name, desk, clock, watch
        self._not_before = clock() + watch.settle
        self._blind_since: datetime | None = None
        self._blind_told = False
        self._disconnected_since: datetime | None = None

    def look(self) -> Sequence[str]:
        """Look once; gives what could not be told. What cannot be told stays to be told by the next look."""
        now = self._clock()
        if now < self._not_before:
            return []
        try:
            failures = self._look(now)
        except DatabaseError as error:
            _log.error("looking for alarms failed: %s", error)
            return self._blind(now, error.message)
        failures += self._seeing(now)
        self._watch.ping()
        return failures

    def _look(self, now: datetime) -> list[str]:
        watch = self._watch
        batch = due_batch(now, watch.holidays, watch.no_news_at) if watch.watched else None
        signs = self._store.signs(watch.topics, self._desk_name, batch, now)
        signs = replace(signs, overdue=tuple(watch.overdue(now)), disconnected=self._is_disconnected(now))
        ours = [
            a for a in self._store.last_alarms() if watch.disconnected is not None or a.kind is not AlarmKind.CLICKS
        ]
        for alarm in alarm_changes(ours, find_problems(signs, now, batch, watch.patience), now):
            self._store.add_alarm(alarm)
        return [] if self._desk is None else self._tell(self._desk, now)

    def _is_disconnected(self, now: datetime) -> bool:
        if self._watch.disconnected is None or not self._watch.disconnected():
            self._disconnected_since = None
            return False
        self._disconnected_since = self._disconnected_since or now
        return now - self._disconnected_since >= _DISCONNECTED

    def _tell(self, desk: AlarmDesk, now: datetime) -> list[str]:
        failures = []
        for alarm in self._store.last_alarms():
            key = f"{alarm.key}/{desk.name}"
            if self._store.sent(key) is not None or not self._worth_telling(alarm, desk.name):
                continue
            try:
                since = self._store.intend(key, desk.name, now)
                if since is not None and now - since < _AT_IT:
                    continue
                ref = desk.find(key, since) if since is not None else None
                self._store.record_sent(key, ref or desk.show_alarm(key, alarm), now)
            except WatcherError as error:
                failures.append(f"alarm: {error}")
        return failures

    def _worth_telling(self, alarm: Alarm, desk: str) -> bool:
        """The end of what nobody was told of is no news."""
        if alarm.change is not AlarmChange.CLOSED:
            return True
        return any(self._store.sent(f"{before.key}/{desk}") is not None for before in self._store.told_before(alarm))

    def _blind(self, now: datetime, error: str) -> list[str]:
        """Tell of a memory that is gone; this alone cannot be recorded, so it is kept in mind."""
        self._blind_since = self._blind_since or now
        if self._desk is None or self._blind_told or now - self._blind_since < self._watch.patience:
            return []
        return self._say(self._desk, Alarm(AlarmKind.DATABASE, AlarmChange.OPENED, error, now), told=True)

    def _seeing(self, now: datetime) -> list[str]:
        self._blind_since = None
        if not self._blind_told or self._desk is None:
            return []
        return self._say(self._desk, Alarm(AlarmKind.DATABASE, AlarmChange.CLOSED, "", now), told=False)

    def _say(self, desk: AlarmDesk, alarm: Alarm, *, told: bool) -> list[str]:
        try:
            desk.show_alarm(f"alarm/{alarm.kind}/{alarm.at:%Y%m%dT%H%M%SZ}", alarm)
        except WatcherError as error:
            return [f"alarm: {error}"]
        self._blind_told = told
        return []
