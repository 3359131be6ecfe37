"""Renders weekly audits (filtered-out papers for curators to check) and weekly reports as Slack messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from watcher.adapters.desks.slack.messages.text import (
    FALLBACK,
    HEADER,
    Blocks,
    context,
    fit,
    fit_safe,
    link,
    plain,
    safe,
    section,
)
from watcher.domain.curation.recall import AuditCard, AuditSheet
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.text import visible
from watcher.words_ja import report as words
from watcher.words_ja import slack as slack_words

YES, NO = "audit_yes", "audit_no"
ANSWERS = {YES: True, NO: False}

_TITLE = 180
_LINE = 1500


def audit_message(sheet: AuditSheet) -> tuple[Blocks, str]:
    """The Block Kit blocks of the weekly audit message, which asks curators for each of a few filtered-out papers
    whether it belongs to the topic, and its `text` for notifications.
    """
    return _sheet(sheet, _paper), fit_safe(f"{words.AUDIT_TITLE}　{words.sheet(sheet)}", FALLBACK)


def bare_audit_message(sheet: AuditSheet) -> tuple[Blocks, str]:
    """The weekly audit message without any untrusted text, which is posted if Slack refuses the full one: blocks and
    `text`.
    """
    blocks = [*_sheet(sheet, _bare), context(slack_words.NOT_SHOWABLE)]
    return blocks, f"{words.AUDIT_TITLE}　{words.sheet(sheet)}"


def _sheet(sheet: AuditSheet, told: Callable[[AuditCard], str]) -> Blocks:
    head = f"*{words.AUDIT_TITLE}*{slack_words.SEPARATOR}{words.week(sheet.week)}{slack_words.SEPARATOR}{words.sheet(sheet)}"
    blocks: Blocks = [section(head), context(words.NOTE_SHORT)]
    for card in sheet.cards:
        blocks += _question(card, told(card))
    return blocks


def _paper(card: AuditCard) -> str:
    paper = card.candidate.paper
    title = link(paper.url, visible(paper.title) or str(paper.id), _TITLE)
    return f"*{title}*\n{safe(words.about(card), 160)}"


def _bare(card: AuditCard) -> str:
    return f"*{link(card.candidate.paper.url, safe(card.candidate.paper.id.native, 40), 40)}*"


def report_message(report: WeeklyReport) -> tuple[Blocks, str]:
    """The Block Kit blocks of a topic's weekly report (precision, recall, cost …), and its `text` for notifications."""
    title = f"{words.TITLE}　{words.heading(report.week)}"
    told = [(line.label, safe(line.text, _LINE), safe(line.detail, _LINE)) for line in words.lines(report)]
    blocks: Blocks = [
        {"type": "header", "text": plain(fit(title, HEADER))},
        context(safe(visible(report.topic_title) or report.topic, 300)),
        *(section(f"*{label}*　{text}" + (f"\n{detail}" if detail else "")) for label, text, detail in told),
        context("\n".join(words.NOTES)),
    ]
    return blocks, fit_safe(
        "\n".join([title, *(f"{label}：{text} {detail}".rstrip() for label, text, detail in told)]), FALLBACK
    )


def _question(card: AuditCard, told: str) -> Blocks:
    """A paper with the question, or with the answer and a way to change it."""
    if card.answer is None:
        buttons = [_button(card, YES, words.YES), _button(card, NO, words.NO)]
        return [section(told), {"type": "actions", "elements": buttons}]
    change = _button(card, NO, words.CHANGE_NO) if card.answer.belongs else _button(card, YES, words.CHANGE_YES)
    return [{**section(f"{told}\n{_answered(card)}"), "accessory": change}]


def _answered(card: AuditCard) -> str:
    if card.answer is None:
        return ""
    parts = [f"*{words.answer(card)}*", safe(words.curator(card), 100)]
    parts.append(slack_words.moment(card.answer.at))
    parts += [words.GOES_ON] if card.answer.belongs else []
    return slack_words.SEPARATOR.join(parts)


def _button(card: AuditCard, action: str, label: str) -> dict[str, Any]:
    native = fit(card.candidate.paper.id.native, 40)
    return {
        "type": "button",
        "action_id": action,
        "text": plain(label),
        "value": str(card.candidate.number),
        "accessibility_label": slack_words.accessible(label, native),
    }
