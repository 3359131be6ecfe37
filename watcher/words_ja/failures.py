"""Error messages in Japanese: what failed, what happens next, what to do; the English error text follows in
brackets.
"""

from __future__ import annotations

import errno
import os
import re
import traceback
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from watcher.domain.errors import (
    BadReply,
    BusyError,
    CapReached,
    CatalogError,
    ConfigError,
    DatabaseError,
    DeskError,
    FeedError,
    Misuse,
    ModelError,
    PushError,
    Unavailable,
    UsageError,
    WatcherError,
    unforeseen,
)
from watcher.domain.facts import Push
from watcher.domain.health import Alarm, AlarmChange, AlarmKind
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.text import has_japanese, visible
from watcher.logs import redact
from watcher.words_ja.common import FORGOT_NEXT, unread, unread_days

_STAGE: Final = {
    "collect": "配信元に読めないものがありました。次回の確認で自動的に読み直します。",
    "triage": "下読みできなかった論文があります。失われず、次回の確認でもう一度読みます。続くときは採点に回します。",
    "score": "採点できなかった論文があります。失われず、次回の確認でもう一度採点します。",
    "summarize": "要約できなかった論文があります。失われず、次回の確認でもう一度要約します。",
    "post": "送れなかった投稿があります。自動でもう一度送ります。",
    "reactions": "Slack のリアクションを読めませんでした。失われず、次回の確認で読みます。",
    "catalog": "カタログに反映できていません。判断は記録済みで、自動でもう一度試します。",
    "rows": "追加した行がカタログのブランチから失われています。自動では戻しません。"
    "カードの「もう一度載せる」か watcher catalog put-back で戻せます。",
    "schedule": "予定の実行が2日以上ありませんでした。その間の配信はこの実行で読みます。GitHub の Actions のページで、"
    "予定が止められていないか確かめてください。",
    "refresh": "カタログの論文を見直せませんでした。次の予定の日にもう一度見直します。",
}
_STALLED: Final = "新しい配信が届いていません。届くまで読み続け、抜けた分は夜の照合で取り込みます。"
_STATE: Final = {SourceState.STALLED: _STALLED, SourceState.FORGOT: FORGOT_NEXT}
_BISECT: Final = "リポジトリで git bisect が途中です。git bisect reset で終えてください。"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OTHER: Final = "途中で止まった処理があります。次回の確認で自動的に続けます。"

