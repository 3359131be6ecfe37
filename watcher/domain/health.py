"""The health of a deployment: figures for `watcher status` and metrics, results of checks, and alarms for the operators:
which problems open one, when it is repeated (daily), and when it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from watcher.domain.budget import TOKYO, Usage
from watcher.domain.curation.recall import Recall, TriageRecall
from watcher.domain.facts import Push
from watcher.domain.papers.feeds import (
    Account,
    FeedReport,
    SourceState,
    announced_at,
    brings_papers,
    feed_day,
)

_REMIND_AFTER = timedelta(days=1)
_LOOK_BACK = 14  # days; arXiv's longest pause between announcements is shorter


class AlarmKind(StrEnum):
    """The kinds of problem that raise an alarm to operators, e.g. no new papers, a failing stage, lost rows, a job that
    did not start. All problems of one kind share one alarm.
    """

    NO_NEWS = "no_news"
    MISSED = "missed"
    TRIAGE = "triage"
    SCORE = "score"
    SUMMARIZE = "summarize"
    POST = "post"
    CATALOG = "catalog"
    PUSH = "push"
    ROWS = "rows"
    SCHEDULE = "schedule"
    CLICKS = "clicks"
    DATABASE = "database"


STAGES = {
    str(k): k
    for k in (
        AlarmKind.TRIAGE,
        AlarmKind.SCORE,
        AlarmKind.SUMMARIZE,
        AlarmKind.POST,
        AlarmKind.CATALOG,
        AlarmKind.PUSH,
    )
}
"""Alarm kinds for a failing pipeline stage, by the name of the stage."""


class AlarmChange(StrEnum):
    """What can happen to an alarm: it is raised, repeated, or cleared."""

    OPENED = "opened"
    REMINDED = "reminded"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One event of an alarm that operators are told of: the problem was found, persists or is gone. `number` is the
    database key, 0 before it is stored.
    """

    kind: AlarmKind
    change: AlarmChange
    detail: str
    at: datetime
    number: int = 0

    @property
    def key(self) -> str:
        """The outbox key (idempotency key) of the message about this event, under which it is sent once."""
        return f"alarm/{self.number}"


@dataclass(frozen=True, slots=True)
class Observations:
    """The measurements from which problems are found that need an alarm.

    `account` holds which of arXiv's announcement days were read. `failing` maps a stage to (start of its current series
    of failures, latest error). `reconciled` is the result of the last reconciliation with arXiv's full list, `overdue`
    lists scheduled jobs that did not start, `disconnected` says that Slack has not been able to deliver clicks for some
    minutes, `lost` are the papers whose rows disappeared from the catalog.
    """

    first_run: datetime | None = None
    account: Account = field(default_factory=Account)
    reconciled: FeedReport | None = None
    failing: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    overdue: tuple[str, ...] = ()
    disconnected: bool = False
    lost: tuple[str, ...] = ()


def due_batch(now: datetime, holidays: AbstractSet[date], deadline: time) -> datetime | None:
    """The time at which arXiv announced the latest batch of papers that should be in the database by now; None if none
    is due.

    The papers of a day's batch are due at the time `deadline` (Tokyo) of that day.
    """
    today = now.astimezone(TOKYO).date()
    for days in range(_LOOK_BACK):
        day = today - timedelta(days=days)
        if brings_papers(day, holidays) and datetime.combine(day, deadline, TOKYO) <= now:
            return announced_at(day)
    return None


