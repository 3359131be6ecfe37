"""Handlers of emoji reactions on the messages about papers: a reaction that stands for a verdict is recorded at once as
its person's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt import App

from watcher.adapters.desks.slack.listeners.cards import Listeners
from watcher.domain.curation.reactions import Observation, Reaction, ReactionOutcome
from watcher.domain.errors import UsageError, WatcherError
from watcher.logs import get_logger
from watcher.words_ja import slack as words

_log = get_logger(__name__)
Event = Mapping[str, Any]


def register_reactions(app: App, listeners: Listeners) -> None:
    """Register the listeners for emoji reactions that are added to or removed from the messages about papers. An event
    that is lost or fails does no harm: reactions are read again from the channel's history.
    """
    app.event("reaction_added")(lambda event: _handle(listeners, event, added=True))
    app.event("reaction_removed")(lambda event: _handle(listeners, event, added=False))


def _handle(listeners: Listeners, event: Event, *, added: bool) -> None:
    try:
        _record(listeners, event, added=added)
    except UsageError as error:
        _log.info("a reaction was left alone", error=error)
    except WatcherError as error:
        _log.warning("a reaction will be read from the channel's history", error=error)


def _record(listeners: Listeners, event: Event, *, added: bool) -> None:
    item, at = event.get("item") or {}, datetime.now(UTC)
    name, person = str(event.get("reaction", "")), str(event.get("user") or "")
    reactors = listeners.desk.reactors
    if item.get("type") != "message" or not person or not reactors.stands_for_a_verdict(name):
        return
    ref = f"{item.get('channel', '')}/{item.get('ts', '')}"
    number = listeners.curation.at(ref, listeners.desk.name)
    reaction = reactors.of(listeners.client).reaction(person, name) if number is not None else None
    if number is None or reaction is None:
        return
    seen = _observation(reaction, at, _seconds(event.get("event_ts")), added=added)
    outcomes = {one.outcome for one in listeners.curation.react(number, seen, listeners.desk.name)}
    if ReactionOutcome.NOT_A_CURATOR in outcomes:
        body = {"user": {"id": person}, "container": {"channel_id": item["channel"]}}
        listeners.whisper(body, words.NOT_A_CURATOR)
    if outcomes & {ReactionOutcome.DECIDED, ReactionOutcome.UNDONE}:
        listeners.refresh(number, ref)


def _observation(reaction: Reaction, at: datetime, stamp: float, *, added: bool) -> Observation:
    given = (reaction,)
    return Observation(at, standing=given, stamp=stamp) if added else Observation(at, gone=given, stamp=stamp)


def _seconds(stamp: object) -> float:
    """The time of an event in seconds; 0 if Slack does not state it."""
    try:
        return float(str(stamp))
    except ValueError:
        return 0.0
