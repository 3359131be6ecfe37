"""Turn a chosen or written reason into a rejection that says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack

from watcher.adapters.desks.slack.actions import Pressed
from watcher.adapters.desks.slack.listeners import Body, Listeners, View, curator, ref_of
from watcher.adapters.desks.slack.modal import Editing
from watcher.adapters.desks.slack.text import context, fit, link, plain
from watcher.domain.card import Card, CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.domain.text import encodable, visible
from watcher.words_ja import slack as words
from watcher.words_ja import slack_looking as looking

REASON_FORM = "reason"
# Asked for after the rejection: a menu before it would cost every rejection a second click.
_INPUT = "reason"
_LONGEST = 300


class Reasons:
    """Why a card was rejected; the rejection itself stands already."""

    def __init__(self, listeners: Listeners) -> None:
        self._of = listeners

    def choose(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """A reason of the menu is recorded; 「その他」 opens a form."""
        if refusal := self._of.refusal(body):
            ack()
            self._of.whisper(body, refusal)
            return
        try:
            pressed = Pressed.read(action)
            card = self._of.curation.card(pressed.number)
        except UsageError:
            ack()
            self._of.whisper(body, words.NO_SUCH_CARD)
            return
        ref = ref_of(body)
        if pressed.option == looking.OTHER:
            ack()
            self._of.show(body, looking.REASON_TITLE, lambda: reason_view(card, ref))
            return
        objection = self._record(card, looking.REASONS.get(pressed.option, ""), body)
        ack()
        if objection:
            self._of.whisper(body, objection)
        self._of.refresh(pressed.number, ref)

    def write(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """A written reason is recorded, or the form stays open and says why not."""
        try:
            editing = Editing.read(view.get("private_metadata", ""))
            card = self._of.curation.card(editing.number)
        except UsageError:
            ack(response_action="errors", errors={_INPUT: words.NO_SUCH_CARD})
            return
        text = str(view["state"]["values"][_INPUT][_INPUT].get("value") or "")
        if objection := self._of.refusal(body) or self._record(card, " ".join(text.split()), body):
            ack(response_action="errors", errors={_INPUT: objection})
            return
        ack()
        self._of.refresh(editing.number, editing.ref)

    def _record(self, card: Card, reason: str, body: Body) -> str:
        """Record the reason; gives why it could not be."""
        if card.state is not CardState.REJECTED:
            return looking.REASON_GONE
        after = self._of.curation.decide(
            card.candidate.number, Verdict.REJECT, curator(body), self._of.desk.name, reason
        )
        told = after.decision is not None and after.decision.reason == reason
        return "" if told else looking.REASON_NOT_YOURS


def reason_view(card: Card, ref: str) -> View:
    """The form for a reason of one's own."""
    given = card.decision.reason if card.decision and card.decision.reason not in looking.REASONS.values() else ""
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": _INPUT,
        "multiline": True,
        "max_length": _LONGEST,
    }
    if given:
        element["initial_value"] = encodable(fit(given, _LONGEST - 10))
    return {
        "type": "modal",
        "callback_id": REASON_FORM,
        "title": plain(looking.REASON_TITLE),
        "submit": plain(looking.REASON_SAVE),
        "close": plain(looking.CLOSE),
        "private_metadata": str(Editing(card.candidate.number, card.revision, ref)),
        "blocks": [
            context(link(card.candidate.paper.url, visible(card.cells.title) or str(card.candidate.paper.id), 300)),
            {
                "type": "input",
                "block_id": _INPUT,
                "label": plain(looking.REASON_LABEL),
                "hint": plain(looking.REASON_HINT),
                "element": element,
            },
        ],
    }