def find_problems(
    signs: Observations, now: datetime, batch: datetime | None, patience: timedelta
) -> dict[AlarmKind, str]:
    """The problems that should have an alarm now, as kind → detail. `batch` is when the batch was announced that is due
    by now (see `due_batch`). Failures of a stage count once they have lasted for `patience`.
    """
    found: dict[AlarmKind, str] = {}
    if (unread := _unread(signs, batch)) is not None:
        found[AlarmKind.NO_NEWS] = unread.isoformat()
    if (last := signs.reconciled) is not None:
        if last.state is not SourceState.COMPLETE:
            found[AlarmKind.MISSED] = "partial" if last.state is SourceState.PARTIAL else last.error
        elif last.new:  # the full list held papers that the feeds had not brought
            found[AlarmKind.MISSED] = f"+{last.new}"
    # A single failure is retried by itself, so only one that lasts is worth a person's attention.
    for stage, (since, error) in signs.failing.items():
        if stage in STAGES and now - since >= patience:
            found[STAGES[stage]] = error
    if signs.overdue:
        found[AlarmKind.SCHEDULE] = ", ".join(signs.overdue)
    if signs.lost:
        found[AlarmKind.ROWS] = ", ".join(signs.lost)
    if signs.disconnected:
        found[AlarmKind.CLICKS] = ""
    return found


def _unread(signs: Observations, batch: datetime | None) -> date | None:
    """The day whose feed shows the batch that is due, if nobody has read it."""
    # A deployment that was started after the batch was announced cannot have missed it.
    if batch is None or signs.first_run is None or signs.first_run > batch or signs.account.begun is None:
        return None
    shown = feed_day(batch) + timedelta(days=1)
    return None if signs.account.covers(shown) else shown


def alarm_changes(told: Sequence[Alarm], found: Mapping[AlarmKind, str], now: datetime) -> list[Alarm]:
    """The alarm events to record, given the last event of each kind (`told`) and the problems of this moment (`found`).

    A new problem opens an alarm, a problem that is gone closes it, and one that stays is repeated after a day.
    """
    last = {alarm.kind: alarm for alarm in told}
    made = []
    for kind, detail in found.items():
        before = last.get(kind)
        if before is None or before.change is AlarmChange.CLOSED:
            made.append(Alarm(kind, AlarmChange.OPENED, detail, now))
        elif now - before.at >= _REMIND_AFTER:
            made.append(Alarm(kind, AlarmChange.REMINDED, detail, now))
    made += [
        Alarm(kind, AlarmChange.CLOSED, before.detail, now)
        for kind, before in last.items()
        if before.change is not AlarmChange.CLOSED and kind not in found
    ]
    return made


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queue of a pipeline stage: how many items wait for it, and since when the oldest."""

    count: int = 0
    since: datetime | None = None

    def seconds(self, now: datetime) -> float:
        """How long the oldest item has been waiting, in seconds; 0 if nothing waits."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of one kind (poll, digest …): when it ended, and how many seconds it took."""

    finished: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """The state of a deployment at the time `at`, summed over all topics, for `watcher status` and metrics.

    `done` counts the facts each stage has ever recorded, `waiting` what waits for each stage (`decide`: undecided
    cards), `unsent` the messages in the outbox, `failing` the unresolved failures of each stage. `spent` is the total
    model usage of each stage; `today` and `month` (in Tokyo) are over all stages. `runs` is by kind (poll, digest …);
    `alarms` are the open ones, `unread` the announcement days whose papers were never read. `recalls` holds each
    topic's estimated recall of screening and of triage, for monitoring alone.
    """

    at: datetime
    done: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    unsent: Waiting = field(default_factory=Waiting)
    failing: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, Usage] = field(default_factory=dict)
    today: Usage = field(default_factory=Usage)
    month: Usage = field(default_factory=Usage)
    sources: tuple[FeedReport, ...] = ()
    runs: Mapping[str, LastRun] = field(default_factory=dict)
    push: Push | None = None
    digest: datetime | None = None
    alarms: tuple[AlarmKind, ...] = ()
    unread: tuple[date, ...] = ()
    recalls: Mapping[str, tuple[Recall, TriageRecall]] = field(default_factory=dict)


class Health(StrEnum):
    """The result of a health check: OK, warning or broken."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checkup:
    """The result of one health check. `sign` is a code for the finding, by which message and remedy are chosen;
    `detail` is the error message, without secrets.
    """

    name: str
    health: Health
    sign: str = ""
    detail: str = ""
