"""Renders the buttons and menus of the message about a paper, depending on its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watcher.adapters.desks.slack.messages.text import fit, plain
from watcher.domain.curation.card import EDITABLE, Card, CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Verdict
from watcher.words_ja import common, handover
from watcher.words_ja import slack as words

APPROVE, REJECT, LATER, EDIT, UNDO = "approve", "reject", "later", "edit", "undo"
REASON, MORE, RETRY, UNTIL = "reason", "more", "retry", "until"
VERDICTS = {
    APPROVE: Verdict.APPROVE,
    REJECT: Verdict.REJECT,
    LATER: Verdict.LATER,
    UNDO: Verdict.UNDO,
}
_LABELS = {
    APPROVE: words.APPROVE,
    REJECT: words.REJECT,
    LATER: words.LATER,
    EDIT: words.EDIT,
    UNDO: words.UNDO,
    RETRY: handover.RETRY,
}
_OFFERED = {
    CardState.OPEN: (APPROVE, REJECT, EDIT, LATER),
    CardState.LATER: (APPROVE, REJECT, EDIT, UNTIL),
    CardState.ENDORSED: (APPROVE, REJECT, UNDO),
    CardState.REJECTED: (UNDO, REASON),
    CardState.APPROVED: (UNDO,),
    CardState.CATALOGED: (UNDO,),
    CardState.MISSING: (APPROVE, REJECT, UNDO),
    CardState.RETURNED: (APPROVE, REJECT),
}


@dataclass(frozen=True, slots=True)
class Pressed:
    """The content of the `value` of a button or menu option: the candidate's number, the revision of the card that the
    person saw, and for a menu the option. It grants no permission.
    """

    number: int
    revision: int
    option: str = ""

    def __str__(self) -> str:
        """The text for the `value` of a button or menu option, which `read` parses."""
        parts = [str(self.number), str(self.revision), *([self.option] if self.option else [])]
        return ":".join(parts)

    @classmethod
    def read(cls, action: Mapping[str, Any]) -> Pressed:
        """Parse the `value` of a clicked button or menu option. Raises UsageError if it has another form."""
        chosen = action.get("selected_option") or {}
        number, _, rest = str(action.get("value") or chosen.get("value") or "").partition(":")
        revision, _, option = rest.partition(":")
        if not (number.isdecimal() and revision.isdecimal()):
            raise UsageError("a button carries no candidate number")
        return cls(int(number), int(revision), option)


def actions(card: Card) -> dict[str, Any]:
    """The Block Kit actions block of the message about a paper, with the buttons and menus for its state."""
    offered = _OFFERED[card.state]
    if card.handover and not card.retrying and card.state in EDITABLE:
        offered = (*offered, RETRY)
    menus = {REASON: _reasons, UNTIL: _days}
    elements = [menus[name](card) if name in menus else _button(card, name) for name in offered]
    return {"type": "actions", "elements": [*elements, _more(card)]}


def _value(card: Card, option: str = "") -> str:
    return str(Pressed(card.candidate.number, card.revision, option))


def label_of(card: Card, name: str) -> str:
    """The Japanese label of the button `name` on the message about a paper; it differs if the paper's catalog row is
    missing or has come back.
    """
    answers = common.ROW_ANSWERS.get(card.state, {})
    return answers.get(VERDICTS[name], _LABELS[name]) if name in VERDICTS else _LABELS[name]


def _button(card: Card, name: str) -> dict[str, Any]:
    native = fit(card.candidate.paper.id.native, 40)
    button: dict[str, Any] = {
        "type": "button",
        "action_id": name,
        "text": plain(label_of(card, name)),
        "value": _value(card),
        "accessibility_label": words.accessible(label_of(card, name), native),
    }
    if name == APPROVE:
        button["style"] = "primary"
    return button


def _reasons(card: Card) -> dict[str, Any]:
    """The menu of reasons for a rejection; asked afterwards, because the rejection itself is one click."""
    given = card.decision is not None and card.decision.reason
    options = [{"text": plain(text), "value": _value(card, key)} for key, text in words.REASONS.items()]
    return {
        "type": "static_select",
        "action_id": REASON,
        "placeholder": plain(words.REASON_CHANGE if given else words.REASON_CHOOSE),
        "options": options,
    }


def _days(card: Card) -> dict[str, Any]:
    """The menu of days to which a card can be put off; asked afterwards too."""
    options = [{"text": plain(text), "value": _value(card, key)} for key, text in words.UNTIL.items()]
    return {
        "type": "static_select",
        "action_id": UNTIL,
        "placeholder": plain(words.UNTIL_CHANGE if card.until else words.UNTIL_CHOOSE),
        "options": options,
    }


def _more(card: Card) -> dict[str, Any]:
    """The menu of details that can be looked up; while the card is undecided also another summary."""
    looks = dict(words.LOOKS)
    if card.state not in EDITABLE or card.rewriting or card.summary is None:
        del looks[words.REWRITE]
    return {
        "type": "overflow",
        "action_id": MORE,
        "options": [{"text": plain(text), "value": _value(card, key)} for key, text in looks.items()],
    }
