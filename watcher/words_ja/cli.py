"""Texts in Japanese that the commands print to the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from watcher.domain.budget import Usage
from watcher.domain.curation.card import Card, CardState
from watcher.domain.facts import ApprovedRow, Notice, RowChange
from watcher.domain.health import Checkup, Health, Vitals
from watcher.domain.papers.feeds import FeedReport
from watcher.domain.text import visible
from watcher.ports import Nominee, RunReport
from watcher.words_ja import common, failures
from watcher.words_ja.common import SOURCE_STATE, STAGE, card_state, relevance, was_present

_FAILED = {
    **STAGE,
    "push": "送信",
    "rows": "カタログの行",
    "unread": "取得",
    "refresh": "見直し",
    "reactions": "リアクション",
    "schedule": "予定",
}

COUNT = {
    "announced": "配信",
    "screened": "選別",
    "passed": "通過",
    "triaged": "下読み",
    "flagged_by_triage": "下読みで抽出",
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
DEMO_READY = "デモの準備ができました（記録済みの応答を使用）。"
DEMO_LANGUAGE = "The desk is in Japanese: it is for curators who read Japanese. ／ 画面は日本語です。"
DEMO_STOP = "終了するには Ctrl+C を押してください。"
SERVING = "待ち受けを開始しました。"
NOTHING_MISSING = "追加した行はすべてカタログにあります。"
ADOPTED = "今後、追加と判断された論文はこのカタログに書き込まれます：{path}"
WORKING = "動作を開始しました（{roles}）。"


def waiting(counts: Mapping[str, int]) -> str:
    """Japanese text that says how many papers wait for each stage of the pipeline."""
    parts = [f"{STAGE[stage]} {count}" for stage, count in counts.items() if count]
    return "待ち：" + "、".join(parts) if parts else NOTHING_WAITS


def source(report: FeedReport) -> str:
    """Japanese line about the reading of a feed: its state, its numbers of entries, and an error if there is one."""
    line = f"{common.feed_name(report.name)}：{SOURCE_STATE[report.state]}・{common.entries(report)}"
    return f"{line} {failures.reading(report)}".rstrip()


def notice(found: Notice) -> str:
    """Japanese line about a change to a paper that curators have seen (replaced, renamed, withdrawn)."""
    return f"{found.paper.native} {visible(found.title)}：{common.notice(found)}"


def usage(spent: Usage) -> str:
    """Japanese text with the calls, tokens and cost of the models."""
    tokens = spent.prompt_tokens + spent.completion_tokens
    return f"モデル呼び出し {spent.calls} 回、{tokens} トークン、${spent.cost_usd:.4f}"


def failure(stage: str, number: int | None, error: str) -> str:
    """Japanese line about an error in a stage of the pipeline: the stage, the number of the paper's card if any, and
    the error.
    """
    where = f"（カード {number}）" if number is not None else ""
    return f"失敗：{_FAILED.get(stage, stage)}{where} {failures.failure(stage, error)}"


def card(found: Card) -> str:
    """Japanese line about a paper shown to curators: id, title, the state of the decision, and which catalog rows it
    cites.
    """
    cites = f"（{common.CITES} {common.cites(found.cites)}）" if found.cites else ""
    return f"{found.candidate.paper.id.native} {visible(found.candidate.paper.title)}：{state(found)}{cites}"


def unfinished(run: str) -> str:
    """Japanese line for a run of the pipeline that has not ended, by its id."""
    return f"実行 {run} は、途中で止まったか、まだ動いています。止まった場合は、次の実行が続きから行います。"


def missing(row: ApprovedRow) -> str:
    """Japanese line about an approved row missing from the catalog, or a removed row that is back, with the commands
    that settle it.
    """
    told = common.MISSING_ROW[row.change]
    title = visible(next(iter(row.titles), ""))
    kept, left = ("残し", "もう一度外し") if row.change is RowChange.RETURNED else ("戻し", "外したままにし")
    how = f"watcher catalog put-back {row.candidate} で{kept}、leave-out {row.candidate} で{left}ます。"
    return f"{told}：{row.paper.native} {title}（カード {row.candidate}）　{how}"


def problems(report: RunReport) -> str:
    """Japanese line with everything that failed in a run of the pipeline; "" if nothing did."""
    told = list(map(failures.told, report.failures))
    if unscored := report.counts["unscored"]:
        told.append(f"採点できていない論文が {unscored} 本あります。次回の確認でもう一度採点します。")
    return " ".join(" ".join(told).split())


def not_added(errors: Sequence[str], papers: Sequence[Nominee]) -> str:
    """Japanese text, on one line, with the errors in processing nominated papers, and those papers that arXiv does not
    know; "" if there are none.
    """
    return " ".join([*map(failures.told, errors), *(nominee(found) for found in papers if found.number is None)])


def state(card: Card) -> str:
    """Japanese name of the state that a curator's decision about a paper is in, with the number of its catalog row if
    it has one.
    """
    text = card_state(card)
    if card.state is not CardState.CATALOGED or card.row is None or was_present(card):
        return text
    return f"{text}（{card.row.number} 行目{f' {card.row.commit[:10]}' if card.row.commit else ''}）"


def nominee(found: Nominee) -> str:
    """Japanese line about the state of a paper that a person nominated."""
    if found.number is None:
        return f"{found.paper.native}：arXiv に見つかりません。番号を確かめてください"
    if found.card is None:
        return f"{found.paper.native}：採点と要約を待っています"
    return f"{found.paper.native} {visible(found.title)}：{state(found.card)}（{relevance(found.card.score)}）"


def run(report: RunReport) -> list[str]:
    """Japanese lines with the result of a run of the pipeline."""
    counts = "、".join(f"{COUNT[name]} {count}" for name, count in report.counts.items())
    lines = [*(source(feed) for feed in report.sources), counts, usage(report.usage), waiting(report.waiting)]
    lines += [common.cap_reached(report.cap)] if report.cap else []
    told = any(text.startswith("unread: ") for text in report.failures)
    lines += [common.unread_days(report.unread)] if report.unread and not told else []
    return lines + [f"失敗：{failures.told(text)}" for text in report.failures]


def backfill(feed: str) -> str:
    """Japanese label of the progress bar for reading past days from a feed."""
    return f"{feed} を取り込んでいます"


def days(done: int, total: int) -> str:
    """Japanese text for the progress bar of a backfill that says how many past days have been read."""
    return f"{done}/{total}日"


def demo_stage(stage: str) -> str:
    """Japanese label of the demo's progress bar for a stage of the pipeline."""
    return f"2026-06-29 の論文を{STAGE[stage]}しています"


