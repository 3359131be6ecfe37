"""Figures about the state of a deployment, as shown by `watcher status` and exported as metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from watcher.domain.budget import Usage
from watcher.domain.curation.audit import Recall
from watcher.domain.curation.triage_recall import TriageRecall
from watcher.domain.facts import Push
from watcher.domain.operations.alarm import AlarmKind
from watcher.domain.papers.feeds import FeedReport


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