# Pieces of the English text that name a cause which only a person can mend, with what to do.
_MEND: Final = {
    "the disk is full": "ディスクに空きを作ってください。処理は続きから再開します。",
    "keeps the database locked": "データベースを開いているほかのプログラムを終え、もう一度実行してください。",
    "the database cannot be written to": "データベースのファイルとフォルダーの書き込み権限を確かめてください。",
    "the database cannot be opened": "データベースの場所と、読み書きの権限を確かめてください。",
    "the database cannot be reached": "データベースのサーバーと DATABASE_URL を確かめてください。",
    "connections to the database are in use": "少し待って、もう一度実行してください。",
    "the file is no database": "バックアップから戻すか、別のファイルを指定してください。",
    "the database is damaged": "最後のバックアップから戻してください（watcher db restore）。",
    "the disk failed under the database": "ディスクの状態と空きを確かめてください。",
    "the tables are not as this program makes them": "別のプログラムのデータベースでないか、確かめてください。",
    "another program's database": "WATCHER_DATA か DATABASE_URL で別の場所を指定してください。",
    "beside the database": "データフォルダーの空き容量と書き込み権限を確かめてください。",
    "the database is gone": "バックアップから戻してください（watcher db restore）。新しく始めるなら、残ったファイルを消してください。",
    "the database is an empty file": "バックアップから戻してください（watcher db restore）。"
    "新しく始めるなら、空のファイルを消してください。",
    "the database is empty, but one stood here": "バックアップから戻してください（watcher db restore）。"
    "新しく始めるなら、このファイルと .made を消してください。",
    "OPENAI_API_KEY": "OPENAI_API_KEY を確かめてください。",
    "credit is used up": "モデルの残高を補うか、別の鍵を使ってください。",
    "check the key's project and rights": "鍵に与えられた権限を確かめてください。",
    "does not offer this model": "WATCHER_MODEL をサーバーが提供するモデル名にしてください。",
    "check the network": "ネットワークと OPENAI_BASE_URL を確かめてください。",
    "OPENAI_BASE_URL": "OPENAI_BASE_URL を確かめてください。",
    "answer_tokens": "config/watcher.toml の [budget] answer_tokens を小さくしてください。",
    "check the service's key": "そのサービスの鍵（S2_API_KEY か OPENALEX_API_KEY）を確かめてください。",
    "with a key of your own": "自分の鍵（S2_API_KEY か OPENALEX_API_KEY）を設定すると、断られにくくなります。",
    "the file is empty": "空でない Markdown ファイルを WATCHER_CATALOG に指定してください。"
    "新しく始めるなら、空のファイルを消して WATCHER_CATALOG を外すと、ひな形から作られます。",
    "check the path": "ファイルの場所を確かめてください。",
    "check the file": "ファイルの場所と中身を確かめてください。",
    "install git": "git を入れてください。",
    "cannot connect": "ネットワークを確かめてください。",
    "edit the card": "カードの「編集」で内容を直してください。",
    "the card's edit button": "カードの「編集」で内容を直してください。",
    "the branch checked out is": "カタログのブランチとは別のブランチが開かれています。カタログのブランチをチェックアウトするか、"
    "移すなら watcher.toml の [catalog] branch を直すか watcher catalog adopt を実行してください。",
    "is no longer checked out": "書き込む直前にブランチが切り替えられました。カタログのブランチをチェックアウトしてください。",
    "a bisect is under way": _BISECT,
    "the repository is damaged": "リポジトリが壊れています。git fsck で確かめるか、クローンし直してください。",
    "core.bare is set": "リポジトリに作業ツリーがありません。git config core.bare false を実行してください。",
    "HEAD is detached": "どのブランチも開かれていません（HEAD が切り離されています）。"
    "カタログのブランチをチェックアウトしてください。",
    "the signing program": "コミットに署名できません。示されたプログラムが何も尋ねずに署名できるよう、"
    "git の gpg.* と user.signingKey を確かめてください。",
    "does not hold the file": "カタログのブランチにファイルがありません。ブランチか [catalog] branch を確かめてください。",
    "is not set up on this machine": "カタログに指定されたフィルターがこのマシンにありません。示されたフィルターを入れて設定してください。",
    "the filter '": "カタログのフィルターが動きません。示されたプログラムと git の filter の設定を確かめてください。",
    "merge or rebase is unfinished": "リポジトリで途中のマージかリベースを、git status の案内どおりに終えるか、中止してください。",
    "the file is unmerged": "リポジトリでマージの衝突を解消してください。",
    "unfinished merge": "ファイルに残ったマージの衝突を解消してください。",
    "another host's copy": "カタログのあるホストで動かすか、watcher catalog adopt でこちらに移してください。",
    "several rows are about": "同じ論文の行を一つだけ残してください。",
    "catalog learn": "watcher catalog learn を実行すると、この一覧の書き方を読み取って書き込めるようになります。"
    "または7列の表を一つだけにしてください。",
    "beside it for what the watcher adds": "表か箇条書きの Markdown ファイルを別に用意し、テーマの設定の [catalog] file に指定してください。",
    "WATCHER_CATALOG": "WATCHER_CATALOG にカタログの Markdown ファイルを指定してください。",
    "mend the folder's rights": "フォルダーの権限と空き容量を確かめてください。",
    "by hand": "カタログを手で直してください。",
}

_APART: Final = "literature-watcher を専用の環境（pipx、uvx、新しい venv）に入れ直してください。"
_ROOM: Final = "ディスクに空きを作ってください。"
_RIGHTS: Final = "ファイルとフォルダーの場所と権限を確かめてください。"
_SYSTEM: Final = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EIO: "ディスクを確かめてください。"}

_KIND: Final = (
    (ConfigError, "設定に誤りがあります"),
    (Misuse, "指定が正しくありません"),
    (UsageError, "できない操作です"),
    (DatabaseError, "データベースを使えません"),
    (BusyError, "別の watcher が同じデータで動いています"),
    (CapReached, "1日の上限に達しました"),
    (FeedError, "論文の情報を読めませんでした"),
    (ModelError, "言語モデルのサーバーから答えを得られませんでした"),
    (DeskError, "Slack が受け付けませんでした"),
    (PushError, "カタログをリモートに送れませんでした"),
    (Unavailable, "外部のサービスが応答しません"),
    (BadReply, "言語モデルの答えの形が正しくありません"),
    (CatalogError, "カタログを安全に変更できません"),
)


def mend(text: str) -> str:
    """Japanese text that says what a person can do about an error, from the error's text; "" if it is
    enough to wait.
    """
    return next((remedy for sign, remedy in _MEND.items() if sign in text), "")


def failure(stage: str, error: str) -> str:
    """Japanese text for an error in a stage of the pipeline, with what to do about it and the error text."""
    if stage == "push":
        return trouble(error)
    if stage == "alarm":
        return alarm_told(error)
    if stage == "unread":
        return unread_days(list(map(date.fromisoformat, _DAY.findall(error))))
    known = _STAGE.get(stage)
    if stage == "collect":
        known = next((words for state, words in _STATE.items() if f" {state}: " in error), known)
    return f"{known or _OTHER}{mend(error)}（{error if known or not stage else f'{stage}: {error}'}）"


