"""What a deployment's facts -> Vitals: the figures by which one sees whether it does its work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watcher.domain.alarm import AlarmKind
from watcher.domain.card import FeedReport, Usage
from watcher.domain.facts import Push


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one thing: how much, and since when the oldest of it."""

    count: int = 0
    since: datetime | None = None

    def seconds(self, now: datetime) -> float:
        """For how long the oldest has been waiting; 0 when nothing waits."""
        return max(0.0, (now - self.since).total_seconds()) if self.since else 0.0


@dataclass(frozen=True, slots=True)
class LastRun:
    """When the last run of a kind ended, and how many seconds it took."""

    finished: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """A deployment at the moment `at`, counted over all topics.

    `done` holds how many facts each stage has added ever, `waiting` what waits for each (`decide`: cards nobody
    answered), `unsent` what the outbox owes, `failing` the stages with unresolved failures. `spent` is what each stage's
    model calls took ever; `today` and `month` (in Tokyo) are over all. `runs` is by kind: poll, digest …; `alarms`
    are those that stand.
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
