"""Turn a card into the edit form, and a submitted form back into cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watcher.adapters.desks.slack.card import Blocks
from watcher.adapters.desks.slack.text import INPUT, INPUT_ERROR, context, fit, link, plain
from watcher.domain.card import Card, CardState
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Violation
from watcher.words_ja import slack as words
from watcher.words_ja.common import CELL, violation

CALLBACK = "revise"

_ACTION = "value"
_APPROVE = "approve"
_MULTILINE = {"title", "summary"}


@dataclass(frozen=True, slots=True)
class Editing:
    """What the form remembers: candidate, the revision it was opened on, and where the card stands."""

    number: int
    revision: int
    ref: str

    def __str__(self) -> str:
        """As `private_metadata`. It carries no authority: the store is asked again."""
        return f"{self.number}:{self.revision}:{self.ref}"

    @classmethod
    def read(cls, text: str) -> Editing:
        """Read what `str()` wrote. Raises UsageError for anything else."""
        number, _, rest = text.partition(":")
        revision, _, ref = rest.partition(":")
        if not (number.isdecimal() and revision.isdecimal() and ref):
            raise UsageError("the form does not say which card it edits", remedy="open it again from the card")
        return cls(int(number), int(revision), ref)


def loading_view() -> dict[str, Any]:
    """Opened at once, since a trigger lives three seconds; the form follows."""
    return _view(blocks=[context(words.EDIT_LOADING)])


def message_view(message: str) -> dict[str, Any]:
    """The form's place taken by one of our sentences."""
    return _view(blocks=[context(message)])


def edit_view(card: Card, ref: str) -> dict[str, Any]:
    """The form with the card's seven cells; `ref` is the card's message."""
    paper = card.candidate.paper
    blocks: Blocks = [context(link(paper.url, str(paper.id), 80))]
    blocks += [_input(name, getattr(card.cells, name)) for name in Cells.names()]
    if card.state in {CardState.OPEN, CardState.LATER}:
        blocks.append(_approve_box())
    view = _view(blocks)
    view["submit"] = plain(words.EDIT_SAVE)
    view["private_metadata"] = str(Editing(card.candidate.number, card.revision, ref))
    return view


def submitted_cells(card: Card, values: Mapping[str, Any]) -> Cells:
    """The cells as the curator left them; an input left as it was shown keeps its cell, cut or not."""
    edited = {}
    for name in Cells.names():
        before = getattr(card.cells, name)
        given = values.get(name, {}).get(_ACTION, {}).get("value")
        unchanged = given is None or given == _shown(before)
        edited[name] = before if unchanged else str(given).strip()
    return Cells(**edited)


def wants_approval(values: Mapping[str, Any]) -> bool:
    """Whether 「保存して追加する」 is ticked."""
    return bool(values.get(_APPROVE, {}).get(_ACTION, {}).get("selected_options"))


def form_errors(violations: Sequence[Violation]) -> dict[str, str]:
    """The broken rules as Slack shows them, each below its input."""
    errors: dict[str, str] = {}
    for found in violations:
        cell = found.code.partition("_")[0]  # `<cell>_empty` and the like, see check_cells
        errors[cell] = f"{errors[cell]} / {violation(found)}" if cell in errors else violation(found)
    return {cell: fit(text, INPUT_ERROR) for cell, text in errors.items()}


def form_error(message: str) -> dict[str, str]:
    """An error about the whole form; Slack shows errors only below an input."""
    return {Cells.names()[0]: fit(message, INPUT_ERROR)}


def _view(blocks: Blocks) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain(words.EDIT_TITLE),
        "close": plain(words.EDIT_CLOSE),
        "blocks": blocks,
    }


def _shown(value: str) -> str:
    return fit(value, INPUT)


def _input(name: str, value: str) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": _ACTION,
        "multiline": name in _MULTILINE,
        "max_length": 3000,
    }
    if value:
        element["initial_value"] = _shown(value)
    return {"type": "input", "block_id": name, "label": plain(CELL[name]), "element": element}


def _approve_box() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": _APPROVE,
        "optional": True,
        "label": plain(words.EDIT_APPROVE_LABEL),
        "element": {
            "type": "checkboxes",
            "action_id": _ACTION,
            "options": [{"text": plain(words.EDIT_APPROVE), "value": _APPROVE}],
        },
    }