def told(text: str) -> str:
    """Japanese text for a failure of a run, which is given as text in the form `stage: error`."""
    stage, found, error = text.partition(": ")
    return failure(stage, error) if found else failure("", text)


def reading(report: FeedReport) -> str:
    """Japanese text for the error in reading a feed, or for entries that could not be parsed; "" for neither."""
    error = visible(report.error)
    if words := _STATE.get(report.state):
        return f"{words}（{error}）" if error else words
    if report.state is SourceState.FAILED:
        return f"次回の確認で自動的に読み直します。{mend(error)}（{error}）"
    return unread(error) if error else ""


def line_of(raised: Exception) -> str:
    """The line, in Japanese, on stderr about the error that ended a command, without secrets; for an unexpected one the
    traceback if WATCHER_DEBUG is set.
    """
    if isinstance(raised, WatcherError):
        text = error(raised)
    elif isinstance(raised, ModuleNotFoundError):
        text = missing_library(raised.name or "")
    elif os.environ.get("WATCHER_DEBUG"):
        return redact("".join(traceback.format_exception(raised)))
    else:
        text = system(raised) if isinstance(raised, OSError) and raised.strerror else unexpected(raised)
    return redact(f"watcher: {text}".replace("\n", " ")) + "\n"


def error(raised: WatcherError) -> str:
    """Japanese text for the error that ended a command: a sentence of its own, or the kind of error, what to do, and
    the English text in brackets.
    """
    from watcher.words_ja import refusals  # noqa: PLC0415 - a hundred patterns that only an error needs

    if sentence := refusals.told(raised):
        return sentence
    kind = next((words for kind, words in _KIND if isinstance(raised, kind)), "処理を続けられませんでした")
    if isinstance(raised, ConfigError):
        lines = [str(raised)] if raised.about else raised.message.splitlines()
        return f"{kind}。{' '.join(map(refusals.problem, lines))}"
    if has_japanese(raised.message):
        return str(raised)  # made of words already
    return f"{kind}。{mend(str(raised))}（{raised}）"


def unexpected(raised: Exception) -> str:
    """Japanese message for an unexpected exception."""
    if isinstance(raised, ImportError) and raised.name == "watcher":  # PyPI's `watcher` has replaced __init__.py
        return f"別のパッケージ watcher がこのプログラムのファイルを上書きしています。{_APART}（{raised}）"
    return f"思わぬ不具合が起きました。WATCHER_DEBUG=1 を付けて実行すると、場所が分かります（{unforeseen(raised)}）"


_EXTRAS: Final = {"procrastinate": "postgres", "psycopg": "postgres", "psycopg_pool": "postgres", "sklearn": "learn"}


def missing_library(name: str) -> str:
    """Japanese message for a library that is not installed, with the pip command that installs it."""
    extra = _EXTRAS.get(name.partition(".")[0])
    if extra is None:
        return f"{name} が入っていません。literature-watcher を入れ直してください。"
    return f"この機能に必要な {name} が入っていません。次のコマンドで入れてください：pip install -c constraints.txt '.[{extra}]'"


def system(raised: OSError) -> str:
    """Japanese message for an error of the operating system, such as a full disk or a missing permission."""
    named = visible(str(raised.filename)) if raised.filename else ""
    said = f"{named}: {raised.strerror}" if named else str(raised.strerror)
    return f"ファイルを読み書きできません。{_SYSTEM.get(raised.errno or 0, _RIGHTS)}（{said}）"


