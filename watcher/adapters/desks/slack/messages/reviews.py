"""Renders weekly audits (filtered-out papers for curators to check), weekly reports, and proposals to change a row of
the catalog as Slack messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from watcher.adapters.desks.slack.messages.text import (
    FALLBACK,
    Blocks,
    button,
    context,
    fit,
    fit_safe,
    header,
    link,
    safe,
    section,
)
from watcher.domain.catalog.proposals import ProposalCard, ProposalState, ProposalVerdict, Suggestion
from watcher.domain.curation.recall import AuditCard, AuditSheet
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.text import visible
from watcher.words_ja import catalog as words
from watcher.words_ja import common
from watcher.words_ja import report as report_words
from watcher.words_ja import slack as slack_words

YES, NO = "audit_yes", "audit_no"
ANSWERS = {YES: True, NO: False}

_AUDIT_TITLE = 180
_LINE = 1500


def audit_message(sheet: AuditSheet) -> tuple[Blocks, str]:
    """The Block Kit blocks of the weekly audit message, which asks curators for each of a few filtered-out papers
    whether it belongs to the topic, and its `text` for notifications.
    """
    return _sheet(sheet, _paper), fit_safe(f"{report_words.AUDIT_TITLE}　{report_words.sheet(sheet)}", FALLBACK)


def bare_audit_message(sheet: AuditSheet) -> tuple[Blocks, str]:
    """The weekly audit message without any untrusted text, which is posted if Slack refuses the full one: blocks and
    `text`.
    """
    blocks = [*_sheet(sheet, _bare), context(slack_words.NOT_SHOWABLE)]
    return blocks, f"{report_words.AUDIT_TITLE}　{report_words.sheet(sheet)}"


def _sheet(sheet: AuditSheet, told: Callable[[AuditCard], str]) -> Blocks:
    head = f"*{report_words.AUDIT_TITLE}*{slack_words.SEPARATOR}{report_words.week(sheet.week)}{slack_words.SEPARATOR}{report_words.sheet(sheet)}"
    blocks: Blocks = [section(head), context(report_words.NOTE_SHORT)]
    for card in sheet.cards:
        blocks += _question(card, told(card))
    return blocks


def _paper(card: AuditCard) -> str:
    paper = card.candidate.paper
    title = link(paper.url, visible(paper.title) or str(paper.id), _AUDIT_TITLE)
    return f"*{title}*\n{safe(report_words.about(card), 160)}"


def _bare(card: AuditCard) -> str:
    return f"*{link(card.candidate.paper.url, safe(card.candidate.paper.id.native, 40), 40)}*"


def report_message(report: WeeklyReport) -> tuple[Blocks, str]:
    """The Block Kit blocks of a topic's weekly report (precision, recall, cost …), and its `text` for notifications."""
    title = f"{report_words.TITLE}　{report_words.heading(report.week)}"
    told = [(line.label, safe(line.text, _LINE), safe(line.detail, _LINE)) for line in report_words.lines(report)]
    blocks: Blocks = [
        header(title),
        context(safe(visible(report.topic_title) or report.topic, 300)),
        *(section(f"*{label}*　{text}" + (f"\n{detail}" if detail else "")) for label, text, detail in told),
        context("\n".join(report_words.NOTES)),
    ]
    return blocks, fit_safe(
        "\n".join([title, *(f"{label}：{text} {detail}".rstrip() for label, text, detail in told)]), FALLBACK
    )


def _question(card: AuditCard, told: str) -> Blocks:
    """A paper with the question, or with the answer and a way to change it."""
    if card.answer is None:
        buttons = [_answer_button(card, YES, report_words.YES), _answer_button(card, NO, report_words.NO)]
        return [section(told), {"type": "actions", "elements": buttons}]
    change = (
        _answer_button(card, NO, report_words.CHANGE_NO)
        if card.answer.belongs
        else _answer_button(card, YES, report_words.CHANGE_YES)
    )
    return [{**section(f"{told}\n{_answered(card)}"), "accessory": change}]


def _answered(card: AuditCard) -> str:
    if card.answer is None:
        return ""
    parts = [f"*{report_words.answer(card)}*", safe(report_words.curator(card), 100)]
    parts.append(common.moment(card.answer.at))
    parts += [report_words.GOES_ON] if card.answer.belongs else []
    return slack_words.SEPARATOR.join(parts)


