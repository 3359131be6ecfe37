"""Listeners for clicks on proposals: a verdict is checked, recorded, acknowledged to Slack, and then shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator
from watcher.adapters.desks.slack.messages.proposals import VERDICTS
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.errors import UsageError
from watcher.ports import Proposals
from watcher.words_ja import proposals as words

_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,49}")


def register_proposals(app: App, listeners: Listeners, proposals: Proposals) -> None:
    """Register the listeners for the buttons of proposals; the people who may click are the same as for cards."""

    def decide(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """採用, 却下, すべて採用."""

        def record() -> Callable[[], ProposalCard]:
            numbers = _numbers(action)
            proposals.decide(numbers, VERDICTS[action["action_id"]], curator(body), listeners.desk.name)
            return partial(proposals.card, numbers[0])

        listeners.act(ack, body, record, words.SETTLED_ALREADY)

    for action_id in VERDICTS:
        app.action(action_id)(decide)


def _numbers(action: Mapping[str, Any]) -> list[int]:
    """The proposals that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not _NUMBERS.fullmatch(value):
        raise UsageError("a button carries no proposals")
    return [int(number) for number in value.split(",")]
