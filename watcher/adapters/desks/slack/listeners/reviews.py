"""Handlers of clicks on messages other than cards: the menu of a daily digest, by which a curator rejects all papers
left undecided; answers about audited papers (does this rejected paper belong after all?); and proposals to change the
catalog.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, Outcome, curator, ref_of
from watcher.adapters.desks.slack.messages.digest import REJECT, REST, UNDO
from watcher.adapters.desks.slack.messages.reviews import ANSWERS, VERDICTS
from watcher.adapters.desks.slack.messages.text import safe
from watcher.domain.errors import NotYours, UsageError
from watcher.ports import Audits, Proposals
from watcher.words_ja import slack as words
from watcher.words_ja.common import SETTLED_ALREADY, person
from watcher.words_ja.report import NOT_IN_SAMPLE

_NUMBERS = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9}){0,49}")


def register_audits(app: App, listeners: Listeners, audits: Audits) -> None:
    """Register the listeners for the buttons of audit messages, by which curators say whether papers that were filtered
    out belong to the topic after all.
    """

    def answer(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 該当する (belongs) or 該当しない (does not) for a sampled paper."""

        def record() -> Outcome:
            number, belongs = _numbers(action)[0], ANSWERS[action["action_id"]]
            audits.answer(number, curator(body), listeners.desk.name, belongs=belongs)
            return "", partial(listeners.update, ref_of(body), partial(audits.sheet, number))

        listeners.act(ack, body, record, NOT_IN_SAMPLE)

    for action_id in ANSWERS:
        app.action(action_id)(answer)


def register_proposals(app: App, listeners: Listeners, proposals: Proposals) -> None:
    """Register the listeners for the buttons by which curators accept or reject proposals to change the catalog."""

    def decide(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 採用 (accept), 却下 (reject) or すべて採用 (accept all) for proposals to change the catalog."""

        def record() -> Outcome:
            numbers = _numbers(action)
            proposals.decide(numbers, VERDICTS[action["action_id"]], curator(body), listeners.desk.name)
            return "", partial(listeners.update, ref_of(body), partial(proposals.card, numbers[0]))

        listeners.act(ack, body, record, SETTLED_ALREADY)

    for action_id in VERDICTS:
        app.action(action_id)(decide)


def _numbers(action: Mapping[str, Any]) -> list[int]:
    """The numbers (of a candidate, of proposals) that a button carries. Raises UsageError."""
    value = str(action.get("value", ""))
    if not _NUMBERS.fullmatch(value):
        raise UsageError("a button carries no numbers")
    return [int(number) for number in value.split(",")]


def register_rest(app: App, listeners: Listeners) -> None:
    """Register the listener for the menu of a daily digest by which a curator rejects all papers left undecided."""
    curation = listeners.curation

    @app.action(REST)
    def _choose(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        def record() -> Outcome:
            topic, day, what = _chosen(action)
            store = curation.reject_rest if what == REJECT else curation.undo_rest
            none = words.NONE_LEFT if what == REJECT else words.NOTHING_TO_UNDO
            try:
                said = "" if store(topic, day, curator(body), listeners.desk.name) else none
            except NotYours as error:
                said = words.not_yours(safe(person(error.about), 60))
            return said, partial(listeners.update, ref_of(body), partial(curation.digest_of, topic, day))

        listeners.act(ack, body, record, words.NO_SUCH_DIGEST)


def _chosen(action: Mapping[str, Any]) -> tuple[str, date, str]:
    """Parse a menu's option: the topic and day of the digest, and the action. Raises UsageError."""
    name, _, what = str((action.get("selected_option") or {}).get("value", "")).rpartition("/")
    day, _, topic = name.partition("/")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        found = None
    if found is None or what not in {REJECT, UNDO}:
        raise UsageError("an option names no digest")
    return topic, found, what
