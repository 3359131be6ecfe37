"""Texts in Japanese that appear on the web pages: buttons, notices and errors. Constants are used in the templates;
functions insert values into a sentence. No text contains markup: everything is escaped where it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from watcher.domain.curation.card import EDITABLE, Card, CardState, Digest
from watcher.domain.facts import Cells, Revision, RowChange, Verdict, Violation
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.ports import Act
from watcher.words_ja import common
from watcher.words_ja.common import (
    OWN_FIELD,
    PRESENT,
    SOURCE_STATE,
    STAGE,
    VERDICT,
    WEEKDAYS,
    by,
    entries,
    field_name,
    moment,
    nothing_read,
    person,
    until,
    violation,
    was_present,
)

SITE = "文献ウォッチャー"
SKIP = "本文へ移動"
RECORDED = "記録済みの応答によるデモ"
RECORDED_NOTE = "要約と採点は、あらかじめ記録した言語モデルの応答を再生しています。"

QUEUE = "判断待ち"
QUEUE_EMPTY = "判断待ちの論文はありません。"
DECIDED = "判断済み"
DECIDED_ALL = "判断済みをすべて表示"
BACK = "一覧へ戻る"
WAYS = "ページ"
WAY_BACK = "前のページ"
KEYS_TITLE = "キー操作"
KEYS = (
    ("j", "次のカードへ"),
    ("k", "前のカードへ"),
    ("a", "追加"),
    ("r", "却下"),
    ("e", "編集"),
    ("l", "あとで"),
    ("u", "取り消す"),
    ("?", "この一覧"),
)

ADD_TITLE = "論文を候補に加える"
ADD_LABEL = "arXiv の番号か URL"
ADD_NOTE = "採点と要約が済むと、カードになります。複数あるときは空白か改行で区切ってください。"
ADD_NONE = "arXiv の番号も URL も見つかりません。例：2306.12672"
ADD_NOT_HERE = (
    "デモでは、論文を手で候補に加えられません。言語モデルの応答が、記録済みのこの日の論文に限られるためです。"
)
TOPIC = "テーマ"
OPEN_CARD = "この論文のページ"

SCORE = "関連度"
CRITERION_LABEL = "基準"
EVIDENCE = "根拠とした原文"
ALL_AUTHORS = "著者全員"
ARXIV_CATEGORIES = "分野・配信元"
WARNINGS = "確認が必要な点"
NEW_TAB = "（新しいタブで開く）"

REASON_OPEN = "理由を添える"
REASON_INPUT = "判断の理由（任意）"

EDIT_NOTE = "追加すると、この内容がカタログの1行になります。URLは論文の識別番号から作られます。"
CANCEL = "やめる"
CONFLICT = (
    "編集中に、ほかの人がこのカードを変更しました。"
    "下の欄はあなたの入力のままです。最新の内容を確かめてから、もう一度保存してください。"
)
CURRENT = "最新の内容"
CELLS_WRONG = "この内容のままではカタログに載せられません。次の点を直してください。"

HINTS = "まだ保存していません。念のため、確かめてください。"
HINTS_NEXT = "このままでよければ、もう一度同じボタンを押してください。"

HINT = MappingProxyType(
    {
        "summary": "2〜3文、である調。「。」で終える。",
        "authors": "例：Suzuki et al. ／ 2名なら A & B",
        "year": "西暦4桁",
        "categories": "1〜3語を「、」でつなぐ。",
        "venue": "例：arXiv (プレプリント)、EMNLP 2023",
        "attention": "高・中・低のあとに、短い理由を括弧で",
    }
)

DIGEST_NONE = "まだ収集の記録がありません。最初の収集が終わると、ここに一日のまとめが出ます。"
NOTHING = "該当なし"
NOTHING_NOTE = "基準に合う論文はありませんでした。"
UNSURE = "「該当なし」とは言えません。下の失敗のため、まだ見ていない論文がありえます。"
SOURCES = "配信元"
FAILURES = "失敗"
BORDERLINE_NOTE = "基準に届かなかった論文。気になるものは原文を確かめてください。"
COSTS = "言語モデル"
STATUS = "いまの状態"
STATUS_CATALOG = "カタログ"
STATUS_CATALOG_PAGE = "カタログを読む"
STATUS_PROPOSALS = "見直しの提案"
STATUS_PUSHED = "リモート"
STATUS_ALARM = "警告"
STATUS_LAST = "最終実行"
STATUS_WAITING = "処理待ち"
STATUS_NOTHING_WAITING = "なし"
STATUS_NEVER = "まだありません"

YOUR_NAME = "お名前"
YOUR_NAME_NOTE = "判断の記録に残ります。"
NAME_UNKNOWN = "お名前を入力"
NAME_SAVE = "決定"
ANONYMOUS = "Web"

SIGN_IN = "サインイン"
SIGN_IN_NOTE = "このページを開くにはパスワードが必要です。"
SECRET = "パスワード"  # noqa: S105 - a label
SIGN_IN_WRONG = "パスワードが違います。"
SIGN_IN_THROTTLED = "続けて失敗したため、しばらくサインインできません。少し待って、もう一度お試しください。"
SIGN_OUT = "サインアウト"
CONTINUE = "自動で移動しないときはこちら"

ERROR_DETAIL = "詳細"
_NOTICE = {
    CardState.OPEN: "判断を取り消しました",
    CardState.LATER: "あとで判断します",
    CardState.ENDORSED: "賛成を記録しました。ほかの人の賛成がそろうと追加されます",
    CardState.REJECTED: "却下しました",
    CardState.APPROVED: "追加を記録しました。まもなくカタログに反映されます",
    CardState.CATALOGED: "カタログに追加しました",
    CardState.MISSING: "カタログに見当たりません",
    CardState.RETURNED: "カタログに戻っています",
}
_CELL_FAULT = {
    "empty": "入力してください",
    "long": "長すぎます",
    "invisible": "見えない文字を含みます",
    "form": "形が違います",
}


_STANDS = frozenset({CardState.APPROVED, CardState.CATALOGED, CardState.RETURNED})
"""States of cards whose rows are to stand in the catalog, or ask whether they are to."""


def day(value: date) -> str:
    """A date as Japanese text, e.g. 2026年6月29日（月）."""
    return f"{value.year}年{value.month}月{value.day}日（{WEEKDAYS[value.weekday()]}）"


def score_spoken(score: int) -> str:
    """Japanese text for a paper's relevance score as a screen reader should read it."""
    return f"{SCORE} {score}（4点満点）"


