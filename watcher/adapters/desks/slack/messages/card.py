"""Renders a card (the message about one paper) for Slack: blocks with buttons and menus depending on its state, and
`text` for screen readers and notifications. For an app that receives no clicks it names the emoji reactions that decide
instead; a question about reactions that led to no decision is a reply in the thread.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watcher.adapters.desks.slack.messages.text import (
    FALLBACK,
    SECTION,
    Blocks,
    button,
    context,
    fit,
    fit_safe,
    link,
    listing,
    menu,
    option,
    safe,
    section,
)
from watcher.domain.curation.card import EDITABLE, ROW_QUESTIONS, Card, CardState
from watcher.domain.curation.reactions import Question
from watcher.domain.errors import UsageError
from watcher.domain.facts import RowChange, Verdict
from watcher.domain.papers.paper import Paper
from watcher.domain.text import visible
from watcher.words_ja import common
from watcher.words_ja import slack as words
from watcher.words_ja.common import (
    ANNOUNCED,
    CITES,
    DISAGREEMENT,
    anomaly,
    cites,
    disagreement,
    discussion,
    missing,
    own_fields,
    person,
    verification,
    violation,
    was_present,
)
from watcher.words_ja.failures import mend

APPROVE, REJECT, LATER, EDIT, UNDO = "approve", "reject", "later", "edit", "undo"
REASON, MORE, RETRY, UNTIL = "reason", "more", "retry", "until"
VERDICTS = {
    APPROVE: Verdict.APPROVE,
    REJECT: Verdict.REJECT,
    LATER: Verdict.LATER,
    UNDO: Verdict.UNDO,
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
_OUTCOMES = {
    CardState.APPROVED: words.WRITING,
    CardState.LATER: words.POSTPONED,
    CardState.REJECTED: words.REJECTED,
}
_TITLE = 400
_SUMMARY = SECTION
_ABSTRACT = 2500  # Slack allows 3,000 characters in a section, and fewer in a message than in all its sections
_NAMED_AUTHORS = 3


def card_message(card: Card) -> tuple[Blocks, str]:
    """The Block Kit blocks of the message about a paper, with score, summary and buttons, and its `text` of at most
    4,000 characters.
    """
    blocks = [
        section(f"*{title_link(card, _TITLE)}*"),
        context(_judgement(card)),
        *_summary(card),
        *([context(safe(checked, 1000))] if (checked := verification(card)) else []),
        context(_facts(card)),
    ]
    if card.relevance and card.relevance.reason_ja:
        blocks.append(context(f"{common.REASON}：{safe(card.relevance.reason_ja, 1000)}"))
    if apart := disagreement(card.probability, card.score):
        blocks.append(context(f"{DISAGREEMENT}：{apart}"))
    if warnings := _warnings(card):
        blocks.append(section(listing(words.CHECK, warnings, 1500, words.more)))
    return blocks + _foot(card), _spoken(card)


def title_link(card: Card, limit: int) -> str:
    """A paper's title, at most `limit` UTF-16 units long, as a mrkdwn link to the paper."""
    paper = card.candidate.paper
    return link(paper.url, visible(card.cells.title) or str(paper.id), limit)


def _summary(card: Card) -> Blocks:
    """The summary; if no model wrote one, the reason, and the abstract instead."""
    summary, note = safe(card.cells.summary, _SUMMARY), common.handover_note(card)
    if not note:
        return [section(summary or words.NO_SUMMARY)]
    blocks = [section(f"⚠ {safe(note, 1000)}")]
    if told := common.summary_note(card):
        blocks.append(context(safe(told, 300)))
    elif summary:
        blocks.append(section(summary))
    abstract = safe(card.candidate.paper.abstract, _ABSTRACT)
    return [*blocks, context(common.ABSTRACT), section(abstract)] if abstract else blocks


def bare_card_message(card: Card) -> tuple[Blocks, str]:
    """The message about a paper without any untrusted text, which is posted if Slack refuses the full message: blocks
    and `text`.
    """
    native = safe(card.candidate.paper.id.native, 40)
    line = f"*{link(card.candidate.paper.url, native, 40)}*\n{words.NOT_SHOWABLE}"
    return [section(line), *_foot(card)], f"{native} {words.NOT_SHOWABLE}"


def short_authors(paper: Paper) -> str:
    """The first authors of a paper, and the number of the others, as escaped mrkdwn."""
    named = ", ".join(safe(name, 60) for name in paper.authors[:_NAMED_AUTHORS])
    rest = len(paper.authors) - _NAMED_AUTHORS
    return named + words.others(rest) if rest > 0 else named


def _joined(*parts: str) -> str:
    return words.SEPARATOR.join(part for part in parts if part)


def _judgement(card: Card) -> str:
    """The line that says why the paper was posted: score, criterion, categories, announce type."""
    return _joined(
        words.score(card.score),
        safe(card.relevance.label, 80) if card.relevance else "",
        safe(", ".join(card.candidate.paper.categories), 120),
        _origin(card),
    )


