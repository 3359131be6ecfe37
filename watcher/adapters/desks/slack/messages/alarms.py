"""Turn alarms into Slack messages, posted by the Slack desk."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.text import FALLBACK, Blocks, context, fit_safe, safe, section
from watcher.domain.operations.alarm import Alarm
from watcher.logs import redact
from watcher.words_ja import failures as words

ALARMS: Final = "alarm"
"""What the outbox keys of alarms begin with, and so the name of their place."""

_DETAIL = 600


class SlackAlarmDesk:
    """Implements `ports.AlarmDesk` in the channel for alarms of a Slack desk."""

    def __init__(self, desk: SlackDesk) -> None:
        self._desk = desk
        self.name = desk.name

    def find(self, key: str, since: datetime) -> str | None:
        """The ref of our own message carrying `key`. Raises DeskError / DeskRefused."""
        return self._desk.find(key, since)

    def show_alarm(self, key: str, alarm: Alarm) -> str:
        """Post an alarm; gives its ref. Raises DeskError / DeskRefused."""
        return self._desk.send(key, alarm_message(alarm))


def alarm_message(alarm: Alarm) -> tuple[Blocks, str]:
    """The blocks of an alarm and its `text`."""
    detail = safe(redact(alarm.detail), _DETAIL)
    told = "\n".join(part for part in (f"*{words.heading(alarm)}*", words.alarm_remedy(alarm)) if part)
    blocks: Blocks = [section(told), *([context(detail)] if detail else [])]
    return blocks, fit_safe(f"{told} {detail}".strip(), FALLBACK)
