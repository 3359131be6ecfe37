"""Handlers of clicks on audit messages (does this rejected paper belong after all?) and on proposals to change the
catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator
from watcher.adapters.desks.slack.messages.proposals import VERDICTS
from watcher.adapters.desks.slack.messages.weekly import ANSWERS
from watcher.domain.catalog.proposals import ProposalCard
from watcher.domain.curation.recall import AuditSheet
from watcher.domain.errors import UsageError
from watcher.ports import Audits, Proposals
from watcher.words_ja.proposals import SETTLED_ALREADY
from watcher.words_ja.report import NOT_IN_SAMPLE

_PROPOSAL_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,49}")


def register_audits(app: App, listeners: Listeners, audits: Audits) -> None:
    """Register the listeners for the buttons of audit messages, by which curators say whether papers that were filtered
    out belong to the topic after all.
    """

    def answer(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 該当する (belongs) or 該当しない (does not) for a sampled paper."""

        def record() -> Callable[[], AuditSheet]:
            number, belongs = _number(action), ANSWERS[action["action_id"]]
            audits.answer(number, curator(body), listeners.desk.name, belongs=belongs)
            return partial(audits.sheet, number)

        listeners.act(ack, body, record, NOT_IN_SAMPLE)

    for action_id in ANSWERS:
        app.action(action_id)(answer)


def _number(action: Mapping[str, Any]) -> int:
    """The candidate number that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not value.isdecimal():
        raise UsageError("a button carries no candidate number")
    return int(value)


def register_proposals(app: App, listeners: Listeners, proposals: Proposals) -> None:
    """Register the listeners for the buttons by which curators accept or reject proposals to change the catalog."""

    def decide(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 採用 (accept), 却下 (reject) or すべて採用 (accept all) for proposals to change the catalog."""

        def record() -> Callable[[], ProposalCard]:
            numbers = _proposal_numbers(action)
            proposals.decide(numbers, VERDICTS[action["action_id"]], curator(body), listeners.desk.name)
            return partial(proposals.card, numbers[0])

        listeners.act(ack, body, record, SETTLED_ALREADY)

    for action_id in VERDICTS:
        app.action(action_id)(decide)


def _proposal_numbers(action: Mapping[str, Any]) -> list[int]:
    """The proposals that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not _PROPOSAL_NUMBERS.fullmatch(value):
        raise UsageError("a button carries no proposals")
    return [int(number) for number in value.split(",")]
