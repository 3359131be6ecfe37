"""Words about proposals: what is suggested for a row that stands, and what became of it."""

from __future__ import annotations

from typing import Final

from watcher.domain.catalog_finding import FindingKind
from watcher.domain.proposal import Proposal, ProposalState, Suggestion
from watcher.domain.text import clipped, visible
from watcher.words_ja.catalog import KIND
from watcher.words_ja.common import CELL

STATE: Final = {
    ProposalState.OPEN: "未判断",
    ProposalState.ACCEPTED: "採用（反映待ち）",
    ProposalState.REJECTED: "却下",
    ProposalState.ANSWERED: "確認済み",
    ProposalState.WRITTEN: "反映済み",
    ProposalState.PRESENT: "すでに直っていました",
    ProposalState.STALE: "その後セルが書き換えられたため、反映しませんでした",
    ProposalState.BY_HAND: "自動では書き換えられないため、手で直してください",
    ProposalState.OVERTAKEN: "新しい確認により不要になりました",
}

NONE_OPEN: Final = "判断を待つ提案はありません。"
FOLLOWED_LATER: Final = "判断を記録しました。別の watcher が作業中のため、カタログへの反映は後になります。"
NOTHING: Final = "（なし）"
WHOLE: Final = "文書全体"
NEW_ROW: Final = "表の行"
ONLY_PEOPLE: Final = "人の確認が必要です"


def proposed(count: int) -> str:
    """How many proposals a check made."""
    return f"新しい提案は {count} 件です。" if count else "新しい提案はありません。"


def cell(proposal: Proposal) -> str:
    """Which cell a proposal is about."""
    if proposal.kind is FindingKind.UNLISTED:
        return NEW_ROW
    return CELL.get(proposal.cell, WHOLE)


def row(proposal: Proposal) -> str:
    """Which row a proposal is about."""
    return visible(proposal.title) or WHOLE


def change(proposal: Proposal) -> str:
    """`A → B`, or that only people can say."""
    before = clipped(visible(proposal.before), 120) or NOTHING
    return f"{before} → {visible(proposal.after)}" if proposal.after is not None else f"{before}　{ONLY_PEOPLE}"


def reason(proposal: Proposal) -> str:
    """Why it is suggested."""
    return KIND[proposal.kind]


def evidence(proposal: Proposal) -> str:
    """Where it is known from and what that says."""
    known = proposal.evidence
    return f"{known.source}（{known.field}）：{clipped(visible(known.value), 300)}"


def line(one: Suggestion) -> str:
    """A proposal on one line."""
    proposal = one.proposal
    where = f"{clipped(row(proposal), 60)}・{cell(proposal)}"
    return f"{one.number} [{STATE[one.state]}] {where}：{reason(proposal)}　{change(proposal)}"