def new_tab(title: str) -> str:
    """The accessible name of a link that opens a new tab."""
    return f"{title} {NEW_TAB}"


def headline(digest: Digest) -> str:
    """Japanese sentence at the top of the front page with the day's result: how many papers were announced and how many
    found.
    """
    return f"配信された{digest.announced}本から、基準に合う{digest.relevant}本が見つかりました。"


def doubt(digest: Digest) -> str:
    """Japanese text that says why it is not certain that there is nothing today, e.g. because a feed failed."""
    if not (digest.sources or digest.unread):
        return nothing_read(again=digest.has_earlier)
    if digest.handed_over and replace(digest, carried_over=0, handed_over=0).healthy:
        return f"「該当なし」とは言えません。{common.handed_over_plain(digest.handed_over)}"
    if replace(digest, carried_over=0).healthy:
        return f"持ち越し{digest.carried_over}件は次回に採点します。それまで「該当なし」とは言えません。"
    return UNSURE


def figures(digest: Digest) -> tuple[tuple[str, int, bool], ...]:
    """The counts of a digest as (Japanese label, count, whether it indicates a problem); some zeros are left out."""
    told = [
        ("配信", digest.announced, False),
        ("選別を通過", digest.passed, False),
        ("採点", digest.scored, False),
        ("該当", digest.relevant, False),
        ("下読み", digest.triaged, False),
        ("下読みで抽出", digest.named, False),
        ("持ち越し", digest.carried_over, False),
        ("未採点", digest.unscored, True),
    ]
    return tuple((label, count, alarm) for n, (label, count, alarm) in enumerate(told) if n < 4 or count)


