"""Renders modal windows: the form in which a curator edits the cells of a paper's catalog row, which is also read back
here; the forms for a reason and for a day; and windows with evidence and related papers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from watcher.adapters.desks.slack.messages.card import REASON, UNTIL, title_link
from watcher.adapters.desks.slack.messages.text import (
    INPUT,
    INPUT_ERROR,
    SECTION,
    Blocks,
    context,
    fit,
    link,
    listing,
    option,
    plain,
    safe,
    section,
)
from watcher.domain.curation.card import Card
from watcher.domain.curation.related import Related
from watcher.domain.errors import UsageError
from watcher.domain.facts import Cells, Revision, Violation
from watcher.domain.text import encodable, visible
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import OWN_FIELD, field_name, marked_summary, person, verification, violation

EDIT_FORM, REASON_FORM, UNTIL_FORM = "revise", "reason", "until"
PREVIEWED = "value"
"""The action id of every input, by which Slack reports typing so that the preview can be updated."""

_THEN, _SAVE, _APPROVE = "then", "save", "approve"
_PREVIEW = "preview"
_MULTILINE = {"title", "summary"}
_MARKED = 1500
_REASON_LONGEST = 300  # characters of a reason, which becomes an example in the scoring prompt

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Editing:
    """The state of an edit form for a paper's catalog row, stored in its `private_metadata`: the candidate's number,
    the revision the form is based on, the message's ref, the cells typed into so far, and a fingerprint of the cells
    for which style hints were shown.
    """

    number: int
    revision: int
    ref: str
    touched: frozenset[str] = frozenset()
    hinted: str = ""

    def __str__(self) -> str:
        """The text for the form's `private_metadata`, which `read` parses. It grants no permission; the store is
        checked.
        """
        touched = ",".join(sorted(self.touched))
        return f"{self.number}:{self.revision}:{touched}:{self.hinted}:{self.ref}"

    @classmethod
    def read(cls, text: str) -> Editing:
        """Parse the state of an edit form from its `private_metadata`. Raises UsageError if it has another form."""
        parts = text.split(":", 4)
        if len(parts) != 5 or not (parts[0].isdecimal() and parts[1].isdecimal()):
            raise UsageError("the form does not say which card it edits", remedy="open it again from the card")
        touched = frozenset(parts[2].split(",")) & {*Cells.names(), *OWN_FIELD}
        return cls(int(parts[0]), int(parts[1]), parts[4], touched, parts[3])


def _modal(title: str, blocks: Blocks, **more: Any) -> View:
    return {"type": "modal", "title": plain(title), "close": plain(common.CLOSE), "blocks": blocks, **more}


def loading_view(title: str) -> View:
    """A modal window that says that its content is loading; it is opened at once, because a trigger id is valid for
    three seconds.
    """
    return _modal(title, [context(words.EDIT_LOADING)])


def message_view(message: str) -> View:
    """A modal window that shows one sentence (e.g. an error) in place of the edit form."""
    return _modal(common.EDIT_TITLE, [section(message)])


def edit_view(
    card: Card,
    editing: Editing,
    preview: str = "",
    cells: Cells | None = None,
    notes: Sequence[str] = (),
    *,
    then_approve: bool = False,
) -> View:
    """The form to edit a paper's catalog row: an input for each of `cells` (by default the card's), `notes` for the
    curator, and a preview of the row. With `then_approve`, 「保存して追加」 (save and approve) is selected.
    """
    paper, shown = card.candidate.paper, cells or card.cells
    blocks: Blocks = [context(link(paper.url, str(paper.id), 80))]
    blocks += [section(note) for note in notes]
    if card.verification is not None and card.verification.is_flagged:
        blocks.append(section(f"{safe(verification(card), 1000)}\n{safe(marked_summary(card), _MARKED)}"))
    blocks += [_input(name, shown[name], editing.revision, optional=name in shown.own) for name in shown.all_names]
    blocks += [_then(approve=then_approve), {"type": "divider"}, *_preview_blocks(preview)]
    more = {"callback_id": EDIT_FORM, "submit": plain(words.EDIT_SAVE), "private_metadata": str(editing)}
    return _modal(common.EDIT_TITLE, blocks, **more)


def _question_view(card: Card, ref: str, form: str, title: str, question: Mapping[str, Any]) -> View:
    """A modal form with one question about a paper: its title, and the input block `question`. `form` is the callback
    id.
    """
    state = str(Editing(card.candidate.number, card.revision, ref))
    blocks = [context(title_link(card, 300)), {"type": "input", **question}]
    return _modal(title, blocks, callback_id=form, submit=plain(words.EDIT_SAVE), private_metadata=state)


def reason_view(card: Card, ref: str) -> View:
    """The modal form in which a curator writes the reason for rejecting a paper."""
    given = card.decision.reason if card.decision and card.decision.reason not in words.REASONS.values() else ""
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": REASON,
        "multiline": True,
        "max_length": _REASON_LONGEST,
    }
    if given:
        element["initial_value"] = encodable(fit(given, _REASON_LONGEST - 10))
    question = {
        "block_id": REASON,
        "label": plain(words.REASON_LABEL),
        "hint": plain(words.REASON_HINT),
        "element": element,
    }
    return _question_view(card, ref, REASON_FORM, words.REASON_TITLE, question)


def until_view(card: Card, ref: str, first: date) -> View:
    """The modal form in which a curator chooses the date to which the decision about a paper is put off; at first it
    shows `first`.
    """
    question = {
        "block_id": UNTIL,
        "label": plain(words.UNTIL_LABEL),
        "element": {"type": "datepicker", "action_id": UNTIL, "initial_date": first.isoformat()},
    }
    return _question_view(card, ref, UNTIL_FORM, common.LATER, question)


def _preview_blocks(preview: str) -> Blocks:
    """The Block Kit blocks at the end of the edit form that preview the row as the catalog will show it."""
    return [
        context(f"*{words.PREVIEW}*"),
        {**context(safe(preview, SECTION) or words.NO_PREVIEW), "block_id": _PREVIEW},
    ]


def with_preview(view: Mapping[str, Any], preview: str) -> View:
    """Copy the edit form from a Slack payload with another preview of the catalog row; what was typed stays."""
    kept = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    blocks = [_preview_blocks(preview)[1] if block.get("block_id") == _PREVIEW else block for block in view["blocks"]]
    return {**{name: view[name] for name in kept}, "blocks": blocks}


def typed_cells(card: Card, view: Mapping[str, Any]) -> tuple[Cells, frozenset[str]]:
    """The cells from a submitted edit form, and the names of those that the curator typed into.

    An unchanged input keeps the card's cell, even if it was shown shortened or another curator has changed the cell
    since.
    """
    editing = Editing.read(view.get("private_metadata", ""))
    shown = {block.get("block_id"): block.get("element", {}).get("initial_value") or "" for block in view["blocks"]}
    edited, touched = {}, set(editing.touched)
    for name in card.cells.all_names:
        block = _block(name, editing.revision)
        before = shown.get(block, "")
        typed = view["state"]["values"].get(block, {}).get(PREVIEWED, {})
        given = typed.get("value")
        if given is None:  # Slack lets no required input be emptied: nobody touched it
            given = "" if name in card.cells.own and typed else before
        if given != before:
            touched.add(name)
        edited[name] = str(given).strip() if name in touched else card.cells[name]
    return card.cells.with_texts(edited), frozenset(touched)


def wants_approval(view: Mapping[str, Any]) -> bool:
    """Whether 「保存して追加」 (save and approve) is selected in a submitted edit form."""
    chosen = view["state"]["values"].get(_THEN, {}).get(_THEN, {}).get("selected_option") or {}
    return chosen.get("value") == _APPROVE


def fingerprint(cells: Cells) -> str:
    """A checksum of the cells, by which an edit form remembers for which texts style hints were shown already."""
    return f"{zlib.crc32(repr(cells).encode('utf-8', 'surrogatepass')):08x}"


def conflict_note(changes: Sequence[Revision], zone: str = "Asia/Tokyo") -> str:
    """The text for a curator whose edit form is out of date: who changed which cells since it was opened, and what
    happens next.
    """
    lines = [
        words.changed(
            safe(person(one.curator), 60),
            common.moment(one.at, zone),
            field_name(one.cell),
            safe(one.before, 120),
            safe(one.after, 120),
        )
        for one in changes
    ]
    return f"{listing(words.CONFLICT, lines, 2000, words.more)}\n{words.CONFLICT_NEXT}"


def hint_note(hints: Sequence[Violation]) -> str:
    """The text that lists rules of the style sheet that the cells break, and says that saving again ignores them."""
    lines = [safe(violation(hint), 300) for hint in hints]
    return f"{listing(words.HINTS, lines, 2000, words.more)}\n{words.HINTS_NEXT}"


def form_errors(violations: Sequence[Violation], revision: int) -> dict[str, str]:
    """Errors in an edit form as Slack's response expects them: a message by block id, shown below its input. `revision`
    is the card's revision, which is part of the block ids.
    """
    errors: dict[str, str] = {}
    for found in violations:
        cell = _block(found.code.partition("_")[0], revision)  # `<cell>_empty` and the like, see check_cells
        errors[cell] = f"{errors[cell]} / {violation(found)}" if cell in errors else violation(found)
    return {cell: fit(text, INPUT_ERROR) for cell, text in errors.items()}


def form_error(message: str, view: Mapping[str, Any]) -> dict[str, str]:
    """An error about a whole form as Slack's response expects it; it is shown below the first input, because Slack
    shows errors only below inputs.
    """
    block = next((block["block_id"] for block in view.get("blocks", []) if block.get("type") == "input"), "title")
    return {block: fit(message, INPUT_ERROR)}


def _block(name: str, revision: int) -> str:
    """The block id of an input. It contains the card's revision, so that Slack does not keep the text typed for an
    earlier one.
    """
    return f"{name}.{revision}"


def _input(name: str, value: str, revision: int, *, optional: bool = False) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": PREVIEWED,
        "multiline": name in _MULTILINE,
        "max_length": 3000,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }
    if value:
        element["initial_value"] = encodable(fit(value, INPUT))
    return {
        "type": "input",
        "block_id": _block(name, revision),
        "label": plain(field_name(name)),
        "dispatch_action": True,
        "element": element,
        **({"optional": True} if optional else {}),
    }


def _then(*, approve: bool) -> dict[str, Any]:
    options = [option(common.SAVE_ONLY, _SAVE), option(common.SAVE_APPROVE, _APPROVE)]
    return {
        "type": "input",
        "block_id": _THEN,
        "label": plain(words.EDIT_APPROVE_LABEL),
        "element": {
            "type": "radio_buttons",
            "action_id": _THEN,
            "options": options,
            "initial_option": options[approve],
        },
    }


def look_view(option: str, blocks: Blocks) -> View:
    """Build a read-only modal window with the given blocks, titled after the menu option that opens it."""
    return _modal(words.LOOKS[option], blocks)


def evidence_blocks(card: Card) -> Blocks:
    """Block Kit blocks with each sentence of a paper's summary and the quotes that support it, then the abstract, the
    keywords found, and the prefilter's probability.
    """
    blocks = [section(f"*{title_link(card, 400)}*")]
    for one in card.sentence_evidence[:20]:
        blocks.append(section(safe(one.sentence, 1500) or words.NO_SUMMARY))
        blocks += [context(f"{words.QUOTE}：“{safe(quote, 1500)}”") for quote in one.passages[:5]]
    if not card.evidence:
        blocks.append(context(words.NO_QUOTES))
    blocks += [{"type": "divider"}, context(common.ABSTRACT)]
    if abstract := safe(card.candidate.paper.abstract, SECTION):
        blocks.append(section(abstract))
    return [*blocks, *_screening(card)]


def _screening(card: Card) -> Blocks:
    found = card.screening
    if found is None:
        return []
    keywords = f"{words.KEYWORDS}：{safe('、'.join(found.keywords), 500)}" if found.keywords else ""
    chance = words.probability(found.probability) if found.probability is not None else ""
    told = words.SEPARATOR.join(part for part in (keywords, chance) if part)
    return [context(told)] if told else []


def related_blocks(found: Sequence[Related], note: str, none: str) -> Blocks:
    """Block Kit blocks that list papers related to another, one section each. `note` stands above the list; `none` is
    shown instead if it is empty.
    """
    if not found:
        return [section(none), context(note)]
    blocks = [context(note)]
    for one in found:
        title = visible(one.title) or one.url or "—"
        shown = link(one.url, title, 400) if one.url else safe(title, 400)
        authors = ", ".join(one.authors[:3]) + (words.others(len(one.authors) - 3) if len(one.authors) > 3 else "")
        blocks.append(section(f"*{shown}*\n{words.near(one)}"))
        if shown_authors := safe(authors, 300):
            blocks.append(context(shown_authors))
    return blocks
