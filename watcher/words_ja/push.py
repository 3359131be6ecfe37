"""Japanese texts about pushing the catalog to its remote repository."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from watcher.domain.facts import Push

_TOKYO: Final = ZoneInfo("Asia/Tokyo")
NOTHING_NEW = "送信するコミットはありません。"
_KEPT = "行は手元に保存してあり、自動でもう一度試します。"
_TROUBLE: Final = {
    "wants signed commits": "リモートは署名付きのコミットだけを受け付けます。このマシンの git に commit.gpgSign と"
    " user.signingKey を設定し、送信待ちのコミットを一度 git rebase --force-rebase --gpg-sign で署名し直してください。",
    "does not accept the commits' author": "リモートがコミットの作成者を受け付けません。"
    "watcher.toml の [catalog] author_name と author_email を直してください。",
    "is gone from the remote": "リモートのブランチがなくなっています（名前が変わったか、削除されました）。作り直さずに止めています。"
    "新しい名前に合わせて手元のブランチと [catalog] branch を直すか、watcher catalog adopt を実行してください。",
    "was rewritten at the remote": "リモートのブランチが書き換えられました（強制プッシュ）。外された行を戻さないよう、送信を止めています。"
    "リモートに合わせるなら git stash と git reset --hard で追い付き、なくなった行はカードの「もう一度載せる」で戻せます。",
    "the branch checked out is": "カタログのブランチとは別のブランチが開かれています。"
    "カタログのブランチに戻すか、移すなら [catalog] branch を直すか watcher catalog adopt を実行してください。",
    "HEAD is detached": "どのブランチも開かれていません（HEAD が切り離されています）。カタログのブランチをチェックアウトしてください。",
    "the branch is protected": "ブランチが保護されています。権限を与えるか、push を pull-request に変えてください。",
    "does not accept our credentials": "リモートの認証に失敗しました。鍵か GITHUB_TOKEN を確かめてください。",
    "there is no such repository": "リモートのリポジトリが見つかりません。宛先とトークンの権限を確かめてください。",
    "cannot be reached": "リモートにつながりません。",
    "changed here and there": "手元とリモートで同じ箇所が変わっています。手でマージしてください。",
    "uncommitted changes": "未コミットの変更と重なります。コミットするか、取り消してください。",
}


def pushed(push: Push) -> str:
    """Text that says when and to which branch the last push was made."""
    local = push.at.astimezone(_TOKYO)
    where = f"{push.branch} {push.commit[:10]}".strip()
    asked = f" {push.url}" if push.url else ""
    return f"最後の送信：{local.month}月{local.day}日 {local:%H:%M}（{where}）{asked}"


def remedy(error: str) -> str:
    """Text that says what a person can do about a failed push; "" if nothing is known."""
    return next((words for sign, words in _TROUBLE.items() if sign in error), "")


def trouble(error: str) -> str:
    """A failed push, with what to do about it and the error text."""
    return f"{remedy(error) or 'カタログをリモートに送れていません。'}{_KEPT}（{error}）"
