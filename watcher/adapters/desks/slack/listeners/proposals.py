"""Turn clicks on proposals into decisions: checked, recorded, acknowledged, then shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator, ref_of
from watcher.adapters.desks.slack.messages.proposals import VERDICTS, SlackReviewDesk
from watcher.domain.errors import UsageError, WatcherError
from watcher.ports import Proposing
from watcher.words_ja import proposals as words

_log = logging.getLogger(__name__)
_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,49}")


def register_proposals(app: App, listeners: Listeners, proposing: Proposing) -> None:
    """Make the buttons of proposals known to a Bolt app, whatever its transport."""
    decider = Decider(listeners, proposing, SlackReviewDesk(listeners.desk))
    for action in VERDICTS:
        app.action(action)(decider.decide)


@dataclass(frozen=True, slots=True)
class Decider:
    """What happens on a click on a proposal; who may click is settled as for cards."""

    listeners: Listeners
    proposing: Proposing
    desk: SlackReviewDesk

    def decide(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """採用, 却下, すべて採用: the decision stands before Slack hears of it."""
        if refusal := self.listeners.refusal(body):
            ack()
            self.listeners.whisper(body, refusal)
            return
        try:
            numbers = _numbers(action)
            self.proposing.decide(numbers, VERDICTS[action["action_id"]], curator(body), self.desk.name)
        except UsageError as error:
            _log.info("a click was refused: %s", error)
            ack()
            self.listeners.whisper(body, words.SETTLED_ALREADY)
            return
        ack()
        self._show(numbers[0], ref_of(body))

    def _show(self, number: int, ref: str) -> None:
        """Show the row's proposals as they stand when their turn comes."""

        def show() -> None:
            try:
                self.desk.update_proposals(ref, partial(self.proposing.card, number))
            except WatcherError as error:
                _log.warning("the proposals around %s will be refreshed by the follower: %s", number, error)

        self.listeners.afterwards.submit(show)


def _numbers(action: Mapping[str, Any]) -> list[int]:
    """The proposals that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not _NUMBERS.fullmatch(value):
        raise UsageError("a button carries no proposals")
    return [int(number) for number in value.split(",")]