def unscored(count: int) -> str:
    """Japanese warning that this many papers could not be scored yet."""
    return f"{count}本がまだ採点できていません。次回の確認でもう一度採点します。"


def source_state(report: FeedReport) -> str:
    """Japanese text for the result of reading a feed, with its numbers of entries if there are new ones."""
    if report.state in {SourceState.FRESH, SourceState.FORGOT}:
        return f"{SOURCE_STATE[report.state]}・{entries(report)}"
    return SOURCE_STATE[report.state]


def cost(digest: Digest) -> str:
    """Japanese text with the calls, tokens and cost of the models on a day."""
    used = digest.usage
    if not used.calls:
        return "呼び出しなし"
    tokens = used.prompt_tokens + used.completion_tokens
    price = f"・${used.cost_usd:.3f}" if used.cost_usd else ""
    return f"呼び出し{used.calls}回・{tokens:,}トークン{price}"


def disagreements(count: int) -> str:
    """Japanese heading of the papers for which the classifier's probability and the model's score disagree."""
    return f"事前選別と採点が食い違った論文（{count}本）"


def borderline(count: int) -> str:
    """Japanese heading of the papers whose score is just below the threshold for being shown."""
    return f"惜しくも届かなかった論文（{count}本）"


def notices(count: int) -> str:
    """Japanese heading of the changes to papers that curators have seen (replaced, renamed, withdrawn)."""
    return f"カードやカタログにある論文の変更（{count}本）"


def more_open(count: int) -> str:
    """Japanese text that says how many further undecided papers there are beyond those on the page."""
    return f"ほかに{count}本あります。上のカードを判断すると順に現れます。"


def add_too_many(count: int, most: int) -> str:
    """Japanese refusal of a nomination form that names `count` papers where `most` are allowed."""
    return f"論文が{count}本あります。一度に{most}本までにしてください。"


def counted(label: str, count: int) -> str:
    """A Japanese label followed by a count in brackets."""
    return f"{label}（{count}）"


def waiting(counts: Mapping[str, int]) -> str:
    """Japanese text that says how many papers wait for each stage of the pipeline, on one line."""
    told = [f"{STAGE.get(stage, stage)} {count}件" for stage, count in counts.items() if count]
    return "・".join(told) or STATUS_NOTHING_WAITING


def decided(card: Card) -> str:
    """Japanese text that says who decided about a paper and when, and its row in the catalog; "" for an
    undecided paper.
    """
    if card.decision is None or card.state is CardState.OPEN:
        return ""
    who = by(card.decision.curator, card.decision.desk)
    where = row(card) if card.state in _STANDS else ""
    told = (until(card.until) if card.until else "", who, moment(card.decision.at, card.zone), where)
    return "・".join(part for part in told if part)


def row(card: Card) -> str:
    """Japanese text for the number of a paper's row in the catalog; "" if it has none."""
    if card.row is None or card.state is CardState.MISSING or card.row.change is RowChange.REMOVED:
        return ""
    return f"第{card.row.number}行" if card.row.number else ""


def notice(card: Card) -> str:
    """Japanese message after a click that says what state the paper is in now."""
    if card.retrying:
        return common.RETRY_ASKED
    told = PRESENT if was_present(card) else _NOTICE[card.state]
    where = row(card)
    if card.state not in _STANDS and where:
        return f"{told}。カタログの{where}は、まもなく外れます。"
    return f"{told}（{where}）。" if where else f"{told}。"


