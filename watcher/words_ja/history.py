"""Japanese lines of the command `log`: events in the history of a paper, and actions of curators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from watcher.domain.curation.reactions import ReactionOutcome
from watcher.domain.facts import HandoverCause, NoticeKind, RowChange, TriageOutcome, Verdict
from watcher.domain.papers.citations import FEED, CitedRow
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.text import visible
from watcher.ports import Act, HistoryEntry
from watcher.words_ja import failures
from watcher.words_ja import web as web_log
from watcher.words_ja.common import (
    ANNOUNCED,
    CAUSE,
    LACKING,
    NOTICE,
    REACTED,
    RETRY_ACT,
    STAGE,
    VERDICT,
    by,
    field_name,
    percent,
    person,
    until,
)

_TOKYO: Final = ZoneInfo("Asia/Tokyo")
_ROW: Final = {
    RowChange.INTENDED: "カタログの変更を始めました",
    RowChange.ADDED: "カタログに追加しました",
    RowChange.REMOVED: "カタログから外しました",
    RowChange.PRESENT: "すでにカタログにありました",
    RowChange.TAKEN_OUT: "人の手でカタログから外されていました",
    RowChange.LOST: "カタログのブランチから失われていました",
    RowChange.WANTED_BACK: "カタログに戻すことになりました",
    RowChange.RETURNED: "追加を取り消した行が、カタログに戻っていました",
    RowChange.UNWANTED: "もう一度カタログから外すことになりました",
}
TRIAGE: Final = {
    TriageOutcome.NAMED: "該当しうる論文として挙げられました",
    TriageOutcome.PUT_ASIDE: "挙げられませんでした",
    TriageOutcome.ODD: "読み手に話しかける行とされ、採点に回しました",
    TriageOutcome.UNSURE: "応答の番号と題名が食い違い、採点に回しました",
    TriageOutcome.UNREAD: "使える応答が続けて得られず、採点に回しました",
    TriageOutcome.ALONE: "ほかの論文と並べられないため、採点に回しました",
    TriageOutcome.FEW: "本数が少ないため、採点に回しました",
}


def entry(found: HistoryEntry) -> str:
    """Japanese line about an event in a paper's history, with its time in Tokyo."""
    return _line(found, _TOLD[found.what](found.facts))


def act(done: Act) -> str:
    """Japanese line about an action of a curator, with its time in Tokyo."""
    parts = (f"{web_log.act(done)}：{done.paper.native} {visible(done.title)}", _by(done), web_log.detail(done))
    return _line(done, "　".join(part for part in parts if part))


def _line(found: HistoryEntry | Act, text: str) -> str:
    return f"{found.at.astimezone(_TOKYO):%Y-%m-%d %H:%M:%S} {' '.join(text.split())}"


def _by(done: Act) -> str:
    return by(done.curator, done.desk)


def _person(row: Mapping[str, Any]) -> str:
    return by(row["curator"], row["desk"])


def _announced(row: Mapping[str, Any]) -> str:
    if row["feed"] == FEED:
        return f"引用で発見：第{row['version']}版"
    return f"配信：第{row['version']}版　{ANNOUNCED[AnnounceType(row['announce_type'])]}　{row['feed']}"


def _screened(row: Mapping[str, Any]) -> str:
    told = "通過" if row["passed"] else "通過せず"
    chance = f"　見込み {percent(row['probability'])}" if row["probability"] is not None else ""
    groups = f"　キーワード {'、'.join(row['groups'])}" if row["groups"] else ""
    return f"選別：{told}{chance}{groups}"


def _summary(row: Mapping[str, Any]) -> str:
    doubts = f"　要確認 {len(row['violations'])} 点" if row["violations"] else ""
    return f"{row['summary_ja']}{doubts}{_verification(row['verification'])}"


