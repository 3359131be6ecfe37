"""Japanese texts of the Slack desk: cards, digest, edit form, and ephemeral messages to one curator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from watcher.domain.facts import Violation
from watcher.domain.paper import AnnounceType
from watcher.words_ja import common, handover

_TOKYO = ZoneInfo("Asia/Tokyo")
_WEEKDAYS = "月火水木金土日"

APPROVE = "追加"
REJECT = "却下"
EDIT = "編集"
LATER = "あとで"
UNDO = "取り消す"

ANNOUNCED = {
    AnnounceType.NEW: "新着",
    AnnounceType.CROSS: "他分野からの掲載",
    AnnounceType.REPLACE: "改訂版",
    AnnounceType.REPLACE_CROSS: "改訂版（他分野）",
}

ATTENTION = "注目度"
NO_SUMMARY = "（概要はありません）"
REASON = "判定の理由"
CHECK = "⚠ *確認してください*"
SEPARATOR = " · "

REJECTED = "*却下*"
POSTPONED = "*あとで*"
WRITING = "*追加* カタログに書き込んでいます…"
PRESENT = f"✓ *{common.PRESENT}*"
CATALOGED = "✓ *追加済み*"
REMOVING = "*取り消し* カタログから行を外しています…"
REWRITING = "要約し直しています…"
DECISION_REASON = "理由"
WRITE_TROUBLE = "⚠ カタログに書き込めませんでした。判断は保存してあり、自動でもう一度試します。"
REMOVE_TROUBLE = "⚠ カタログから行を外せませんでした。判断は保存してあり、自動でもう一度試します。"
NOT_SHOWABLE = "Slack が本文を受け付けなかったため、番号だけを表示しています。内容はリンク先で確かめてください。"

NOTHING = "*該当なし*　今日は、基準に合う論文がありませんでした。"
UNSURE = "該当する論文はまだ見つかっていません。確かめ終えていないものがあるため、「なし」とは言い切れません。"
DECIDED = "前回からの判断"
REMINDER_NEXT = "急ぎではありません。手のあいたときに、カードのボタンから判断してください。"
SOURCES = "配信元"
FAILURES = "⚠ *うまくいかなかったこと*"
FAILED_NEXT = "次の巡回で取り直します。"
STALLED_NEXT = "次の巡回でもう一度確かめます。"
FAILURE_NEXT = "失敗した処理は、次の巡回で自動的にやり直します。"
RECORDED = "記録済みの応答による判定です（モデルは呼び出していません）"

EDIT_TITLE = "カタログの行を編集"
EDIT_SAVE = "保存"
EDIT_CLOSE = "閉じる"
EDIT_LOADING = "読み込んでいます…"
EDIT_APPROVE_LABEL = "保存のあと"
EDIT_GONE = "このカードは見つかりませんでした。フォームを閉じて、Slack の新しいカードから編集してください。"
EDIT_DECIDED = "この論文は、すでに判断されています。内容を変えるには、先にカードの「取り消す」を押してください。"

NOT_A_CURATOR = "このカードを判断できるのは、登録されたキュレーターだけです。必要なら管理者に追加を頼んでください。"
NO_SUCH_CARD = "このカードは見つかりませんでした。古いカードかもしれません。新しいカードから操作してください。"
CHANGED_SINCE = "行の内容が、表示されたあとで編集されました。新しい内容を確かめてから、もう一度押してください。"
NOT_KNOWN_CURATOR = "判断できる人の一覧を Slack から読めませんでした。少し待って、もう一度押してください。"
NOT_RECORDED = "操作を記録できませんでした。少し待って、もう一度押してください。"


def score(value: int) -> str:
    """The score in bold. Slack's markup needs spaces on both sides beside Japanese."""
    return f"関連度 *{value}* / 4"


def spoken_score(value: int) -> str:
    """The score as a screen reader should read it."""
    return f"関連度{value}（4点満点）"


def by_hand(who: str) -> str:
    """The note that a curator nominated the paper."""
    return f"手動（{who}）"


def others(count: int) -> str:
    """Text that says how many authors are not named."""
    return f" ほか{count}名"


def moment(at: datetime) -> str:
    """A time in Tokyo."""
    local = at.astimezone(_TOKYO)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def row_number(number: int) -> str:
    """The number of the row in the catalog."""
    return f"No. {number}"


