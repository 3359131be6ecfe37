"""Japanese output of the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.domain.card import Card, CardState, FeedReport, Usage
from watcher.domain.facts import ApprovedRow, Notice
from watcher.domain.text import visible
from watcher.ports import Nominee, RunReport
from watcher.words_ja import common, failures, handover
from watcher.words_ja.common import SOURCE_STATE, card_state, was_present

STAGE = {
    "collect": "取得",
    "screen": "選別",
    "score": "採点",
    "summarize": "要約",
    "post": "投稿",
    "decide": "判断",
    "catalog": "反映",
}

_FAILED = {**STAGE, "push": "送信", "rows": "カタログの行", "unread": "取得"}

COUNT = {
    "announced": "新着",
    "screened": "選別",
    "passed": "通過",
    "scored": "採点",
    "unscored": "未採点",
    "relevant": "該当",
    "summarized": "要約",
    "flagged": "要確認",
    "posted": "投稿",
    "carried_over": "持ち越し",
}

NOTHING_WAITS = "待ちはありません。"
NO_RUN = "まだ実行されていません。"
NO_FAILURE = "異常はありません。"
HASTENED_LATER = "受け付けました。動作中の watcher が採点と要約を済ませると、カードが届きます。"
SOCKET_WINS = "SLACK_APP_TOKEN と SLACK_SIGNING_SECRET が両方あります。Socket Mode を使います。"
CHECKED = "設定に問題はありません。"
FOLLOWED_LATER = "判断を記録しました。別の watcher が作業中のため、カタログへの反映は後になります。"
DEMO_READY = "デモの準備ができました（記録済みの応答を使用）。"
DEMO_STOP = "終了するには Ctrl+C を押してください。"
SERVING = "待ち受けを開始しました。"
NOTHING_MISSING = "承認した行はすべてカタログにあります。"
ADOPTED = "今後、承認された論文はこのカタログに書き込まれます：{path}"
WORKING = "動作を開始しました（{roles}）。"


def waiting(counts: Mapping[str, int]) -> str:
    """Text that says how many papers wait for each stage."""
    parts = [f"{STAGE[stage]} {count}" for stage, count in counts.items() if count]
    return "待ち：" + "、".join(parts) if parts else NOTHING_WAITS


def source(report: FeedReport) -> str:
    """The state of a feed, with its numbers of entries and an error if there is one."""
    line = f"{report.name}：{SOURCE_STATE[report.state]}（{report.entries} 件中、新着 {report.new} 件）"
    return f"{line} {failures.reading(report)}".rstrip()


def notice(found: Notice) -> str:
    """A line about a change to a known paper."""
    return f"{found.paper.native} {visible(found.title)}：{common.notice(found)}"


def usage(spent: Usage) -> str:
    """Calls, tokens and cost of the models."""
    tokens = spent.prompt_tokens + spent.completion_tokens
    return f"モデル呼び出し {spent.calls} 回、{tokens} トークン、${spent.cost_usd:.4f}"


def failure(stage: str, number: int | None, error: str) -> str:
    """A line about a failure: stage, card and error."""
    where = f"（カード {number}）" if number is not None else ""
    return f"失敗：{_FAILED.get(stage, stage)}{where} {failures.failure(stage, error)}"


def card(found: Card) -> str:
    """A card on one line."""
    return f"{found.candidate.paper.id.native} {visible(found.candidate.paper.title)}：{state(found)}"


def missing(row: ApprovedRow) -> str:
    """A line about a missing row, and what to do about it."""
    told = common.MISSING_ROW[row.change]
    title = visible(next(iter(row.titles), ""))
    how = f"watcher catalog put-back {row.candidate} で戻し、leave-out {row.candidate} で外したままにします。"
    return f"{told}：{row.paper.native} {title}（カード {row.candidate}）　{how}"


def trouble(text: str) -> str:
    """Text that says why a decision has not been written to the catalog."""
    return failures.failure("catalog", text)


def problems(report: RunReport) -> str:
    """Everything that failed in a run, on one line."""
    told = list(map(failures.told, report.failures))
    if unscored := report.counts["unscored"]:
        told.append(f"採点できていない論文が {unscored} 本あります。次の実行でもう一度採点します。")
    return " ".join(" ".join(told).split())


def not_added(errors: Sequence[str], papers: Sequence[Nominee]) -> str:
    """Text that says why nominated papers have no card yet, on one line; "" if they all have one or will get one."""
    return " ".join([*map(failures.told, errors), *(nominee(found) for found in papers if found.number is None)])


def state(card: Card) -> str:
    """The state of a card, with the number of its catalog row if it has one."""
    text = card_state(card)
    if card.state is not CardState.CATALOGED or card.row is None or was_present(card):
        return text
    return f"{text}（{card.row.number} 行目{f' {card.row.commit[:10]}' if card.row.commit else ''}）"


def _score(card: Card) -> str:
    return handover.UNSCORED if card.score is None else f"関連度 {card.score}"


def nominee(found: Nominee) -> str:
    """The state of a nominated paper."""
    if found.number is None:
        return f"{found.paper.native}：arXiv に見つかりません。番号を確かめてください"
    if found.card is None:
        return f"{found.paper.native}：採点と要約を待っています"
    return f"{found.paper.native} {visible(found.title)}：{state(found.card)}（{_score(found.card)}）"


def run(report: RunReport) -> list[str]:
    """The result of a run, as lines."""
    counts = "、".join(f"{COUNT[name]} {count}" for name, count in report.counts.items())
    lines = [*(source(feed) for feed in report.sources), counts, usage(report.usage), waiting(report.waiting)]
    lines += [common.cap_reached(report.cap)] if report.cap else []
    told = any(text.startswith("unread: ") for text in report.failures)
    lines += [common.unread_days(report.unread)] if report.unread and not told else []
    return lines + [f"失敗：{failures.told(text)}" for text in report.failures]


def backfill(feed: str) -> str:
    """The label of the progress bar of a harvest."""
    return f"{feed} を取り込んでいます"


def days(done: int, total: int) -> str:
    """Text that says how many days of a harvest are done, for its progress bar."""
    return f"{done}/{total}日"


def demo_stage(stage: str) -> str:
    """The label of the demo's progress bar."""
    return f"2026-06-29 の論文を{STAGE[stage]}しています"


def catalog_at(path: str) -> str:
    """Text that says where the demo's copy of the catalog is."""
    return f"カタログ（作業用の写し）：{path}"


def backed_up(file: str, rows: int) -> str:
    """The confirmation of a backup, with its number of rows."""
    return f"{file} に保存しました（{rows:,} 行）。カタログのファイルは別に保存してください。"


def restored(file: str, rows: int) -> str:
    """The confirmation of a restored backup, with its number of rows."""
    return f"{file} から復元しました（{rows:,} 行）。"


def unlearned(topic: str) -> str:
    """The hint that a topic has no trained prefilter, so that keywords screen its papers."""
    return f"話題 {topic} には学習済みの前置フィルターが同梱されていません。watcher retrain で学習するまではキーワードで選別します。"
