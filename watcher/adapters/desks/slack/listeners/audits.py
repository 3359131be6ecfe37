"""Turn clicks on audit cards into answers: checked, recorded, acknowledged, then shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator, ref_of
from watcher.adapters.desks.slack.messages.weekly import ANSWERS, SlackWeeklyDesk
from watcher.domain.errors import UsageError, WatcherError
from watcher.ports import Auditing
from watcher.words_ja import report as words

_log = logging.getLogger(__name__)


def register_audits(app: App, listeners: Listeners, audits: Auditing) -> None:
    """Make the buttons of audit cards known to a Bolt app, whatever its transport."""
    auditor = Auditor(listeners, audits, SlackWeeklyDesk(listeners.desk))
    for action in ANSWERS:
        app.action(action)(auditor.answer)


@dataclass(frozen=True, slots=True)
class Auditor:
    """What happens on a click on an audit card; who may click is settled as for cards."""

    listeners: Listeners
    audits: Auditing
    desk: SlackWeeklyDesk

    def answer(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """該当する, 該当しない: the answer stands before Slack hears of it."""
        if refusal := self.listeners.refusal(body):
            ack()
            self.listeners.whisper(body, refusal)
            return
        try:
            number = _number(action)
            belongs = ANSWERS[action["action_id"]]
            self.audits.answer(number, curator(body), self.desk.name, belongs=belongs)
        except UsageError as error:
            _log.info("a click was refused: %s", error)
            ack()
            self.listeners.whisper(body, words.NOT_IN_SAMPLE)
            return
        ack()
        self._show(number, ref_of(body))

    def _show(self, number: int, ref: str) -> None:
        """Show the answer that stands when its turn comes."""

        def show() -> None:
            try:
                self.desk.update_audit(ref, partial(self.audits.audit_card, number))
            except WatcherError as error:
                _log.warning("audit card %s will be refreshed by the follower: %s", number, error)

        self.listeners.afterwards.submit(show)


def _number(action: Mapping[str, Any]) -> int:
    """The candidate number that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not value.isdecimal():
        raise UsageError("a button carries no candidate number")
    return int(value)