def _answer_button(card: AuditCard, action: str, label: str) -> dict[str, Any]:
    return button(action, label, str(card.candidate.number), fit(card.candidate.paper.id.native, 40))


ACCEPT, REJECT, ACCEPT_ALL = "proposal_accept", "proposal_reject", "proposal_accept_all"
VERDICTS = {
    ACCEPT: ProposalVerdict.ACCEPT,
    REJECT: ProposalVerdict.REJECT,
    ACCEPT_ALL: ProposalVerdict.ACCEPT,
}

_TITLE = 400
_PIECE = 250  # of before, of after and of the evidence: with the most of them the message stays below Slack's size
_MOST = 10
_SETTLED = frozenset(ProposalState) - {ProposalState.OPEN}


def proposals_message(card: ProposalCard) -> tuple[Blocks, str]:
    """The Block Kit blocks of the message about proposed changes of a catalog row, and its `text` for notifications."""
    first = card.first
    native = safe(first.paper.native, 40) if first.paper else ""
    blocks = [
        context(slack_words.SEPARATOR.join(part for part in (f"*{words.REVIEW}*", native) if part)),
        section(f"*{link(first.url, words.row(first), _TITLE)}*"),
    ]
    shown = card.suggestions[:_MOST]
    for one in shown:
        blocks += [{"type": "divider"}, *_suggestion(one)]
    if left := len(card.suggestions) - len(shown):
        blocks.append(context(words.on_the_page(left)))
    changes = [one for one in card.open if one.proposal.after is not None]
    if len(changes) > 1:
        label = words.accept_all(len(changes))
        blocks.append({"type": "actions", "elements": [_button(ACCEPT_ALL, label, changes, native or words.REVIEW)]})
    told = [f"{words.REVIEW}：{safe(words.row(first), 300)}", *(_spoken(one) for one in shown)]
    return blocks, fit_safe("\n".join(told), FALLBACK)


def bare_proposals_message(card: ProposalCard) -> tuple[Blocks, str]:
    """The message about proposed changes of a catalog row without any untrusted text, which is posted if Slack refuses
    the full one: blocks and `text`.
    """
    native = safe(card.first.paper.native, 40) if card.first.paper else ""
    text = f"*{words.REVIEW}* {native}\n{words.on_the_page(len(card.suggestions))}"
    return [section(text)], text


def _suggestion(one: Suggestion) -> Blocks:
    """One proposal: the present and the proposed text, then the question or its answer."""
    proposal = one.proposal
    lines = [f"*{words.cell(proposal)}*　{words.reason(proposal)}"]
    before = safe(words.shown(proposal.before), _PIECE)
    if proposal.after is None:
        lines.append(before)
    else:
        lines += [f"{words.NOW}　{before}", f"{words.PROPOSED}　*{safe(words.shown(proposal.after), _PIECE)}*"]
    blocks = [section("\n".join(lines)), context(safe(words.evidence(proposal.evidence), _PIECE))]
    if one.state is not ProposalState.OPEN:
        return [*blocks, context(_outcome(one))]
    accept, reject = (words.SEEN_TO, words.LEAVE) if proposal.after is None else (words.ACCEPT, words.REJECT)
    about = words.cell(proposal)
    buttons = [_button(ACCEPT, accept, [one], about), _button(REJECT, reject, [one], about)]
    return [*blocks, {"type": "actions", "elements": buttons}]


def _outcome(one: Suggestion) -> str:
    parts = [f"*{words.STATE[one.state]}*"]
    if one.decision is not None:
        parts.append(safe(words.decided(one.decision), 120))
    if one.outcome is not None and one.outcome.commit:
        parts.append(slack_words.commit(safe(one.outcome.commit[:7], 30)))
    if one.trouble:
        parts.append(safe(words.trouble(one), _PIECE))
    return slack_words.SEPARATOR.join(parts)


def _button(action: str, label: str, ones: Sequence[Suggestion], about: str) -> dict[str, Any]:
    value = ",".join(str(one.number) for one in ones[:_MOST])
    is_change = ones[0].proposal.after is not None
    return button(action, label, value, visible(about)[:40], primary=action == ACCEPT and is_change)


def _spoken(one: Suggestion) -> str:
    state = f"（{words.STATE[one.state]}）" if one.state in _SETTLED else ""
    return f"{words.cell(one.proposal)}：{safe(words.proposed_change(one.proposal), 300)}{state}"
