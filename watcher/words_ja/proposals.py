"""Texts in Japanese about suggested changes of the catalog (proposals)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from watcher.domain.catalog.check import Evidence, FindingKind
from watcher.domain.catalog.proposals import Proposal, ProposalDecision, ProposalState, Suggestion
from watcher.domain.facts import Cells
from watcher.domain.text import clipped, visible
from watcher.words_ja.catalog import KIND
from watcher.words_ja.common import CELL, person

_JST = ZoneInfo("Asia/Tokyo")

STATE: Final = {
    ProposalState.OPEN: "未判断",
    ProposalState.ACCEPTED: "採用（反映待ち）",
    ProposalState.REJECTED: "却下",
    ProposalState.ANSWERED: "確認済み",
    ProposalState.WRITTEN: "反映済み",
    ProposalState.PRESENT: "すでに直っていました",
    ProposalState.STALE: "その後に欄が書き換えられたため、反映しませんでした",
    ProposalState.BY_HAND: "自動では書き換えられないため、手で直してください",
    ProposalState.OVERTAKEN: "新しい確認により不要になりました",
}

SETTLED_ALREADY: Final = "この提案は、すでに片づいています。変えるときはカタログを直接編集してください。"
TITLE: Final = "カタログの見直し"
TO_CARDS: Final = "一覧へ戻る"
ACCEPT: Final = "採用"
REJECT: Final = "却下"
SEEN_TO: Final = "確認した"
LEAVE: Final = "このままでよい"
NOW: Final = "現在"
PROPOSED: Final = "提案"
GROUNDS: Final = "根拠"
SETTLED: Final = "最近の判断"
NONE_OPEN: Final = "判断を待つ提案はありません。"
FOLLOWED_LATER: Final = "判断を記録しました。別の watcher が作業中のため、カタログへの反映は後になります。"
NOTHING: Final = "（なし）"
NOT_STATED: Final = "記載なし"
WHOLE: Final = "文書全体"
NEW_ROW: Final = "表の行"
ONLY_PEOPLE: Final = "人の確認が必要です"


def lead(changes: int, questions: int) -> str:
    """Japanese text that says how many suggested changes of the catalog, and how many questions about it, wait for
    curators.
    """
    if not (changes or questions):
        return "カタログの行について、いま判断を待つ提案はありません。"
    told = [f"変更の提案が {changes} 件"] if changes else []
    told += [f"人の確認が必要な点が {questions} 件"] if questions else []
    return f"{'、'.join(told)}あります。採用すると、その部分だけを書き換えてコミットします。"


def waiting(count: int) -> str:
    """Japanese text, for the digest and the front page, that says how many suggested changes of the catalog wait."""
    return f"カタログの見直しの提案が {count} 件、判断を待っています。"


def accept_all(count: int) -> str:
    """Japanese label of the button that accepts all suggested changes of a catalog row."""
    return f"この行の {count} 件をすべて採用"


def on_the_page(count: int) -> str:
    """Japanese text that says how many suggested changes are shown only on the web page."""
    return f"{count} 件は、ウェブの「カタログの見直し」のページで確かめてください。"


def done(suggestions: Sequence[Suggestion]) -> str:
    """Japanese text for the state of the suggested changes that a curator has just decided."""
    if len(suggestions) == 1:
        return f"{cell(suggestions[0].proposal)}：{STATE[suggestions[0].state]}"
    counts = Counter(STATE[one.state] for one in suggestions)
    return "、".join(f"{state} {count} 件" for state, count in counts.items())


def decided(decision: ProposalDecision) -> str:
    """Japanese text that says who decided on a suggested change and when."""
    at = decision.at.astimezone(_JST)
    return f"{person(decision.curator)}、{at.month}月{at.day}日 {at:%H:%M}"


def confidence(proposal: Proposal) -> str:
    """Japanese text for the confidence in a suggested change, which is a ranking by rule, not a probability."""
    return f"確からしさ：{proposal.confidence:.0%}"


def shown(text: str) -> str:
    """The text of a cell before or after a proposed change, or a placeholder if the cell is empty."""
    return visible(text) or NOTHING


def new_row(proposal: Proposal) -> list[tuple[str, str]]:
    """The cells of a catalog row that is suggested to be added, as pairs (Japanese label, text)."""
    cells = proposal.cells
    return [(CELL[name], getattr(cells, name)) for name in Cells.names() if cells and getattr(cells, name)]


def trouble(one: Suggestion) -> str:
    """Japanese text that says why an accepted change has not been written to the catalog yet."""
    return f"カタログに反映できていません（続けて試みます）：{one.trouble}"


def proposed(count: int) -> str:
    """Japanese text that says how many changes a check of the catalog suggested."""
    return f"新しい提案は {count} 件です。" if count else "新しい提案はありません。"


def without_figures(trouble: str) -> str:
    """Japanese note that a service for citations or venues did not answer, so that its last figures are used."""
    return f"数値を取得できませんでした（前回の値を使います）：{trouble}"


def cell(proposal: Proposal) -> str:
    """Japanese name of the cell that a suggested change is about."""
    if proposal.kind is FindingKind.UNLISTED:
        return NEW_ROW
    return CELL.get(proposal.cell, WHOLE)


def row(proposal: Proposal) -> str:
    """The title of the catalog row that a suggested change is about."""
    return visible(proposal.title) or WHOLE


def change(proposal: Proposal) -> str:
    """Japanese text for a suggested change of a cell as `A → B`, or the note that only people can decide."""
    before = clipped(visible(proposal.before), 120) or NOTHING
    return f"{before} → {visible(proposal.after)}" if proposal.after is not None else f"{before}　{ONLY_PEOPLE}"


def reason(proposal: Proposal) -> str:
    """Japanese text that says what is wrong in a catalog row, as the reason for a suggested change."""
    return KIND[proposal.kind]


def evidence(known: Evidence) -> str:
    """Japanese text for the evidence behind a suggested change: the source and what it says."""
    return f"{known.source}（{known.field}）：{clipped(visible(known.value), 300) or NOT_STATED}"


def line(one: Suggestion) -> str:
    """Japanese text for a suggested change of the catalog, on one line."""
    proposal = one.proposal
    where = f"{clipped(row(proposal), 60)}・{cell(proposal)}"
    return f"{one.number} [{STATE[one.state]}] {where}：{reason(proposal)}　{change(proposal)}"
