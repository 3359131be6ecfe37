"""Japanese texts in Slack for one person: answers to /watch, nominated papers, the Home tab."""

from __future__ import annotations

from watcher.words_ja.handover import UNSCORED

HELP = """`/watch` でできること
• `/watch search 言葉 …`　カードとカタログから探します
• `/watch status`　今日の状況
• `/watch add arXiv の番号か URL …`　論文を手で候補に加えます
• `/watch run`　配信元をいま読みに行きます
• `/watch help`　この説明
`add` と `run` は、登録されたキュレーターだけが使えます。"""

CHECKING = "確認しています…"
STARTED = "巡回を始めます。終わったらお知らせします。"
NOT_A_CURATOR = "これができるのは、登録されたキュレーターだけです。必要なら管理者に追加を頼んでください。"
WHAT_TO_SEARCH = "探す言葉を続けて書いてください。例：`/watch search 世界モデル`"
WHAT_TO_ADD = "arXiv の番号か URL を続けて書いてください。例：`/watch add 2306.12672`"
NO_PAPER = "このメッセージには arXiv の番号も URL も見つかりませんでした。"
NOTHING_FOUND = "見つかりませんでした。言葉を減らすか、別の言葉で試してください。"
UNKNOWN = "arXiv に見つかりません。番号を確かめてください。"
ON_ITS_WAY = "候補に加えました。採点と要約が済むと、カードが届きます。"
NOT_SERVED = "このワークスペースには、見られる話題がまだありません。管理者にたずねてください。"
INSTALLED = "文献ウォッチを追加しました。この画面を閉じて、話題のチャンネルで /invite @watcher と入力してください。"
NOT_INSTALLED = "追加できませんでした。もう一度、追加のリンクからやり直してください。"
NOMINATE = "候補に加える"
LINK_OFFER = "この論文を候補に加えますか。採点と要約をして、カードにします。"

HOME = "今日のようす"
HOME_QUEUE = "判断を待つ論文"
HOME_NONE = "判断を待つ論文はありません。"
HOME_SETTINGS = "表示の設定（自分だけ）"
HOME_SHOW = "表示するもの"
HOME_STRONG = "関連度 4 だけ"
HOME_LATER = "「あとで」にしたものも"
HOME_MINE = "「あとで」は自分のものだけ"
HOME_OPEN = "カードへ"
PREVIOUS = "前へ"
NEXT = "次へ"
NO_NEWS_YET = "まだ何も読んでいません。"


def too_many(count: int, most: int) -> str:
    """The refusal of a request that names too many papers."""
    return f"論文が {count} 本あります。一度に {most} 本までにしてください。"


JOIN_A_CHANNEL = (
    "話題のチャンネルで使うか、話題のチャンネルに参加してください。参加しているチャンネルの話題だけを表示します。"
)


def which_topic(slugs: str) -> str:
    """The question which of several topics is meant."""
    return f"話題が複数あります。話題のチャンネルで使うか、番号のあとに話題の名前を書いてください：{slugs}"


def failed(error: str) -> str:
    """The message that a request failed; `error` is Japanese already."""
    return f"⚠ うまくいきませんでした。{error}"


def stands(state: str, score: int | None) -> str:
    """The state and score of a paper's card."""
    return f"{state}　{UNSCORED if score is None else f'関連度 {score}'}"


def row(number: int | None) -> str:
    """A catalog row that a search found."""
    return f"カタログ No. {number}" if number is not None else "カタログの追加欄"


def found(count: int, most: int) -> str:
    """The heading of search results."""
    return f"*{count} 件*" if count < most else f"*はじめの {most} 件*"


def ran(announced: int, scored: int, posted: int) -> str:
    """The result of a run that was requested in Slack."""
    return f"巡回が終わりました。新着 {announced}、採点 {scored}、投稿 {posted}。"


def waiting(count: int) -> str:
    """Text that says how many cards wait for a decision."""
    return f"判断待ち *{count}件*"


def page(first: int, last: int, total: int) -> str:
    """Text that says which part of the queue is shown."""
    return f"{first}–{last} 件目 / {total} 件"


def done(label: str, title: str) -> str:
    """The confirmation of an action on the Home tab."""
    return f"✓ {label}：{title}"