def _origin(card: Card) -> str:
    nomination = card.candidate.nomination
    if nomination is None and card.cites:
        return f"{CITES}：{safe(cites(card.cites), 300)}"
    if nomination is None:
        return ANNOUNCED[card.candidate.announce_type]
    return words.by_hand(safe(person(nomination.curator), 60))


def _facts(card: Card) -> str:
    """The other cells in two lines, and in one the catalog's own fields."""
    cells = card.cells
    attention = f"{words.ATTENTION} {safe(cells.attention, 120)}" if cells.attention else ""
    who = _joined(short_authors(card.candidate.paper), safe(cells.year, 20), safe(cells.venue, 120))
    what = _joined(safe(cells.categories, 200), attention)
    own = _joined(*(f"{label} {safe(text, 200)}" for label, text in own_fields(cells)))
    lines = [line for line in (who, what, own, _readings(card.candidate.paper)) if line]
    return "\n".join(lines) or safe(str(card.candidate.paper.id), 60)


def _readings(paper: Paper) -> str:
    """Links to where the paper can be read; only those of arXiv are known."""
    if paper.id.source != "arxiv":
        return ""
    native = paper.id.native
    places = {
        words.ABSTRACT_PAGE: paper.url,
        "PDF": f"https://arxiv.org/pdf/{native}",
        "HTML": f"https://arxiv.org/html/{native}",
        "alphaXiv": f"https://www.alphaxiv.org/abs/{native}",
    }
    return _joined(*(link(url, name, 40) for name, url in places.items()))


def _warnings(card: Card) -> list[str]:
    """Warnings that a curator should read before deciding."""
    found = [violation(v) for v in card.violations] + [anomaly(code) for code in card.candidate.anomalies]
    return [safe(text, 300) for text in found]


def _foot(card: Card) -> Blocks:
    """The end of a card: what was decided, and the buttons."""
    notes = [words.REWRITING] if card.rewriting else []
    notes += [f"⚠ {safe(common.rewrite_note(card), 600)}"] if card.failed_rewrite else []
    if card.state is CardState.OPEN:
        notes += [words.REMOVING] if _row_leaving(card) else []
    elif card.state is CardState.ENDORSED:
        notes.append(_endorsed(card))
    else:
        notes.append(_decided(card))
    talk = [context(discussion(card))] if card.replies else []
    return [*talk, *map(section, [*notes, *_trouble(card)]), actions(card)]


def _row_leaving(card: Card) -> bool:
    """Whether the catalog still has the row although the latest decision withdrew the approval."""
    wanted = card.decision is not None and card.decision.verdict is Verdict.APPROVE
    return card.row is not None and card.row.change in {RowChange.ADDED, RowChange.UNWANTED} and not wanted


def _trouble(card: Card) -> list[str]:
    if not card.trouble:
        return []
    what = words.REMOVE_TROUBLE if _row_leaving(card) else words.WRITE_TROUBLE
    return [f"{what}{mend(card.trouble)}\n{safe(card.trouble, 600)}"]


def _decided(card: Card) -> str:
    """The line that says who decided what and when, and whether the row is in the catalog."""
    decision = card.decision
    if decision is None or card.state in {CardState.OPEN, CardState.ENDORSED}:
        return ""
    by = _joined(safe(person(decision.curator), 100), common.moment(decision.at, card.zone))
    reason = f"\n{words.DECISION_REASON}：{safe(decision.reason, 500)}" if decision.reason else ""
    until = f"{words.SEPARATOR}{words.until(card.until)}" if card.until else ""
    return f"{_outcome(card)}{until}{words.SEPARATOR}{by}{reason}"


def _endorsed(card: Card) -> str:
    """Who approved so far, and how many it takes."""
    needed = max(card.decision.needed if card.decision else 0, len(card.endorsers) + 1)
    names = "、".join(safe(person(name), 60) for name in card.endorsers)
    return words.endorsed(len(card.endorsers), needed, names)


def _outcome(card: Card) -> str:
    row = card.row
    commit = words.commit(safe(row.commit[:7], 30)) if row is not None and row.commit else ""
    if card.state is CardState.CATALOGED and row is not None:
        what = words.PRESENT if was_present(card) else words.CATALOGED
        number = f" {words.row_number(row.number)}" if row.number else ""  # none where the paper is no row of the table
        return _joined(f"{what}{number}", commit)
    if card.state in ROW_QUESTIONS and row is not None:
        return _joined(f"⚠ *{missing(card)}*", commit)
    return _OUTCOMES[card.state]


