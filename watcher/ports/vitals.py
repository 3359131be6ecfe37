"""What is asked of the memory to see whether a deployment does its work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from watcher.domain.alarm import Alarm, Observations
from watcher.domain.vitals import Vitals


class VitalStore(Protocol):
    """The part of the memory that tells how a deployment does."""

    def vitals(self, topics: Sequence[str], desk: str, now: datetime) -> Vitals:
        """How the line over these topics (by slug) stands, with its cards at a desk."""
        ...


class AlarmStore(VitalStore, Protocol):
    """The part of the memory that is about alarms."""

    def signs(self, topics: Sequence[str], desk: str, batch: datetime | None, now: datetime) -> Observations:
        """What the rules look at; `batch` is when the papers that should be here were announced."""
        ...

    def add_alarm(self, alarm: Alarm) -> bool:
        """Add the fact that an alarm was opened, reminded of or closed; False when another process has done so."""
        ...

    def last_alarms(self) -> Sequence[Alarm]:
        """The last fact of each kind of alarm."""
        ...

    def standing_alarms(self) -> Sequence[Alarm]:
        """The last fact of each alarm that is not closed."""
        ...

    def told_before(self, alarm: Alarm) -> Sequence[Alarm]:
        """The facts of an alarm of this kind since it was last opened, before this one."""
        ...


class AlarmDesk(Protocol):
    """Where alarms are told."""

    name: str

    def find(self, key: str, since: datetime) -> str | None:
        """The ref of a message already posted under this outbox key at or after `since`, else None."""
        ...

    def show_alarm(self, key: str, alarm: Alarm) -> str:
        """Tell of an alarm once; gives the message's ref. Raises DeskError / DeskRefused."""
        ...
