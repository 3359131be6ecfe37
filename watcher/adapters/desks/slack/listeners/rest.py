"""Handler of the menu of a daily digest, by which a curator rejects all papers left undecided, and undoes that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from slack_bolt import Ack, App

from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator, ref_of
from watcher.adapters.desks.slack.messages.digest import REJECT, REST, UNDO
from watcher.adapters.desks.slack.messages.text import safe
from watcher.domain.errors import NotYours, UsageError
from watcher.words_ja import slack as words
from watcher.words_ja.common import person


def register_rest(app: App, listeners: Listeners) -> None:
    """Register the listener for the menu of a daily digest by which a curator rejects all papers left undecided."""
    curation = listeners.curation

    @app.action(REST)
    def _choose(ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        said, named = listeners.refusal(body), None
        if not said:
            try:
                topic, day, what = _chosen(action)
                named = topic, day
                record = curation.reject_rest if what == REJECT else curation.undo_rest
                none = words.NONE_LEFT if what == REJECT else words.NOTHING_TO_UNDO
                said = "" if record(topic, day, curator(body), listeners.desk.name) else none
            except NotYours as error:
                said = words.not_yours(safe(person(error.about), 60))
            except UsageError:
                said = words.NO_SUCH_DIGEST
        ack()
        if said:
            listeners.whisper(body, said)
        if named is not None:
            listeners.update(ref_of(body), partial(curation.digest_of, *named))


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
