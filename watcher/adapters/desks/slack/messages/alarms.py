"""Renders alarms (something an operator must know) as Slack messages."""

from __future__ import annotations

from typing import Final

from watcher.adapters.desks.slack.messages.text import FALLBACK, Blocks, context, fit_safe, safe, section
from watcher.domain.health import Alarm
from watcher.logs import redact
from watcher.words_ja import failures as words

ALARMS: Final = "alarm"
"""The beginning of the outbox keys of alarms, and so the name of their channel."""

_DETAIL = 600


def alarm_message(alarm: Alarm) -> tuple[Blocks, str]:
    """The Block Kit blocks of an alarm to the operator, and its `text` for notifications."""
    detail = safe(redact(alarm.detail), _DETAIL)
    told = "\n".join(part for part in (f"*{words.heading(alarm)}*", words.alarm_remedy(alarm)) if part)
    blocks: Blocks = [section(told), *([context(detail)] if detail else [])]
    return blocks, fit_safe(f"{told} {detail}".strip(), FALLBACK)
