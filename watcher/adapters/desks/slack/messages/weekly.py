"""Renders audit cards and weekly reports as Slack messages."""

from __future__ import annotations

from typing import Any

from watcher.adapters.desks.slack.messages.card import short_authors
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
from watcher.domain.curation.audit import AuditCard
from watcher.domain.curation.weekly import WeeklyReport
from watcher.domain.text import visible
from watcher.words_ja import report as words
from watcher.words_ja import slack as slack_words

YES, NO = "audit_yes", "audit_no"
ANSWERS = {YES: True, NO: False}

_TITLE = 400
_EXCERPT = 700
_LINE = 1500


def audit_message(card: AuditCard) -> tuple[Blocks, str]:
    """The blocks of a paper of the audit sample, and its `text` for notifications."""
    paper = card.candidate.paper
    about = [short_authors(paper), safe(", ".join(paper.categories), 120), words.probability(card)]
    blocks = [
        context(f"*{words.AUDIT_TITLE}*{slack_words.SEPARATOR}{words.week(card)}　{words.NOTE_SHORT}"),
        section(f"*{link(paper.url, visible(paper.title) or str(paper.id), _TITLE)}*"),
        context(slack_words.SEPARATOR.join(part for part in about if part)),
    ]
    if paper.abstract:
        blocks.append(section(safe(paper.abstract, _EXCERPT)))
    spoken = [words.AUDIT_TITLE, safe(paper.title, 600), f"({safe(str(paper.id), 60)})", _answered(card)]
    return blocks + _foot(card), fit_safe("\n".join(part for part in spoken if part), FALLBACK)


def bare_audit_message(card: AuditCard) -> tuple[Blocks, str]:
    """The audit card without any text from outside, for when Slack refuses the full message."""
    native = safe(card.candidate.paper.id.native, 40)
    line = f"*{words.AUDIT_TITLE}* {link(card.candidate.paper.url, native, 40)}\n{slack_words.NOT_SHOWABLE}"
    return [section(line), *_foot(card)], f"{words.AUDIT_TITLE} {native} {slack_words.NOT_SHOWABLE}"


def report_message(report: WeeklyReport) -> tuple[Blocks, str]:
    """The blocks of a weekly report, and its `text` for notifications."""
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


def _foot(card: AuditCard) -> Blocks:
    """The question, or the answer with a way to change it."""
    if card.answer is None:
        return [{"type": "actions", "elements": [_button(card, YES, words.YES), _button(card, NO, words.NO)]}]
    change = _button(card, NO, words.CHANGE_NO) if card.answer.belongs else _button(card, YES, words.CHANGE_YES)
    return [{**section(_answered(card)), "accessory": change}]


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
