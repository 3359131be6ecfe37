"""Texts in Japanese about papers for which the model gives no answer: why curators must decide without it, and what
they can do.
"""

from __future__ import annotations

from typing import Final

from watcher.domain.curation.card import Card
from watcher.domain.facts import EMPTY_CELL, HANDOVER_RUNS, Handover, HandoverCause
from watcher.domain.text import visible

RETRY = "もう一度試す"
RETRY_ASKED = "次回の確認で、もう一度モデルに尋ねます。"
RETRY_WAITS = "この論文は、次回の確認でもう一度モデルに尋ねることになっています。"
RETRY_DECIDED = "この論文は、すでに判断されています。もう一度試すには、先に「取り消す」を押してください。"
RETRY_NOT_NEEDED = "この論文には、すでにモデルの答えがあります。"
RETRY_ACT = "再試行を依頼"
UNSCORED = "採点なし"
NO_SUMMARY = (
    f"概要は空です。「追加」を押すと編集画面が開きます（端末から追加すると、概要の欄は「{EMPTY_CELL}」になります）。"
)
EMPTY_SUMMARY = f"概要の欄は「{EMPTY_CELL}」です（モデルの要約がないため）。"

_CAUSE: Final = {
    HandoverCause.REFUSED: "言語モデルのサーバーが、この論文についての質問を拒みます",
    HandoverCause.UNUSABLE: "言語モデルが、この論文について使える答えを返しません",
    HandoverCause.BROKEN: "この論文について尋ねると、言語モデルのサーバーが答えを返さずに失敗します",
}
_MISSING: Final = {"score": "採点と要約", "summarize": "要約"}
_STAGE: Final = {"score": "採点", "summarize": "要約"}
_LONGEST_ERROR = 300


def why(found: Handover) -> str:
    """Japanese text that says why a paper comes to curators without the model's score or summary, followed by the
    server's error message.
    """
    said = visible(found.error)[:_LONGEST_ERROR]
    missing = _MISSING.get(found.stage, found.stage)
    return f"{_CAUSE[found.cause]}。{HANDOVER_RUNS}回の実行で試しても答えが得られないため、{missing}なしで判断をお願いします（{said}）"


def rewrite_note(card: Card) -> str:
    """Japanese note that a curator's request for another summary of a paper failed, and why; "" for other papers."""
    found = card.failed_rewrite
    if found is None:
        return ""
    said = visible(found.error)[:_LONGEST_ERROR]
    return f"{_CAUSE[found.cause]}。{HANDOVER_RUNS}回試しても要約し直せなかったため、いまの要約のままです（{said}）"


def note(card: Card) -> str:
    """Japanese note about a paper without a score or summary from the model: the reason, or that the model is being
    asked again; "" for other papers.
    """
    if card.retrying:
        return RETRY_ASKED
    return why(card.handover) if card.handover else ""


def summary_note(card: Card) -> str:
    """Japanese note shown instead of the summary if the model wrote none; "" if there is a summary."""
    if not card.is_unwritten or card.cells.summary not in {"", EMPTY_CELL}:
        return ""
    return EMPTY_SUMMARY if card.cells.summary else NO_SUMMARY


def lone_failure(stage: str, cause: str, error: str) -> str:
    """Japanese line in a paper's history: the model failed on the paper in one run."""
    return f"{_STAGE.get(stage, stage)}：単独で尋ねても答えなし　{_CAUSE[HandoverCause(cause)]}（{visible(error)}）"


def failed_rewrite(cause: str, error: str) -> str:
    """Japanese line in a paper's history: the model failed to write another summary."""
    return f"要約のし直し：答えなし　{_CAUSE[HandoverCause(cause)]}（{visible(error)}）"


def handed_over(stage: str, cause: str, error: str) -> str:
    """Japanese line in a paper's history: it was given to curators without the model's answer, and why."""
    return f"判断へ：{_MISSING.get(stage, stage)}なしでカードにしました。{_CAUSE[HandoverCause(cause)]}（{visible(error)}）"


def line(card: Card) -> str:
    """Japanese line in the terminal's list of papers that came to curators without the model's answer."""
    paper = card.candidate.paper
    return f"カード {card.candidate.number}　{paper.id.native} {visible(paper.title)}：{note(card)}"


def count(cards: int) -> str:
    """Japanese text, in Slack's markup, that says how many of a day's papers lack the model's answer."""
    return f"カードのうち *{cards}件* は、モデルが答えないため採点や要約がありません。"


def told(cards: int) -> str:
    """Japanese plain text that says how many of a day's papers lack the model's answer."""
    return count(cards).replace("*", "").replace(" ", "")
