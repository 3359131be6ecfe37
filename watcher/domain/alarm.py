"""Signs of trouble -> alarms: what people must hear of, told once, reminded of daily, taken back when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from watcher.domain.budget import TOKYO
from watcher.domain.calendar import announced_at, brings_papers
from watcher.domain.card import FeedReport, SourceState
from watcher.domain.paper import PaperId

REMIND_AFTER = timedelta(days=1)
_LOOK_BACK = 14  # days; arXiv's longest pause is shorter


class AlarmKind(StrEnum):
    """What is wrong; each kind is one alarm, however much there is of it."""

    NO_NEWS = "no_news"
    MISSED = "missed"
    SCORE = "score"
    SUMMARIZE = "summarize"
    POST = "post"
    CATALOG = "catalog"
    PUSH = "push"
    SCHEDULE = "schedule"
    CLICKS = "clicks"
    DATABASE = "database"


STAGES = {str(k): k for k in (AlarmKind.SCORE, AlarmKind.SUMMARIZE, AlarmKind.POST, AlarmKind.CATALOG, AlarmKind.PUSH)}
"""The alarms that are failures of a stage, by its name."""


class AlarmChange(StrEnum):
    """What became of an alarm."""

    OPENED = "opened"
    REMINDED = "reminded"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Alarm:
    """The fact that an alarm was opened, reminded of or closed. `number` is 0 until it is recorded."""

    kind: AlarmKind
    change: AlarmChange
    detail: str
    at: datetime
    number: int = 0

    @property
    def key(self) -> str:
        """The outbox key: each change is told once."""
        return f"alarm/{self.number}"


@dataclass(frozen=True, slots=True)
class Signs:
    """What the rules look at. `failing` holds since when a stage has failed without a success between, and how.

    `before` and `newest` are arXiv's newest ids known before the batch that is due was announced, and now;
    `reconciled` is what the last reconciliation said; `overdue` names slots that never fired; `deaf` says that
    no click has been able to arrive for a while.
    """

    first_run: datetime | None = None
    before: PaperId | None = None
    newest: PaperId | None = None
    reconciled: FeedReport | None = None
    failing: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    overdue: tuple[str, ...] = ()
    deaf: bool = False


def due_batch(now: datetime, holidays: AbstractSet[date], deadline: time) -> datetime | None:
    """When the latest batch was announced whose papers should be here by now: by `deadline` in Tokyo of its day."""
    today = now.astimezone(TOKYO).date()
    for days in range(_LOOK_BACK):
        day = today - timedelta(days=days)
        if brings_papers(day, holidays) and datetime.combine(day, deadline, TOKYO) <= now:
            return announced_at(day)
    return None


def troubles(signs: Signs, now: datetime, batch: datetime | None, patience: timedelta) -> dict[AlarmKind, str]:
    """What is wrong now, with a detail. A stage's failures count once they have lasted for `patience`."""
    found: dict[AlarmKind, str] = {}
    watching = batch is not None and signs.first_run is not None and signs.first_run <= batch
    if watching and signs.newest is not None and not _later(signs.newest, signs.before):
        found[AlarmKind.NO_NEWS] = f"newest: {signs.newest.native}"
    if (last := signs.reconciled) is not None:
        if last.state is not SourceState.COMPLETE:
            found[AlarmKind.MISSED] = last.error
        elif last.new:
            found[AlarmKind.MISSED] = f"+{last.new}"
    for stage, (since, error) in signs.failing.items():
        if stage in STAGES and now - since >= patience:
            found[STAGES[stage]] = error
    if signs.overdue:
        found[AlarmKind.SCHEDULE] = ", ".join(signs.overdue)
    if signs.deaf:
        found[AlarmKind.CLICKS] = ""
    return found


def _later(newest: PaperId, before: PaperId | None) -> bool:
    return before is None or (newest.place is not None and before.place is not None and newest.place > before.place)


def changes(told: Sequence[Alarm], found: Mapping[AlarmKind, str], now: datetime) -> list[Alarm]:
    """What is to be told, given the last fact of each kind and what is wrong now. The same is told again after a day."""
    last = {alarm.kind: alarm for alarm in told}
    made = []
    for kind, detail in found.items():
        before = last.get(kind)
        if before is None or before.change is AlarmChange.CLOSED:
            made.append(Alarm(kind, AlarmChange.OPENED, detail, now))
        elif now - before.at >= REMIND_AFTER:
            made.append(Alarm(kind, AlarmChange.REMINDED, detail, now))
    made += [
        Alarm(kind, AlarmChange.CLOSED, before.detail, now)
        for kind, before in last.items()
        if before.change is not AlarmChange.CLOSED and kind not in found
    ]
    return made