def _verification(content: Mapping[str, Any] | None) -> str:
    """The result of checking a summary, in a few Japanese words."""
    if content is None:
        return ""
    wrong = [one for one in content["verdicts"] if one["fault"]]
    told = f"要旨と不一致 {len(wrong)} 文" if wrong else "要旨と照合済み" if content["verdicts"] else "未照合"
    corrected = f"、{content['corrected']}か所修正" if content["corrected"] else ""
    planted = "、要約者への指示らしき文を除去" if content["planted"] else ""
    return f"　{told}{corrected}{planted}"


def _decided(row: Mapping[str, Any]) -> str:
    day = f"　{until(row['until'])}" if row["until"] else ""
    return f"判断：{VERDICT[Verdict(row['verdict'])]}{day}　{_person(row)}　{row['reason']}"


def _reacted(row: Mapping[str, Any]) -> str:
    done = "付けました" if row["present"] else "外しました"
    outcome = REACTED[ReactionOutcome(row["outcome"])]
    return f"リアクション：:{row['emoji']}: を{done}　{_person(row)}　{outcome}".rstrip()


def _cataloged(row: Mapping[str, Any]) -> str:
    number = f"（{row['row_number']} 行目）" if row["row_number"] else ""
    return f"反映：{_ROW[RowChange(row['change'])]}{number} {row['commit_id'][:10]}"


def _failed(row: Mapping[str, Any]) -> str:
    stage = row["stage"]
    return f"失敗：{STAGE.get(stage, stage)}　{failures.failure(stage, row['error'])}"


def _unanswered(row: Mapping[str, Any]) -> str:
    """Why the model gave no answer about a paper, with its error message."""
    return f"{CAUSE[HandoverCause(row['cause'])]}（{visible(row['error'])}）"


_TOLD: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "announced": _announced,
    "noticed": lambda row: f"知らせ：第{row['version']}版　{NOTICE[NoticeKind(row['kind'])]}　{row['title']}",
    "cites": lambda row: (
        f"引用：カタログの{CitedRow(row['row_number'], row['row_title']).full} を引用（{row['service']}、{row['topic']}）"
    ),
    "nominated": lambda row: f"候補に追加：{_person(row)}",
    "screened": _screened,
    "triaged": lambda row: (
        f"下読み：{TRIAGE[TriageOutcome(row['outcome'])]}" + (f"（{row['model']}）" if row["model"] else "")
    ),
    "left unread": lambda row: f"下読み：使える応答がありませんでした（第{row['batch']}回）",
    "drawn": lambda row: f"抜き取り：{row['week']} に選別で外れた {row['size']} 本の中から",
    "translated": lambda row: f"題名の日本語：{row['line_ja'] or '使える応答がありませんでした'}",
    "answered": lambda row: f"抜き取りへの回答：{'該当する' if row['belongs'] else '該当しない'}　{_person(row)}",
    "scored": lambda row: f"採点：関連度 {row['score']}　基準 {row['criterion']}　{row['reason_ja']}（{row['model']}）",
    "summarized": lambda row: f"要約：{_summary(row)}",
    "posted": lambda row: f"投稿：{row['desk']} {row['ref']}",
    "decided": _decided,
    "reacted": _reacted,
    "revised": lambda row: (
        f"編集：{field_name(row['cell'])}　「{row['before']}」→「{row['after']}」　{person(row['curator'])}"
    ),
    "rewrite asked for": lambda row: f"再要約の依頼：{_person(row)}",
    "rewritten": lambda row: f"再要約：{_summary(row)}",
    "failed alone": lambda row: f"{STAGE.get(row['stage'], row['stage'])}：単独で尋ねても答えなし　{_unanswered(row)}",
    "rewrite failed": lambda row: f"要約のし直し：答えなし　{_unanswered(row)}",
    "handed over": lambda row: (
        f"判断へ：{LACKING.get(row['stage'], row['stage'])}なしでカードにしました。{_unanswered(row)}"
    ),
    "retry asked for": lambda row: f"{RETRY_ACT}：{_person(row)}",
    "cataloged": _cataloged,
    "failed": _failed,
}
"""The function that describes each kind of event, by `HistoryEntry.what`."""
