"""Japanese output of `watcher doctor`: what was examined, and what to do about problems."""

from __future__ import annotations

from typing import Final

from watcher.domain.checkup import Checkup, Health
from watcher.words_ja import push
from watcher.words_ja.failures import mend

NAME: Final = {
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
}
_HEALTH: Final = {Health.OK: "正常", Health.WARNING: "注意", Health.BROKEN: "異常"}
FINDING: Final = {
    ("configuration", "contradiction"): "設定に問題があります。示された項目を直してください。",
    ("database", "unreachable"): "データベースを開けません。DATABASE_URL、サーバー、ファイルの権限を確かめてください。",
    ("database", "empty"): "データベースはまだ空です。watcher serve か watcher db upgrade が用意します。",
    ("database", "behind"): "スキーマが古いままです。watcher db upgrade を実行してください。",
    (
        "database",
        "unreleased",
    ): "0.1.0 より前の開発版が作ったデータベースで、引き継げません。"
    "WATCHER_DATA を新しいフォルダに（または DATABASE_URL を空のデータベースに）変えて始めてください。",
    ("database", "ahead"): "スキーマがこの版より新しいものです。literature-watcher を更新してください。",
    ("database", "read_only"): "データベースに書き込めません。権限と空き容量を確かめてください。",
    ("catalog", "to_begin"): "まだありません。最初に必要になったとき、ひな形から作られます。",
    ("catalog", "unreadable"): "カタログを読めません。示された箇所を直すか、WATCHER_CATALOG を確かめてください。",
    (
        "catalog",
        "elsewhere",
    ): "承認された論文は、別のホストのカタログに書き込まれています。"
    "このホストでは watcher worker --only piece を使うか、watcher catalog adopt でこちらに移してください。",
    ("catalog", "refused"): "いまはカタログに書き込めません。示された点を直してください。",
    ("disk", "full"): "空き容量が足りません。不要なファイルを消すか、WATCHER_DATA を広いところに移してください。",
    ("source", "unreadable"): "配信元を読めません。ネットワークと、話題のカテゴリ名を確かめてください。",
    ("days", "unread"): "まだ読めていない配信日があります。watcher run か watcher reconcile を実行してください。",
    ("clock", "wrong"): "時計がずれています。時刻の同期（NTP）を有効にしてください。",
    ("model", "missing"): "言語モデルが設定されていません。示された変数を設定してください。",
    ("model", "key"): "サーバーが鍵を受け付けません。OPENAI_API_KEY を確かめてください。",
    ("model", "credit"): "残高か利用枠がありません。補うか、別の鍵を OPENAI_API_KEY に設定してください。",
    ("model", "not_offered"): "サーバーにこのモデルがありません。WATCHER_MODEL を、提供されている名前にしてください。",
    ("model", "access"): "この鍵では使えません。鍵のプロジェクトと権限を確かめてください。",
    (
        "model",
        "limit",
    ): "答えの長さの上限が大きすぎます。config/watcher.toml の [budget] answer_tokens を小さくしてください。",
    ("model", "refused"): "サーバーに断られました。示された理由に従って設定を直してください。",
    (
        "model",
        "address",
    ): "言語モデルのサーバーからの答えではないようです。OPENAI_BASE_URL（多くは /v1 で終わる）を確かめてください。",
    ("model", "unreachable"): "サーバーにつながりません。OPENAI_BASE_URL とネットワークを確かめてください。",
    ("model", "failing"): "サーバーが応じられません。しばらくして試し、続くならサーバーの状態を確かめてください。",
    (
        "model",
        "no_answer",
    ): "論文二本の採点を求めましたが、使える答えが返りません。別のモデルを WATCHER_MODEL に設定してください。",
    ("model", "no_schema"): "json_schema に対応していません。動きますが、形の崩れた応答が増えます。",
    ("slack_token", "refused"): "SLACK_BOT_TOKEN が使えません。アプリを入れ直し、新しいトークンを設定してください。",
    (
        "slack_token",
        "workspaces",
    ): "データベースを使えないため、各ワークスペースは調べていません。先にデータベースを直してください。",
    (
        "slack_token",
        "not_installed",
    ): "このワークスペースにはアプリが入っていません。Web のデスクの /slack/install を開いて入れてください。",
    ("slack_token", "sealed"): "保存されたトークンを読めません。WATCHER_SECRET_KEY に以前の鍵を加えてください。",
    ("slack_token", "unreachable"): "Slack につながりません。ネットワークと SLACK_API_URL を確かめてください。",
    ("slack_scopes", "missing"): "権限が足りません。config/slack/manifest.yaml を適用し、アプリを入れ直してください。",
    (
        "slack_scopes",
        "untold",
    ): "権限の一覧をサーバーから得られません。config/slack/manifest.yaml のとおりか確かめてください。",
    (
        "slack_channel",
        "refused",
    ): "チャンネルを読めません。ID を確かめ、チャンネルで /invite @watcher を実行してください。",
    (
        "slack_channel",
        "outsiders",
    ): "社外の人かゲストがいます。[slack] curators が空のあいだ、その人たちは判断できません。"
    "判断を任せるなら、判断する人全員を curators に書いてください。",
    ("slack_channel", "unreachable"): "Slack につながりません。しばらくして試してください。",
    ("slack_app_token", "refused"): "SLACK_APP_TOKEN が使えません。connections:write を付けて作り直してください。",
    ("slack_app_token", "unreachable"): "Slack につながりません。しばらくして試してください。",
    ("remote", "refused"): "リモートに送れません。鍵か GITHUB_TOKEN、リモートの宛先を確かめてください。",
}
ALL_WELL = "すべて正常です。"
WELL_INSIDE = "調べた範囲では正常です。外部のサービスは調べていません（--offline）。"


def remedy(found: Checkup) -> str:
    """Text that says what was found and what to do about it; "" if everything is in order."""
    if found.name == "remote" and found.sign:
        return push.remedy(found.detail) or FINDING[found.name, found.sign]
    if found.name == "catalog" and found.sign == "refused":
        return mend(found.detail) or FINDING[found.name, found.sign]
    if found.name == "database" and (known := mend(found.detail)):
        return known
    return FINDING[found.name, found.sign] if found.sign else ""


def line(found: Checkup) -> str:
    """A line about one thing: its state, what to do, and its own message."""
    mending = remedy(found)
    told = f"{mending}（{found.detail}）" if mending and found.detail else mending or found.detail
    if found.name == "disk" and not mending:
        told = f"空き {found.detail}"
    return f"［{_HEALTH[found.health]}］{NAME[found.name]}{f'：{told}' if told else ''}"


def broken(names: list[str]) -> str:
    """The list of what is broken, on one line."""
    return f"異常があります：{'、'.join(dict.fromkeys(names))}"