def port_taken(port: int) -> str:
    """Japanese text that says that the demo uses another port because the usual one is taken."""
    return f"ポート {port} は使用中のため、別のポートを使います。"


def catalog_at(path: str) -> str:
    """Japanese text that says where the demo's copy of the catalog is."""
    return f"カタログ（作業用の写し）：{path}"


def backed_up(file: str, rows: int) -> str:
    """Japanese confirmation of a database backup, with its number of rows."""
    return f"{file} に保存しました（{rows:,} 行）。カタログのファイルは別に保存してください。"


def restored(file: str, rows: int) -> str:
    """Japanese confirmation of a restored database backup, with its number of rows."""
    return f"{file} から復元しました（{rows:,} 行）。"


def unusable_catalog(error: str) -> str:
    """Japanese warning that rows cannot be written into a catalog file, with the reason and what to do."""
    return f"このカタログには書き込めません。{failures.mend(error) or _FINDING['catalog']['refused']}（{error}）"


def untrained_topic(topic: str) -> str:
    """Japanese hint that a topic has no trained classifier, so that keywords and the model's look at titles decide
    which papers are scored.
    """
    return f"テーマ {topic} には学習済みの事前選別が同梱されていません。中心のキーワードがある論文を採点し、ほかは下読みに回します。"


HEADINGS: Final = ("段階", "処理済み", "待ち", "最長の待ち")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def stages(vitals: Vitals) -> list[tuple[str, str, str, str]]:
    """A row for each stage of the pipeline in the table that `status` prints: its name, how many papers it has
    processed, how many wait for it, and how long the oldest has waited.
    """
    found = []
    for stage, name in STAGE.items():
        waiting = vitals.waiting.get(stage)
        count = f"{waiting.count:,}" if waiting is not None else ""
        oldest = duration(waiting.seconds(vitals.at)) if waiting is not None and waiting.since else ""
        found.append((name, f"{vitals.done.get(stage, 0):,}", count, oldest))
    return found


def duration(seconds: float) -> str:
    """Japanese text for a duration in its largest unit (days, hours, minutes …)."""
    if seconds < _HOUR:
        return f"{max(1, int(seconds // _MINUTE))}分"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)}時間"
    return f"{timedelta(seconds=seconds).days}日"


def cost(vitals: Vitals, usd: float | None, tokens: int | None) -> str:
    """Japanese line of `status` about the models' usage today and this month, with the daily caps."""
    today = vitals.today
    spent = f"{today.prompt_tokens + today.completion_tokens:,} トークン" + (f"／上限 {tokens:,}" if tokens else "")
    dollars = f"${today.cost_usd:.4f}" + (f"／上限 ${usd:.2f}" if usd else "")
    return f"本日：{spent}、{dollars}　今月：${vitals.month.cost_usd:.4f}"


