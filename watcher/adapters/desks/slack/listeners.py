"""Turn clicks and submitted forms into decisions and revisions: checked, recorded, acknowledged, then shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_sdk import WebClient

from watcher.adapters.desks.slack.card import EDIT, VERDICTS
from watcher.adapters.desks.slack.client import failures
from watcher.adapters.desks.slack.desk import SlackDesk
from watcher.adapters.desks.slack.modal import (
    CALLBACK,
    Editing,
    edit_view,
    form_error,
    form_errors,
    loading_view,
    message_view,
    submitted_cells,
    wants_approval,
)
from watcher.adapters.desks.slack.text import FALLBACK, fit, safe
from watcher.domain.card import Card, CardState
from watcher.domain.cells import check_cells
from watcher.domain.errors import UsageError, WatcherError
from watcher.domain.facts import Verdict
from watcher.domain.text import visible
from watcher.ports import Curation
from watcher.words_ja import slack as words

_log = logging.getLogger(__name__)

Body = dict[str, Any]


def register(app: App, listeners: Listeners) -> None:
    """Make buttons and forms of cards known to a Bolt app, whatever its transport."""
    for action in VERDICTS:
        app.action(action)(listeners.decide)
    app.action(EDIT)(listeners.edit)
    app.view(CALLBACK)(listeners.revise)
    app.error(listeners.fail)


@dataclass(frozen=True, slots=True)
class Listeners:
    """What happens on a click. A payload says only who clicked where; all else is asked of `curation`.

    `curators` are Slack user ids; when empty, everyone in the channel may decide. `afterwards` runs what follows an
    acknowledgement (changed cards, whispers): waiting for Slack never holds up a click.
    """

    client: WebClient
    desk: SlackDesk
    curation: Curation
    curators: frozenset[str]
    afterwards: Executor

    def decide(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """追加, 却下, あとで, 取り消す: the decision stands before Slack hears of it."""
        if not self._may(body):
            ack()
            self._whisper(body, words.NOT_A_CURATOR)
            return
        verdict = VERDICTS[action["action_id"]]
        objection = ""
        try:
            number, seen = _button(action)
            card = self.curation.card(number)
            if verdict is Verdict.APPROVE:
                objection = _objection(card, seen)
            if not objection:
                self.curation.decide(number, verdict, _curator(body), self.desk.name)
        except UsageError as error:
            _log.info("a click was refused: %s", error)
            ack()
            self._whisper(body, words.NO_SUCH_CARD)
            return
        ack()
        if objection:
            self._whisper(body, objection)
        self._refresh(number, _ref(body))

    def edit(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """編集: a form opens at once and is filled when the card has been read."""
        ack()
        if not self._may(body):
            self._whisper(body, words.NOT_A_CURATOR)
            return
        with failures("views.open"):
            view = self.client.views_open(trigger_id=body["trigger_id"], view=loading_view())["view"]
        try:
            number, _ = _button(action)
            form = edit_view(self.curation.card(number), _ref(body))
        except UsageError:
            form = message_view(words.EDIT_GONE)
        with failures("views.update"):
            self.client.views_update(view_id=view["id"], view=form)

    def revise(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """A submitted form: all of it is recorded, or the form stays open and says why not."""
        values = view["state"]["values"]
        try:
            editing = Editing.read(view.get("private_metadata", ""))
            card = self.curation.card(editing.number)
        except UsageError:
            ack(response_action="errors", errors=form_error(words.EDIT_GONE))
            return
        if errors := self._objections(body, card, editing, values):
            ack(response_action="errors", errors=errors)
            return
        who = _curator(body)
        try:
            cells = submitted_cells(card, values)
            if cells != card.cells:
                self.curation.revise(editing.number, cells, who, self.desk.name, based_on=editing.revision)
            if wants_approval(values):
                self.curation.decide(editing.number, Verdict.APPROVE, who, self.desk.name)
        except UsageError as error:
            _log.info("a revision was refused: %s", error)
            ack(response_action="errors", errors=form_error(words.EDIT_CONFLICT))
            return
        ack()
        self._refresh(editing.number, editing.ref)

    def fail(self, error: Exception, body: Body, response: BoltResponse | None) -> BoltResponse | None:
        """Whatever else went wrong is logged and said to the one who clicked.

        `response` is None after an acknowledgement. A click that is not recorded is not acknowledged either.
        """
        _log.error("a click failed: %s", error if isinstance(error, WatcherError) else type(error).__name__)
        if body.get("type") == "block_actions":
            self._whisper(body, words.NOT_RECORDED)
        elif response is not None:
            errors = form_error(words.NOT_RECORDED)
            return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
        return None

    def _may(self, body: Body) -> bool:
        return not self.curators or body["user"]["id"] in self.curators

    def _objections(self, body: Body, card: Card, editing: Editing, values: Mapping[str, Any]) -> dict[str, str]:
        """Why a form cannot be recorded, by input."""
        if not self._may(body):
            return form_error(words.NOT_A_CURATOR)
        if card.revision != editing.revision:
            return form_error(words.EDIT_CONFLICT)
        if card.state not in {CardState.OPEN, CardState.LATER}:
            return form_error(words.EDIT_DECIDED)
        return form_errors(check_cells(submitted_cells(card, values)))

    def _refresh(self, number: int, ref: str) -> None:
        """Show the card as it stands when its turn comes, so that the last of several updates is the true one."""

        def show() -> None:
            try:
                self.desk.update_card(ref, self.curation.card(number))
            except WatcherError as error:
                _log.warning("card %s will be refreshed by the next run: %s", number, error)

        self.afterwards.submit(show)

    def _whisper(self, body: Body, text: str) -> None:
        """Say something to the one who clicked and to nobody else."""

        def say() -> None:
            try:
                with failures("chat.postEphemeral"):
                    self.client.chat_postEphemeral(channel=_channel(body), user=body["user"]["id"], text=text)
            except WatcherError as error:
                _log.warning("a notice did not reach its curator: %s", error)

        self.afterwards.submit(say)


def _objection(card: Card, seen: int) -> str:
    """Why a card cannot be approved by someone who saw revision `seen`; empty when it can."""
    if card.revision != seen:
        return words.CHANGED_SINCE
    found = check_cells(card.cells)
    return safe(words.not_fit(found), FALLBACK) if found else ""


def _button(action: Mapping[str, Any]) -> tuple[int, int]:
    """Candidate number and seen revision of a clicked button. Raises UsageError."""
    number, _, revision = str(action.get("value", "")).partition(":")
    if not (number.isdecimal() and revision.isdecimal()):
        raise UsageError("a button carries no candidate number")
    return int(number), int(revision)


def _channel(body: Body) -> str:
    return str(body["container"]["channel_id"])


def _ref(body: Body) -> str:
    return f"{_channel(body)}/{body['container']['message_ts']}"


def _curator(body: Body) -> str:
    """Name and id, e.g. `hana (U01HANA)`: a name can change or be taken by another, an id cannot."""
    user = body["user"]
    name = fit(visible(str(user.get("name") or user.get("username") or "")), 60)
    return f"{name} ({user['id']})" if name else str(user["id"])
