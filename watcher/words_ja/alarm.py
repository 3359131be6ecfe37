"""Japanese texts of alarms: what is wrong, what to do, and that it is over."""

from __future__ import annotations

from typing import Final

from watcher.domain.alarm import Alarm, AlarmChange, AlarmKind

TITLE: Final = {
    AlarmKind.NO_NEWS: "新しい論文が届いていません",
    AlarmKind.MISSED: "arXiv の全件リストと手元の件数が合いません",
    AlarmKind.SCORE: "採点が失敗し続けています",
    AlarmKind.SUMMARIZE: "要約が失敗し続けています",
    AlarmKind.POST: "Slack に投稿できません",
    AlarmKind.CATALOG: "カタログに書き込めません",
    AlarmKind.PUSH: "カタログをリモートに送れません",
    AlarmKind.ROWS: "承認した行がカタログから失われています",
    AlarmKind.SCHEDULE: "予定の時刻に実行されていません",
    AlarmKind.CLICKS: "Slack のボタンが届いていません",
    AlarmKind.DATABASE: "データベースを使えません",
}
REMEDY: Final = {
    AlarmKind.NO_NEWS: "arXiv の状況を確かめてください。休日なら watcher.toml の holidays に加えてください。"
    "届いていない論文は、夜の照合で自動的に取り込まれます。",
    AlarmKind.MISSED: "抜けていた論文は取り込み済みか、次の照合で取り込まれます。続くときは watcher reconcile を実行してください。",
    AlarmKind.SCORE: "watcher doctor で鍵、モデル名、残高を確かめてください。待っている論文は失われません。",
    AlarmKind.SUMMARIZE: "watcher doctor で鍵、モデル名、残高を確かめてください。待っている論文は失われません。",
    AlarmKind.POST: "watcher doctor で権限とチャンネルを確かめてください。その間は Web のデスクで判断できます。",
    AlarmKind.CATALOG: "カードに示された原因を直してください。判断は記録済みで、自動でもう一度試します。",
    AlarmKind.PUSH: "watcher doctor で鍵と権限を確かめてください。行は手元に保存してあります。",
    AlarmKind.ROWS: "どのコミットにも、その行を外した記録がありません（reset や強制プッシュなど）。"
    "カードの「もう一度載せる」か watcher catalog put-back で戻せます。",
    AlarmKind.SCHEDULE: "プロセスを再起動してください。実行されなかった分は起動時に行われます。",
    AlarmKind.CLICKS: "watcher doctor で SLACK_APP_TOKEN とネットワークを確かめてください。"
    "続くときはプロセスを再起動してください。その間は Web のデスクで判断できます。",
    AlarmKind.DATABASE: "サーバー、空き容量、DATABASE_URL を確かめてください。",
}
_MARK: Final = {AlarmChange.OPENED: "警告", AlarmChange.REMINDED: "継続中", AlarmChange.CLOSED: "解消"}


def heading(alarm: Alarm) -> str:
    """Text that says what is wrong, or that it is over."""
    return f"【{_MARK[alarm.change]}】{TITLE[alarm.kind]}"


def remedy(alarm: Alarm) -> str:
    """Text that says what to do; "" for an alarm that is over."""
    return "" if alarm.change is AlarmChange.CLOSED else REMEDY[alarm.kind]


def line(alarm: Alarm) -> str:
    """An alarm on one line."""
    detail = f"（{alarm.detail}）" if alarm.detail else ""
    return f"{heading(alarm)}{detail}　{remedy(alarm)}".rstrip()


def told(text: str) -> str:
    """An alarm in a list of failures, from the text `kind: detail`."""
    kind, _, detail = text.partition(": ")
    known = AlarmKind(kind)
    return f"{TITLE[known]}{f'（{detail}）' if detail else ''}　{REMEDY[known]}"