def saved(card: Card) -> str:
    """Japanese confirmation that a curator's edit was stored; for a card that waits, that this has not added the paper."""
    return "編集を保存しました。" + ("カタログにはまだ追加していません。" if card.state in EDITABLE else "")


def cell_faults(found: Iterable[Violation]) -> dict[str, str]:
    """Japanese error messages about a curator's edited cells, by cell name; under "" those that belong to no single
    cell.
    """
    told: dict[str, list[str]] = {}
    for one in found:
        cell, _, kind = one.code.rpartition("_")
        known = cell in Cells.names() or cell in OWN_FIELD
        if one.code == "year":
            told.setdefault("year", []).append("西暦4桁で入力してください")
        elif known and kind in _CELL_FAULT:
            detail = f"（{one.detail}）" if one.detail else ""
            told.setdefault(cell, []).append(_CELL_FAULT[kind] + detail)
        else:
            told.setdefault("", []).append(violation(one))
    return {cell: "／".join(faults) for cell, faults in told.items()}


def length(count: int) -> str:
    """Japanese text for the number of characters that the summary in the edit form has."""
    return f"現在{count}字"


def curator(name: str) -> str:
    """The name recorded for who decides on the web pages: the typed name with a mark that it is not verified."""
    return f"{name}（{ANONYMOUS}）" if name else ANONYMOUS


def too_long_name(limit: int) -> str:
    """Japanese error message for a name that is too long."""
    return f"お名前は{limit}字までの文字で入力してください。"


TITLES: Mapping[int, str] = MappingProxyType(
    {
        400: "この操作はできませんでした",
        403: "この操作は受け付けられません",
        404: "ページが見つかりません",
        405: "この操作はできません",
        409: "変更が重なりました",
        413: "送られた内容が大きすぎます",
        415: "送られた形式を読めません",
        429: "しばらくお待ちください",
        503: "いまは処理できません",
    }
)
TITLE = "思わぬ不具合が起きました"
NOTES: Mapping[int, str] = MappingProxyType(
    {
        400: "内容を確かめて、もう一度お試しください。",
        403: "ページが古くなっています。一覧を開き直して、もう一度操作してください。",
        404: "カードが無いか、URLが違います。",
        405: "一覧に戻って、ボタンから操作してください。",
        409: "一覧を開き直して、最新の内容を確かめてください。",
        413: "入力を短くして、もう一度お試しください。",
        415: "一覧に戻って、ボタンから操作してください。",
        429: "数分おいてから、もう一度お試しください。",
        503: "記録された判断は失われません。少し待って、もう一度お試しください。",
    }
)
NOTE = "記録された判断は失われません。続くようなら、管理者にログの確認を頼んでください。"


SHORT = "記録"
LOG_TITLE = "判断と編集の記録"
LOG_NOTE = "すべての判断・編集・再要約や再試行の依頼を、新しい順に並べています。記録は書き足されるだけで、消えません。"
EMPTY = "まだ記録がありません。"
OLDER = "さらに前の記録"

_OTHER_ACTS = {"revise": "編集", "rewrite": "再要約を依頼", "retry": common.RETRY_ACT}


def act(done: Act) -> str:
    """Japanese name of a curator's action (approve, reject, edit …) in the activity log."""
    return _OTHER_ACTS.get(done.what) or VERDICT[Verdict(done.what)]


def detail(done: Act) -> str:
    """Japanese text for the reason of a decision, or for the change of a cell, in the activity log."""
    cell, found, rest = done.detail.partition(": ")
    if done.until is not None:
        return " ".join(f"{until(done.until)} {done.detail}".split())
    if done.what != "revise" or not found:
        return done.detail
    return f"{field_name(cell)}：{rest.replace(' -> ', ' → ', 1)}"


def change(one: Revision) -> str:
    """Japanese text for an edit of a cell, and who made it."""
    return f"{person(one.curator)} さん：{field_name(one.cell)}　「{one.before}」→「{one.after}」"
