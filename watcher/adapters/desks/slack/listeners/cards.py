"""Handlers of clicks and emoji reactions on a card (the message about one paper): a decision is checked, recorded,
acknowledged to Slack, and then shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_sdk import WebClient

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.api.people import Curators
from watcher.adapters.desks.slack.api.people import curator as person_named
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.messages.card import VERDICTS, Pressed
from watcher.adapters.desks.slack.messages.modal import Editing, View, form_error, loading_view
from watcher.adapters.desks.slack.messages.text import safe
from watcher.domain.curation.card import EDITABLE, Card, CardState
from watcher.domain.curation.reactions import Observation, ReactionOutcome
from watcher.domain.errors import DeskError, NotYours, UsageError, WatcherError
from watcher.domain.facts import Verdict
from watcher.domain.summaries.cells import check_cells
from watcher.logs import get_logger
from watcher.ports import Curation, Message
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import person

_log = get_logger(__name__)
_ROW_SECONDS, _ROW_STEP = 1.0, 0.05  # how long the row of an approved paper is waited for, and how often looked for

Body = dict[str, Any]
Outcome = tuple[str, Callable[[], None] | None]
"""What the person who clicked is told ("" for nothing), and what follows the acknowledgement."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Handlers of clicks on cards (messages about one paper each) in Slack. A payload is trusted only for who clicked
    where; all else is read from `curation`.

    `curators` checks who may decide. `afterwards` runs what follows the acknowledgement (updating messages, private
    notices), so that waiting for Slack never delays a click.
    """

    client: WebClient
    desk: SlackDesk
    curation: Curation
    curators: Curators
    afterwards: Executor

    def decide(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 追加 (approve), 却下 (reject), あとで (later) or 取り消す (undo) on the message about a paper: record
        the decision before acknowledging the click.
        """
        verdict = VERDICTS[action["action_id"]]

        def record() -> Outcome:
            pressed = Pressed.read(action)
            card = self.curation.card(pressed.number)
            said = objection(card, str(pressed.revision)) if verdict is Verdict.APPROVE else ""
            if not said:
                try:
                    after = self.curation.decide(pressed.number, verdict, curator(body), self.desk.name)
                except NotYours as error:
                    said = words.not_yours(safe(person(error.about), 60))
                else:
                    repeated = after.state is CardState.ENDORSED and after.endorsers == card.endorsers
                    said = words.ENDORSED_ALREADY if verdict is Verdict.APPROVE and repeated else ""
            return said, partial(self.refresh, pressed.number, ref_of(body))

        self.act(ack, body, record)

    def act(self, ack: Ack, body: Body, record: Callable[[], Outcome], unknown: str = words.NO_SUCH_CARD) -> None:
        """Handle a click: check that the person is a curator, call `record`, which stores the click, acknowledge it to
        Slack, tell the person what `record` says, and do what follows. If `record` raises UsageError, the person is told
        `unknown`.
        """
        said, follow = self.refusal(body), None
        if not said:
            try:
                said, follow = record()
            except UsageError as error:
                _log.info("a click was refused", error=error)
                said = unknown
        ack()
        if said:
            self.whisper(body, said)
        if follow is not None:
            follow()

    def submit(
        self,
        ack: Ack,
        body: Body,
        view: Mapping[str, Any],
        block: str,
        record: Callable[[Card, Mapping[str, Any]], str],
        unknown: str = words.NO_SUCH_CARD,
    ) -> None:
        """Handle a submitted Slack form (`view`) that asks one question about a paper. Whether the person is a curator
        is checked first; then `record` is called with the paper's card and the state of the form's input `block`. It
        stores the answer and returns "", or returns why that is not possible.

        If it was stored, the form closes and the paper's message is updated. Otherwise the form stays open with the
        reason as an error; that is `unknown` if there is no such card or the answer is invalid (UsageError,
        ValueError).
        """
        try:
            editing = Editing.read(view.get("private_metadata", ""))
            card = self.curation.card(editing.number)
            said = self.refusal(body) or record(card, view["state"]["values"][block][block])
        except (UsageError, ValueError):
            said = unknown
        if said:
            ack(response_action="errors", errors={block: said})
            return
        ack()
        self.refresh(editing.number, editing.ref)

    def retry(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on もう一度試す (try again), by which a curator has the model asked again about a paper: the request
        is recorded before the acknowledgement, and the next run carries it out.
        """

        def record() -> Outcome:
            number = Pressed.read(action).number
            return self._retried(number, curator(body)), partial(self.refresh, number, ref_of(body))

        self.act(ack, body, record)

    def _retried(self, number: int, who: str) -> str:
        card = self.curation.card(number)
        if card.handover is None:
            return common.RETRY_NOT_NEEDED
        if card.state not in EDITABLE:
            return common.RETRY_DECIDED
        asked = self.curation.retry(number, who, self.desk.name)
        return common.RETRY_ASKED if asked else common.RETRY_WAITS

    def fail(self, error: Exception, body: Body, response: BoltResponse | None) -> BoltResponse | None:
        """Bolt error handler for exceptions that no listener handled: log the error, and tell the person who clicked
        that nothing was recorded.

        `response` is None after the acknowledgement. A click that was not recorded is not acknowledged.
        """
        _log.error("a click failed", error=error if isinstance(error, WatcherError) else type(error).__name__)
        if body.get("type") == "block_actions":
            self.whisper(body, words.NOT_RECORDED)
        elif response is not None:
            errors = form_error(words.NOT_RECORDED, body.get("view", {}))
            return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
        return None

    def refusal(self, body: Body) -> str:
        """Check whether the person who clicked may decide; return the text that says why not, or ""."""
        try:
            may = self.curators.may(body["user"]["id"], str(body["user"].get("team_id") or ""))
        except DeskError as error:
            _log.error("a click was refused", error=error)
            return words.NOT_KNOWN_CURATOR
        return "" if may else words.NOT_A_CURATOR

    def show(self, body: Body, title: str, fill: Callable[[], View]) -> None:
        """Open a modal window at once, because a trigger id is valid for three seconds, and then fill it with the view
        that `fill` returns.
        """
        try:
            with failures("views.open"):
                opened = self.client.views_open(trigger_id=body["trigger_id"], view=loading_view(title))["view"]
            with failures("views.update"):
                self.client.views_update(view_id=opened["id"], view=fill())
        except DeskError as error:
            _log.warning("a window did not open", error=error)
            self.whisper(body, words.FAILED)

    def refresh(self, number: int, ref: str) -> None:
        """Schedule the update of the message `ref` about candidate `number` to its present state, and note replies in
        its thread.

        If the paper was approved, it waits up to a second for the row in the catalog, so that one update shows both.
        """
        patient_until, desk = time.monotonic() + _ROW_SECONDS, self.desk.name

        def show() -> None:
            self._note_discussion(number, ref)
            while self.curation.card(number).state is CardState.APPROVED and time.monotonic() < patient_until:
                time.sleep(_ROW_STEP)
            shown: list[Card] = []

            def look() -> Card | None:
                card = self.curation.to_show(number, desk)
                shown.extend([card] if card is not None else [])
                return card

            if self.curation.to_show(number, desk) is not None:
                self.desk.update(ref, look)
            for card in shown:
                self.curation.shown(card, desk)

        if ref:
            self._later(show, ref)

    def _note_discussion(self, number: int, ref: str) -> None:
        try:
            self.curation.discussed(number, self.desk.replies(ref), self.desk.name)
        except DeskError as error:
            _log.warning("a thread will be seen when the channel is read", error=error)

    def update(self, ref: str, look: Callable[[], Message]) -> None:
        """Schedule the replacement of a Slack message by the one that `look` returns; it is called when the message is
        about to be sent, so that the last of several updates shows the latest state.

        Without a `ref` (a click outside of messages), or if this fails, a later run updates the message.
        """
        if ref:
            self._later(lambda: self.desk.update(ref, look), ref)

    def _later(self, show: Callable[[], None], ref: str) -> None:
        def attempt() -> None:
            try:
                show()
            except WatcherError as error:
                _log.warning("a message will be updated with the next decisions", ref=ref, error=error)

        self.afterwards.submit(attempt)

    def whisper(self, body: Body, text: str) -> None:
        """Send an ephemeral message to the person who clicked: in the channel, or as a direct message if there is no
        channel.
        """
        channel, user = _channel(body), body["user"]["id"]

        def say() -> None:
            try:
                if channel:
                    with failures("chat.postEphemeral"):
                        self.client.chat_postEphemeral(channel=channel, user=user, text=text)
                else:
                    with failures("chat.postMessage"):
                        self.client.chat_postMessage(channel=user, text=text)
            except WatcherError as error:
                _log.warning("a notice did not reach its curator", error=error)

        self.afterwards.submit(say)


def objection(card: Card, seen: str) -> str:
    """The reason why a person who saw revision `seen` of a card cannot approve it; "" if they can."""
    if str(card.revision) != seen:
        return words.CHANGED_SINCE
    found = check_cells(card.cells)
    return safe(words.not_fit(found), 1000) if found else ""


def _channel(body: Body) -> str:
    return str(body.get("container", {}).get("channel_id", ""))


def ref_of(body: Body) -> str:
    """The ref (`CHANNEL/TS`) of the message that was clicked in; "" for a click in a modal window or the Home tab."""
    ts = body.get("container", {}).get("message_ts")
    return f"{_channel(body)}/{ts}" if ts and _channel(body) else ""


def curator(body: Body) -> str:
    """The name under which the actions of the Slack user who clicked are recorded, e.g. `hana (U01HANA)`."""
    user = body["user"]
    return person_named(str(user["id"]), str(user.get("name") or user.get("username") or ""))


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
    standing, gone = ((reaction,), ()) if added else ((), (reaction,))
    seen = Observation(at, standing=standing, gone=gone, stamp=_seconds(event.get("event_ts")))
    outcomes = {one.outcome for one in listeners.curation.react(number, seen, listeners.desk.name)}
    if ReactionOutcome.NOT_A_CURATOR in outcomes:
        body = {"user": {"id": person}, "container": {"channel_id": item["channel"]}}
        listeners.whisper(body, words.NOT_A_CURATOR)
    if outcomes & {ReactionOutcome.DECIDED, ReactionOutcome.UNDONE}:
        listeners.refresh(number, ref)


def _seconds(stamp: object) -> float:
    """The time of an event in seconds; 0 if Slack does not state it."""
    try:
        return float(str(stamp))
    except ValueError:
        return 0.0