def _spoken(card: Card) -> str:
    """The message's `text` for screen readers, which do not read the blocks: title, id, score, summary and state."""
    paper = card.candidate.paper
    parts = [
        safe(card.cells.title, 600),
        f"({safe(str(paper.id), 60)})",
        words.spoken_score(card.score),
        safe(common.handover_note(card), 600),
        safe(card.cells.summary, 2000),
        safe(verification(card), 600),
        _endorsed(card) if card.state is CardState.ENDORSED else _decided(card),
    ]
    return fit_safe("\n".join(part for part in parts if part), FALLBACK)


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
    value, native = str(Pressed(card.candidate.number, card.revision)), fit(card.candidate.paper.id.native, 40)
    elements = [
        menus[name](card)
        if name in menus
        else button(name, label_of(card, name), value, native, primary=name == APPROVE)
        for name in offered
    ]
    return {"type": "actions", "elements": [*elements, _more(card)]}


def label_of(card: Card, name: str) -> str:
    """The Japanese label of the button `name` on the message about a paper; it differs if the paper's catalog row is
    missing or has come back.
    """
    if name not in VERDICTS:
        return {EDIT: common.EDIT, RETRY: common.RETRY}[name]
    verdict = VERDICTS[name]
    return common.ROW_ANSWERS.get(card.state, {}).get(verdict, common.VERDICT[verdict])


def _reasons(card: Card) -> dict[str, Any]:
    """The menu of reasons for a rejection; asked afterwards, because the rejection itself is one click."""
    given = card.decision is not None and card.decision.reason
    return menu(REASON, words.REASON_CHANGE if given else words.REASON_CHOOSE, _options(card, words.REASONS))


def _days(card: Card) -> dict[str, Any]:
    """The menu of days to which a card can be put off; asked afterwards too."""
    return menu(UNTIL, words.UNTIL_CHANGE if card.until else words.UNTIL_CHOOSE, _options(card, words.UNTIL))


def _more(card: Card) -> dict[str, Any]:
    """The menu of details that can be looked up; while the card is undecided also another summary."""
    looks = dict(words.LOOKS)
    if card.state not in EDITABLE or card.rewriting or card.summary is None:
        del looks[words.REWRITE]
    return {"type": "overflow", "action_id": MORE, "options": _options(card, looks)}


def _options(card: Card, labels: Mapping[str, str]) -> Blocks:
    number, revision = card.candidate.number, card.revision
    return [option(label, str(Pressed(number, revision, name))) for name, label in labels.items()]


_CLICKED = frozenset({"button", "static_select", "overflow", "datepicker"})
_DECIDED_STATES = frozenset({CardState.REJECTED, CardState.APPROVED, CardState.CATALOGED})


def without_buttons(blocks: Blocks) -> Blocks:
    """Copy the blocks of a message, leaving out buttons and menus."""
    return [_without_accessory(block) for block in blocks if block["type"] != "actions"]


def _without_accessory(block: dict[str, Any]) -> dict[str, Any]:
    clicked = block.get("accessory", {}).get("type") in _CLICKED
    return {name: value for name, value in block.items() if name != "accessory" or not clicked}


def reactions_line(card: Card, verdicts: Mapping[str, Verdict]) -> Blocks:
    """The line of the message about a paper that says which emoji reactions decide, or, if it was decided here, how that
    is undone: what was decided at another desk has no reaction to take away. `verdicts` maps names of emoji to verdicts.
    """
    if card.state in _DECIDED_STATES and card.decision is not None and card.decision.desk == "slack":
        return [context(words.UNDO_BY_REACTION)]
    emoji = defaultdict[Verdict, list[str]](list)
    for name, verdict in verdicts.items():
        emoji[verdict].append(f":{name}:")
    return [context(words.reactions([(verdict, " ".join(names)) for verdict, names in emoji.items()]))]


_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")


def question_message(question: Question) -> tuple[Blocks, str]:
    """The Block Kit blocks of a question to a person whose emoji reactions led to no decision, and its `text`."""
    paper = question.candidate.paper
    title = link(paper.url, visible(paper.title) or str(paper.id), 200)
    return _message(question, f"{_person(question)} {_asked(question)}\n{title}")


def bare_question_message(question: Question) -> tuple[Blocks, str]:
    """The question about reactions without any untrusted text, which is posted if Slack refuses the full message:
    blocks and `text`.
    """
    return _message(question, _asked(question))


def _message(question: Question, text: str) -> tuple[Blocks, str]:
    return [section(text)], fit_safe(f"{_person(question)} {_asked(question)}", FALLBACK)


def _person(question: Question) -> str:
    """A mention, so that the person hears of the question; only of an id as Slack makes them."""
    if _USER.fullmatch(question.person):
        return f"<@{question.person}>"
    return safe(person(question.curator), 60)


def _asked(question: Question) -> str:
    emoji = " ".join(f":{name}:" for name in question.emoji if _EMOJI.fullmatch(name))
    return words.REACTION_QUESTION[question.outcome].format(emoji=emoji)