def unsent(vitals: Vitals) -> str:
    """Japanese text that says how many messages to curators have not been sent yet, and how long the oldest
    has waited.
    """
    return f"送信待ちのメッセージ：{vitals.unsent.count} 件（最長 {duration(vitals.unsent.seconds(vitals.at))}）"


def begun(place: Path) -> str:
    """Japanese notice that a new deployment starts in this folder."""
    return f"このフォルダーにはまだ記録がありません。新しい環境を始めます：{place}"


def other_deployment(place: Path) -> str:
    """Japanese hint that another deployment exists in a nearby folder."""
    return f"既存の環境があります：{place}。こちらを使うつもりなら、WATCHER_DATA を確かめてください。"


def no_model(lacking: Iterable[str]) -> str:
    """Japanese warning that no model is configured, with the environment variables that are missing."""
    told = "、".join(lacking).replace(" or ", " か ")
    return f"言語モデルが設定されていません。設定するまで論文は採点を待ちます：{told}"


NAME: Final = {
    "installation": "インストール",
    "configuration": "設定",
    "database": "データベース",
    "catalog": "カタログ",
    "disk": "ディスク",
    "source": "配信元",
    "days": "配信日",
    "clock": "時計",
    "model": "言語モデル",
    "slack_token": "Slack のトークン",
    "slack_scopes": "Slack の権限",
    "slack_channel": "Slack のチャンネル",
    "slack_app_token": "Slack のアプリトークン",
    "remote": "カタログのリモート",
    "state": "状態のブランチ",
}
_HEALTH: Final = {Health.OK: "正常", Health.WARNING: "注意", Health.BROKEN: "異常"}
_FINDING: Final = {
    "installation": {
        "shared": "同じ環境にある別のパッケージも watcher という名前を使っています。"
        "literature-watcher を専用の環境（pipx、uvx、新しい venv）に入れ直してください。",
        "other_script": "watcher というコマンドは別のプログラムのものです。literature-watcher と入力してください。",
    },
    "state": {
        "to_begin": "ブランチはまだありません。最初の実行が作ります。",
        "shows": "公開のリポジトリでは、読んだ論文、採点とその理由、モデルの応答と要約、判断とその時刻、"
        "Slack のチャンネルとメッセージの番号、エラー、費用が誰にでも見えます。人の名前と判断の理由は暗号になっていて、"
        "プロンプトとトークンは入っていません。",
        "refused": "ブランチの状態を使えません。何も書き換えていません。鍵を確かめるか、新しく始めるならブランチを消してください。",
        "unreachable": "リモートから状態を読めません。ネットワークと、トークンの権限を確かめてください。",
    },
    "configuration": {
        "contradiction": "設定に問題があります。示された項目を直してください。",
    },
    "database": {
        "unreachable": "データベースを開けません。DATABASE_URL、サーバー、ファイルの権限を確かめてください。",
        "empty": "データベースはまだ空です。watcher serve か watcher db upgrade が用意します。",
        "behind": "スキーマが古いままです。watcher db upgrade を実行してください。",
        "unreleased": "0.1.0 より前の開発版が作ったデータベースで、引き継げません。"
        "WATCHER_DATA を新しいフォルダーに（または DATABASE_URL を空のデータベースに）変えて始めてください。",
        "ahead": "スキーマがこの版より新しいものです。literature-watcher を更新してください。",
        "read_only": "データベースに書き込めません。権限と空き容量を確かめてください。",
    },
    "catalog": {
        "to_begin": "まだありません。最初に必要になったとき、ひな形から作られます。",
        "unreadable": "カタログを読めません。watcher catalog learn で書き方を読み取るか、示された箇所を直すか、"
        "WATCHER_CATALOG を確かめてください。",
        "elsewhere": "追加と判断された論文は、別のホストのカタログに書き込まれています。"
        "このホストでは watcher worker --only model-calls を使うか、watcher catalog adopt でこちらに移してください。",
        "refused": "いまはカタログに書き込めません。示された点を直してください。",
    },
    "disk": {
        "full": "空き容量が足りません。不要なファイルを消すか、WATCHER_DATA を広いところに移してください。",
    },
    "source": {
        "unreadable": "配信元を読めません。ネットワークと、テーマの分野（categories）を確かめてください。",
        "empty": "このフィードにはまだ何も載っていません。アドレスが正しいか確かめてください。",
    },
    "days": {
        "unread": "まだ読めていない配信日があります。watcher run か watcher reconcile を実行してください。",
    },
    "clock": {
        "wrong": "時計がずれています。時刻の同期（NTP）を有効にしてください。",
    },
    "model": {
        "missing": "言語モデルが設定されていません。示された変数を設定してください。",
        "key": "サーバーが鍵を受け付けません。OPENAI_API_KEY を確かめてください。",
        "credit": "残高か利用枠がありません。補うか、別の鍵を OPENAI_API_KEY に設定してください。",
        "not_offered": "サーバーにこのモデルがありません。WATCHER_MODEL を、提供されている名前にしてください。",
        "access": "この鍵では使えません。鍵のプロジェクトと権限を確かめてください。",
        "limit": "答えの長さの上限が大きすぎます。config/watcher.toml の [budget] answer_tokens を小さくしてください。",
        "refused": "サーバーに断られました。示された理由に従って設定を直してください。",
        "address": "言語モデルのサーバーからの答えではないようです。OPENAI_BASE_URL（多くは /v1 で終わる）を確かめてください。",
        "unreachable": "サーバーにつながりません。OPENAI_BASE_URL とネットワークを確かめてください。",
        "failing": "サーバーが応じられません。しばらくして試し、続くならサーバーの状態を確かめてください。",
        "no_answer": "論文二本の採点を求めましたが、使える答えが返りません。別のモデルを WATCHER_MODEL に設定してください。",
        "no_schema": "json_schema に対応していません。動きますが、形の崩れた応答が増えます。",
    },
    "slack_token": {
        "refused": "SLACK_BOT_TOKEN が使えません。アプリを入れ直し、新しいトークンを設定してください。",
        "workspaces": "データベースを使えないため、各ワークスペースは調べていません。先にデータベースを直してください。",
        "not_installed": "このワークスペースにはアプリが入っていません。Web のデスクの /slack/install を開いて入れてください。",
        "sealed": "保存されたトークンを読めません。WATCHER_SECRET_KEY に以前の鍵を加えてください。",
        "unreachable": "Slack につながりません。ネットワークと SLACK_API_URL を確かめてください。",
    },
    "slack_scopes": {
        "missing": "権限が足りません。config/slack/manifest.yaml を適用し、アプリを入れ直してください。",
        "untold": "権限の一覧をサーバーから得られません。config/slack/manifest.yaml のとおりか確かめてください。",
    },
    "slack_channel": {
        "refused": "チャンネルを読めません。ID を確かめ、チャンネルで /invite @watcher を実行してください。",
        "outsiders": "社外の人かゲストがいます。[slack] curators が空のあいだ、その人たちは判断できません。"
        "判断を任せるなら、判断する人全員を curators に書いてください。",
        "unreachable": "Slack につながりません。しばらくして試してください。",
    },
    "slack_app_token": {
        "refused": "SLACK_APP_TOKEN が使えません。connections:write を付けて作り直してください。",
        "unreachable": "Slack につながりません。しばらくして試してください。",
    },
    "remote": {
        "refused": "リモートに送れません。鍵か GITHUB_TOKEN、リモートの宛先を確かめてください。",
    },
}
ALL_WELL = "すべて正常です。"
WELL_INSIDE = "調べた範囲では正常です。外部のサービスは調べていません（--offline）。"


def remedy(found: Checkup) -> str:
    """Japanese text of `doctor` that says what was found and what to do about it; "" if everything is in order."""
    if found.name == "remote" and found.sign:
        return failures.remedy(found.detail) or _FINDING[found.name][found.sign]
    if found.name == "catalog" and found.sign in {"refused", "unreadable"}:
        return failures.mend(found.detail) or _FINDING[found.name][found.sign]
    if found.name == "database" and (known := failures.mend(found.detail)):
        return known
    return _FINDING[found.name][found.sign] if found.sign else ""


def line(found: Checkup) -> str:
    """Japanese line of `doctor` about one check: the result, what to do, and the error message."""
    mending = remedy(found)
    told = f"{mending}（{found.detail}）" if mending and found.detail else mending or found.detail
    if found.sign == "unread":
        told = common.unread_days([date.fromisoformat(day) for day in found.detail.split(", ")])
    if found.name == "disk" and not mending:
        told = f"空き {found.detail}"
    return f"［{_HEALTH[found.health]}］{NAME[found.name]}{f'：{told}' if told else ''}"


def broken(names: list[str]) -> str:
    """Japanese line at the end of `doctor` that lists the checks that failed."""
    return f"異常があります：{'、'.join(dict.fromkeys(names))}"
