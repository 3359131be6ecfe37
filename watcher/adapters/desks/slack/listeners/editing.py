"""Handlers of the form in which a curator edits the texts of a paper's catalog row: opened, previewed while typing,
checked, saved, and approved if requested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack

from watcher.adapters.desks.slack.api.client import failures
from watcher.adapters.desks.slack.listeners.cards import Body, Listeners, curator, ref_of
from watcher.adapters.desks.slack.messages.card import Pressed
from watcher.adapters.desks.slack.messages.modal import (
    Editing,
    View,
    conflict_note,
    edit_view,
    fingerprint,
    form_error,
    form_errors,
    hint_note,
    message_view,
    typed_cells,
    wants_approval,
    with_preview,
)
from watcher.domain.curation.card import EDITABLE, Card
from watcher.domain.errors import CatalogError, DeskError, EditConflict, UsageError
from watcher.domain.facts import Cells, Verdict
from watcher.domain.summaries.cells import check_cells
from watcher.logs import get_logger
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import violation

_log = get_logger(__name__)


class Editor:
    """Handlers of the form in which a curator edits the cells of a paper's catalog row."""

    def __init__(self, listeners: Listeners) -> None:
        self._of = listeners

    def open(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 編集 (edit): open a modal window at once, and fill it with the form for the cells of the
        paper's catalog row.
        """
        ack()
        if refusal := self._of.refusal(body):
            self._of.whisper(body, refusal)
            return
        self._of.show(body, common.EDIT_TITLE, lambda: self._form(action, ref_of(body)))

    def approve(self, ack: Ack, body: Body, action: Mapping[str, Any]) -> None:
        """Handle a click on 追加 (approve): record the approval, or open the edit form first if no model wrote a summary,
        so that the curator can write it.
        """
        if self._lacks_summary(action) and not self._of.refusal(body):
            ack()
            ref = ref_of(body)
            self._of.show(body, common.EDIT_TITLE, lambda: self._form(action, ref, then_approve=True))
        else:
            self._of.decide(ack, body, action)

    def _lacks_summary(self, action: Mapping[str, Any]) -> bool:
        try:
            card = self._of.curation.card(Pressed.read(action).number)
        except UsageError:
            return False
        return card.is_unwritten and not card.cells.summary and card.state in EDITABLE

    def preview(self, ack: Ack, body: Body) -> None:
        """Handle typing in the edit form: update the preview of the catalog row below it. A form that has changed in
        the meantime is not updated.
        """
        ack()
        view = body["view"]
        try:
            card = self._of.curation.card(Editing.read(view.get("private_metadata", "")).number)
            shown = with_preview(view, self._row(card, typed_cells(card, view)[0]))
            with failures("views.update"):
                self._of.client.views_update(view_id=view["id"], hash=view.get("hash"), view=shown)
        except (UsageError, DeskError) as error:
            _log.info("a preview was not shown", error=error)

    def save(self, ack: Ack, body: Body, view: Mapping[str, Any]) -> None:
        """Handle the submitted edit form: store all changed cells, and approve the paper if requested, or keep the form
        open with errors.
        """
        try:
            editing = Editing.read(view.get("private_metadata", ""))
            card = self._of.curation.card(editing.number)
            cells, touched = typed_cells(card, view)
        except UsageError:
            ack(response_action="errors", errors=form_error(words.EDIT_GONE, view))
            return
        if refusal := self._of.refusal(body) or ("" if card.state in EDITABLE else words.EDIT_DECIDED):
            ack(response_action="errors", errors=form_error(refusal, view))
        elif card.revision != editing.revision:
            ack(response_action="update", view=self._merged(card, editing, cells, touched))
        elif found := check_cells(cells):
            ack(response_action="errors", errors=form_errors(found, editing.revision))
        elif hints := self._hints(card, editing, cells):
            again = replace(editing, touched=touched, hinted=fingerprint(cells))
            ack(response_action="update", view=edit_view(card, again, self._row(card, cells), cells, [hints]))
        else:
            self._record(ack, body, view, cells)

    def _record(self, ack: Ack, body: Body, view: Mapping[str, Any], cells: Cells) -> None:
        editing, who, desk = Editing.read(view["private_metadata"]), curator(body), self._of.desk.name
        try:
            self._of.curation.revise(editing.number, cells, who, desk, based_on=editing.revision)
            if wants_approval(view):
                self._of.curation.decide(editing.number, Verdict.APPROVE, who, desk)
        except EditConflict:
            card = self._of.curation.card(editing.number)
            ack(response_action="update", view=self._merged(card, editing, *typed_cells(card, view)))
            return
        except UsageError as error:
            _log.info("a revision was refused", error=error)
            ack(response_action="errors", errors=form_error(words.EDIT_DECIDED, view))
            return
        ack()
        self._of.refresh(editing.number, editing.ref)

    def _form(self, action: Mapping[str, Any], ref: str, *, then_approve: bool = False) -> View:
        try:
            number = Pressed.read(action).number
            card = self._of.curation.card(number)
        except UsageError:
            return message_view(words.EDIT_GONE)
        if card.state not in EDITABLE:
            return message_view(words.EDIT_DECIDED)
        editing = Editing(number, card.revision, ref)
        return edit_view(card, editing, self._row(card, card.cells), then_approve=then_approve)

    def _merged(self, card: Card, editing: Editing, cells: Cells, touched: frozenset[str]) -> View:
        """The edit form again after others changed the card: it says who changed what, and keeps the text typed by this
        person.
        """
        changes = self._of.curation.changes(card.candidate.number)[editing.revision :]
        again = replace(editing, touched=touched, revision=card.revision)
        return edit_view(card, again, self._row(card, cells), cells, [conflict_note(changes, card.zone)])

    def _hints(self, card: Card, editing: Editing, cells: Cells) -> str:
        """The style sheet's hints on texts that were changed and not hinted at before; "" for none."""
        texts = [(one.summary, one.categories, one.own) for one in (cells, card.cells)]
        same = texts[0] == texts[1]
        if same or editing.hinted == fingerprint(cells):
            return ""
        hints = self._of.curation.hints(card.candidate.number, cells)
        return hint_note(hints) if hints else ""

    def _row(self, card: Card, cells: Cells) -> str:
        """The catalog row as the edited cells would make it, or the reason why they cannot be one."""
        if found := check_cells(cells):
            return words.PREVIEW_BROKEN + "、".join(violation(one) for one in found)
        try:
            return self._of.curation.preview(card.candidate.number, cells)
        except CatalogError as error:
            _log.warning("a row could not be previewed", error=error)
            return words.PREVIEW_FAILED