def commit(short: str) -> str:
    """The commit that changed the catalog."""
    return f"コミット `{short}`"


def digest_title(day: date) -> str:
    """The heading of the digest."""
    return f"文献ウォッチ　{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def found(cards: int) -> str:
    """Text that says how many cards follow."""
    return f"*{cards}件* のカードを届けます。"


def found_before(relevant: int) -> str:
    """The number of relevant papers on a day without new cards."""
    return f"基準に合う論文は *{relevant}件* です。カードは準備ができたものから届きます。"


def funnel(announced: int, screened: int, passed: int, scored: int, relevant: int) -> str:
    """The day's counts, from announced to relevant."""
    return f"発表 *{announced}* → 選別 *{screened}* → 通過 *{passed}* → 採点 *{scored}* → 関連あり *{relevant}*"


def brief(day: date, announced: int) -> str:
    """A day without news, in one line."""
    return f"{day.month}月{day.day}日　該当なし（発表 {announced}件をすべて確かめました）"


def threaded(shown: int, below: int) -> str:
    """Text that says where the cards of a day with many cards are."""
    return f"点の高い {shown}件はこの下に、残りの {below}件はこのスレッドに届けます。"


def scored(score: int, count: int) -> str:
    """The heading of the papers with one score."""
    return f"*関連度 {score}*　{count}件"


def verdicts(approved: int, rejected: int, put_off: int) -> str:
    """Text that says how many papers were approved, rejected and put off; zeros are left out."""
    told = [f"追加 {approved}" if approved else "", f"却下 {rejected}" if rejected else ""]
    told.append(f"あとで {put_off}" if put_off else "")
    return SEPARATOR.join(part for part in told if part)


def reminder(count: int, days: int) -> str:
    """The heading of cards that have waited too long."""
    return f"*判断を待っているカードがあります*　{days}日より前から {count}件"


def waits(posted: datetime, score: int | None, *, put_off: bool) -> str:
    """Text that says since when a card has waited."""
    told = handover.UNSCORED if score is None else f"関連度 {score}"
    local = posted.astimezone(_TOKYO)
    return f"{local.month}月{local.day}日から（{told}{'、あとで' if put_off else ''}）"


def unscored(count: int) -> str:
    """The note on papers without a score, and what happens next."""
    return f"未採点 *{count}件*　次の巡回でもう一度採点します。"


def carried_over(count: int) -> str:
    """The note on papers that will be scored on another day."""
    return f"持ち越し *{count}件* は次回に採点します。"


def entries(total: int, new: int) -> str:
    """Text that says how many entries a feed had."""
    return f"{total}件（うち新規{new}件）"


def borderline(count: int) -> str:
    """The heading of the papers just below the threshold."""
    return f"*境界*　基準にわずかに届かなかった論文 {count}件"


def notices(count: int) -> str:
    """The heading of the changes to known papers."""
    return f"*既知の論文の変更*　{count}件"


def more(count: int) -> str:
    """Text that says how many items are not shown."""
    return f"ほか{count}件"


def usage(calls: int, prompt: int, completion: int, cost: float) -> str:
    """Calls, tokens and cost of the models."""
    return f"モデル呼び出し {calls}回 · トークン 入力 {prompt:,} / 出力 {completion:,} · 約 ${cost:.2f}"


def not_fit(found: Iterable[Violation]) -> str:
    """Text that says why a card cannot be approved as it is, and what to do."""
    faults = "、".join(common.violation(one) for one in found)
    return f"この内容のままではカタログに載せられません（{faults}）。「編集」で直してから追加してください。"


def endorsed(count: int, needed: int, names: str) -> str:
    """The state of an approval that needs further curators."""
    return f"*追加に賛成 {count}/{needed}*{SEPARATOR}{names}{SEPARATOR}あと{needed - count}人の「追加」で加わります。"


def not_yours(name: str) -> str:
    """Text that says why somebody else's decision cannot be undone."""
    return f"これを取り消せるのは、判断した {name} さんだけです。必要なら、ご本人に頼んでください。"


def accessible(action: str, native: str) -> str:
    """A button's accessible name for screen readers."""
    return f"{action}：{native}"
