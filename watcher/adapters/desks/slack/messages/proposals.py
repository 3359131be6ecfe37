"""Renders the proposals to change a row of the catalog as a Slack message with the text before and after, and
buttons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from watcher.adapters.desks.slack.messages.text import FALLBACK, Blocks, context, fit_safe, link, plain, safe, section
from watcher.domain.catalog.proposals import ProposalCard, ProposalState, ProposalVerdict, Suggestion
from watcher.domain.text import visible
from watcher.words_ja import proposals as words
from watcher.words_ja import slack as slack_words

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
        context(slack_words.SEPARATOR.join(part for part in (f"*{words.TITLE}*", native) if part)),
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
        blocks.append({"type": "actions", "elements": [_button(ACCEPT_ALL, label, changes, native or words.TITLE)]})
    told = [f"{words.TITLE}：{safe(words.row(first), 300)}", *(_spoken(one) for one in shown)]
    return blocks, fit_safe("\n".join(told), FALLBACK)


def bare_proposals_message(card: ProposalCard) -> tuple[Blocks, str]:
    """The message about proposed changes of a catalog row without any untrusted text, which is posted if Slack refuses
    the full one: blocks and `text`.
    """
    native = safe(card.first.paper.native, 40) if card.first.paper else ""
    text = f"*{words.TITLE}* {native}\n{words.on_the_page(len(card.suggestions))}"
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
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": plain(label),
        "value": ",".join(str(one.number) for one in ones[:_MOST]),
        "accessibility_label": slack_words.accessible(label, visible(about)[:40]),
    }
    if action == ACCEPT and ones[0].proposal.after is not None:
        button["style"] = "primary"
    return button


def _spoken(one: Suggestion) -> str:
    state = f"（{words.STATE[one.state]}）" if one.state in _SETTLED else ""
    return f"{words.cell(one.proposal)}：{safe(words.change(one.proposal), 300)}{state}"
