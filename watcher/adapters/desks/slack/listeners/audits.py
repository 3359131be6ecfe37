"""Listeners for clicks on audit cards: an answer is checked, recorded, acknowledged to Slack, and then shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator
from watcher.adapters.desks.slack.messages.weekly import ANSWERS
from watcher.domain.curation.audit import AuditCard
from watcher.domain.errors import UsageError
from watcher.ports import Audits
from watcher.words_ja import report as words


def register_audits(app: App, listeners: Listeners, audits: Audits) -> None:
    """Register the listeners for the buttons of audit cards; the people who may click are the same as for cards."""

    def answer(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """該当する, 該当しない."""

        def record() -> Callable[[], AuditCard]:
            number, belongs = _number(action), ANSWERS[action["action_id"]]
            audits.answer(number, curator(body), listeners.desk.name, belongs=belongs)
            return partial(audits.audit_card, number)

        listeners.act(ack, body, record, words.NOT_IN_SAMPLE)

    for action_id in ANSWERS:
        app.action(action_id)(answer)


def _number(action: Mapping[str, Any]) -> int:
    """The candidate number that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not value.isdecimal():
        raise UsageError("a button carries no candidate number")
    return int(value)