_TOKYO: Final = ZoneInfo("Asia/Tokyo")
NOTHING_NEW = "送信するコミットはありません。"
_KEPT = "行は手元に保存してあり、自動でもう一度試します。"
_TROUBLE: Final = {
    "wants signed commits": "リモートは署名付きのコミットだけを受け付けます。このマシンの git に commit.gpgSign と"
    " user.signingKey を設定し、送信待ちのコミットを一度 git rebase --force-rebase --gpg-sign で署名し直してください。",
    "does not accept the commits' author": "リモートがコミットの作成者を受け付けません。"
    "watcher.toml の [catalog] author_name と author_email を直してください。",
    "does not accept what a commit holds": "リモートがコミットの内容を受け付けません（大きなファイル、秘密の値など）。"
    "示されたものを、送信待ちのコミットから取り除いてください。",
    "is not set up for the remote": "このマシンの git からリモートに送れません。"
    "watcher を動かすユーザーで git push を試し、示されたことを直してください。",
    "the remote refuses the push": "リモートが受け付けません。示されたことをリモートで直してください。",
    "is not at the remote, it follows": "手元のブランチは、リモートでは別の名前のブランチに対応しています。"
    "名前を合わせて、[catalog] branch を直すか watcher catalog adopt を実行してください。",
    "is gone from the remote": "リモートのブランチがなくなっています（名前が変わったか、削除されました）。作り直さずに止めています。"
    "新しい名前に合わせて手元のブランチと [catalog] branch を直すか、watcher catalog adopt を実行してください。",
    "was rewritten at the remote": "リモートのブランチが書き換えられました（強制プッシュ）。外された行を戻さないよう、送信を止めています。"
    "リモートに合わせるなら git stash と git reset --hard で追い付き、なくなった行はカードの「もう一度載せる」で戻せます。",
    "the branch checked out is": "カタログのブランチとは別のブランチが開かれています。"
    "カタログのブランチに戻すか、移すなら [catalog] branch を直すか watcher catalog adopt を実行してください。",
    "a bisect is under way": _BISECT,
    "HEAD is detached": "どのブランチも開かれていません（HEAD が切り離されています）。カタログのブランチをチェックアウトしてください。",
    "the branch is protected": "ブランチが保護されています。権限を与えるか、push を pull-request に変えてください。",
    "does not accept our credentials": "リモートの認証に失敗しました。鍵か GITHUB_TOKEN を確かめてください。",
    "there is no such repository": "リモートのリポジトリが見つかりません。宛先とトークンの権限を確かめてください。",
    "cannot be reached": "リモートにつながりません。",
    "changed here and there": "手元とリモートで同じ箇所が変わっています。手でマージしてください。",
    "uncommitted changes": "未コミットの変更と重なります。コミットするか、取り消してください。",
}


def pushed(push: Push) -> str:
    """Japanese text that says when and to which branch the catalog was last pushed."""
    local = push.at.astimezone(_TOKYO)
    where = f"{push.branch} {push.commit[:10]}".strip()
    asked = f" {push.url}" if push.url else ""
    return f"最後の送信：{local.month}月{local.day}日 {local:%H:%M}（{where}）{asked}"


def remedy(error: str) -> str:
    """Japanese text that says what a person can do about a failed git push of the catalog, from the error text; "" if
    no advice is known.
    """
    return next((words for sign, words in _TROUBLE.items() if sign in error), "")


def trouble(error: str) -> str:
    """Japanese text for a failed git push of the catalog, with what to do about it and the error text."""
    return f"{remedy(error) or 'カタログをリモートに送れていません。'}{_KEPT}（{error}）"


TITLE: Final = {
    AlarmKind.NO_NEWS: "新しい論文が届いていません",
    AlarmKind.MISSED: "arXiv の全件リストと手元の件数が合いません",
    AlarmKind.TRIAGE: "下読みが失敗し続けています",
    AlarmKind.SCORE: "採点が失敗し続けています",
    AlarmKind.SUMMARIZE: "要約が失敗し続けています",
    AlarmKind.POST: "Slack に投稿できません",
    AlarmKind.CATALOG: "カタログに書き込めません",
    AlarmKind.PUSH: "カタログをリモートに送れません",
    AlarmKind.ROWS: "追加した行がカタログから失われています",
    AlarmKind.SCHEDULE: "予定の時刻に実行されていません",
    AlarmKind.CLICKS: "Slack のボタンが届いていません",
    AlarmKind.DATABASE: "データベースを使えません",
}
REMEDY: Final = {
    AlarmKind.NO_NEWS: "arXiv の状況を確かめてください。休日なら watcher.toml の holidays に加えてください。"
    "届いていない論文は、夜の照合で自動的に取り込まれます。",
    AlarmKind.MISSED: "抜けていた論文は取り込み済みか、次の照合で取り込まれます。続くときは watcher reconcile を実行してください。",
    AlarmKind.TRIAGE: "watcher doctor で鍵、モデル名、残高を確かめてください。読めなかった論文は失われず、続くときは採点に回ります。",
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
    """Japanese heading of the message about an alarm: new, lasting or over, and what is wrong."""
    return f"【{_MARK[alarm.change]}】{TITLE[alarm.kind]}"


def alarm_remedy(alarm: Alarm) -> str:
    """Japanese text that says what to do about an alarm; "" for an alarm that is over."""
    return "" if alarm.change is AlarmChange.CLOSED else REMEDY[alarm.kind]


def line(alarm: Alarm) -> str:
    """Japanese text for an alarm on one line: heading, detail, and what to do."""
    detail = f"（{alarm.detail}）" if alarm.detail else ""
    return f"{heading(alarm)}{detail}　{alarm_remedy(alarm)}".rstrip()


def alarm_told(text: str) -> str:
    """Japanese text for an alarm in a list of failures, where it is given as text in the form `kind: detail`."""
    kind, _, detail = text.partition(": ")
    known = AlarmKind(kind)
    return f"{TITLE[known]}{f'（{detail}）' if detail else ''}　{REMEDY[known]}"
