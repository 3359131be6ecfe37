"""Texts in Japanese that appear in Slack: messages about papers (cards), the digest, the edit form, and ephemeral
messages to one curator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from watcher.domain.curation.card import CardState, Digest
from watcher.domain.curation.reactions import ReactionOutcome
from watcher.domain.curation.related import Related
from watcher.domain.facts import Verdict, Violation
from watcher.words_ja import common
from watcher.words_ja.common import CARD_STATE

ATTENTION = "注目度"
NO_SUMMARY = "（概要はありません）"
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
REMINDER_NEXT = "急ぎません。お手すきのときにお願いします。"
SOURCES = "配信元"
FAILURES = "⚠ *うまくいかなかったこと*"
FAILED_NEXT = "次回の確認で取り直します。"
STALLED_NEXT = "次回の確認でもう一度確かめます。"
FAILURE_NEXT = "失敗した処理は、次回の確認で自動的にやり直します。"
RECORDED = "記録済みの応答による判定です（モデルは呼び出していません）"

EDIT_SAVE = "保存"
EDIT_LOADING = "読み込んでいます…"
EDIT_APPROVE_LABEL = "保存のあと"
EDIT_GONE = "このカードは見つかりませんでした。フォームを閉じて、Slack の新しいカードから編集してください。"
EDIT_DECIDED = "この論文は、すでに判断されています。内容を変えるには、先にカードの「取り消す」を押してください。"

NOT_A_CURATOR = "このカードを判断できるのは、担当者だけです。必要なら管理者に追加を頼んでください。"
NO_SUCH_CARD = "このカードは見つかりませんでした。古いカードかもしれません。新しいカードから操作してください。"
ENDORSED_ALREADY = "あなたの賛成は、すでに記録されています。ほかの人の賛成がそろうと追加されます。"
CHANGED_SINCE = "行の内容が、表示されたあとで編集されました。新しい内容を確かめてから、もう一度押してください。"
NOT_KNOWN_CURATOR = "判断できる人の一覧を Slack から読めませんでした。少し待って、もう一度押してください。"
NOT_RECORDED = "操作を記録できませんでした。少し待って、もう一度押してください。"


# On cards without buttons.
UNDO_BY_REACTION = "付けたリアクションを外すと、次回の確認で取り消します。"


def reactions(emoji: Sequence[tuple[Verdict, str]]) -> str:
    """Japanese line that explains which emoji reaction stands for which verdict."""
    named = "　".join(f"{shown} {common.VERDICT[verdict]}" for verdict, shown in emoji)
    return f"リアクションで判断：{named}（次回の確認で反映します）"


# About reactions that decided nothing, by the reason; {emoji} are those of the person.
REACTION_QUESTION: Mapping[ReactionOutcome, str] = MappingProxyType(
    {
        ReactionOutcome.UNCLEAR: "さんの {emoji} は、どちらの判断か分からないため、まだ記録していません。"
        "残すほうだけにするか、カードのボタンで判断してください。",
        ReactionOutcome.UNFIT: "さんの {emoji} は、まだ追加になっていません。このままではカタログに載せられないところがあります。"
        "カードの「編集」で直してから「追加」を押してください。",
        ReactionOutcome.NOT_YOURS: "さんの {emoji} では、ほかの人の判断を変えられません。必要なら、ご本人に頼んでください。",
    }
)


def score(value: int | None) -> str:
    """Japanese text for a paper's relevance score, bold in Slack's markup, which needs spaces on both sides beside
    Japanese; or that it has none.
    """
    return common.UNSCORED if value is None else f"関連度 *{value}* / 4"


def spoken_score(value: int | None) -> str:
    """Japanese text for a paper's relevance score, or that it has none, as a screen reader should read it."""
    return common.UNSCORED if value is None else f"関連度{value}（4点満点）"


def by_hand(who: str) -> str:
    """Japanese note in a paper's message that this person nominated the paper."""
    return f"{common.BY_HAND}（{who}）"


def others(count: int) -> str:
    """Japanese text that says how many further authors a paper has."""
    return f" ほか{count}名"


def row_number(number: int) -> str:
    """Japanese text for the number of a paper's row in the catalog."""
    return f"No. {number}"


def commit(short: str) -> str:
    """Japanese text for the git commit that changed the catalog."""
    return f"コミット `{short}`"


def digest_title(day: date) -> str:
    """Japanese heading of the day's digest."""
    return f"文献ウォッチ　{day.month}月{day.day}日（{common.WEEKDAYS[day.weekday()]}）"


def found(cards: int) -> str:
    """Japanese text in the digest that says how many papers are shown in messages after it."""
    return f"*本日の候補は{cards}件です。*"


def found_before(relevant: int) -> str:
    """Japanese text in a digest with no new messages that says how many papers are relevant; their messages follow when
    they are ready.
    """
    return f"基準に合う論文は *{relevant}件* です。カードは準備ができたものから届きます。"


def counts(digest: Digest) -> str:
    """Japanese line of the day's counts: how many of the announced papers are relevant, and how many a model read."""
    triage = f"下読み{digest.triaged}件、" if digest.triaged else ""
    return f"{digest.announced}件中{digest.relevant}件が該当（{triage}採点{digest.scored}件）"


def brief(day: date, announced: int) -> str:
    """Japanese one-line digest of a day on which no announced paper was relevant."""
    return f"{day.month}月{day.day}日　該当なし（配信 {announced}件をすべて確かめました）"


def threaded(shown: int, below: int) -> str:
    """Japanese text in the digest of a long day: the best `shown` papers follow in the channel, `below` others in the
    digest's thread.
    """
    return f"点の高い {shown}件はこの下に、残りの {below}件はこのスレッドに届けます。"


def scored(score: int, count: int) -> str:
    """Japanese heading in the digest for the papers that have this relevance score."""
    return f"*関連度 {score}*　{count}件"


def verdicts(approved: int, rejected: int, put_off: int) -> str:
    """Japanese text that says how many papers were approved, rejected and put off; zeros are left out."""
    told = [f"追加 {approved}" if approved else "", f"却下 {rejected}" if rejected else ""]
    told.append(f"あとで {put_off}" if put_off else "")
    return SEPARATOR.join(part for part in told if part)


def reminder(count: int, days: int) -> str:
    """Japanese heading of the list of papers that have waited at least this many days for a decision."""
    return f"*{days}日以上、判断を待っているカードが{count}件あります*"


def due(count: int) -> str:
    """Japanese heading of the list of papers that were put off until a day that has come."""
    return f"*「あとで」にした日が来たカードが{count}件あります*"


def waits(
    posted: datetime, score: int | None, *, put_off: bool, until: date | None = None, zone: str = "Asia/Tokyo"
) -> str:
    """Japanese text about a paper that waits for a decision: when it was posted, its score, and until when it was put
    off.
    """
    local = posted.astimezone(ZoneInfo(zone))
    later = f"・{common.until(until)}あとで" if until else "・あとで" if put_off else ""
    return f"{local.month}月{local.day}日・{common.relevance(score)}{later}"


def unscored(count: int) -> str:
    """Japanese note on papers that the model could not score, and what happens next."""
    return f"未採点 *{count}件*　次回の確認でもう一度採点します。"


def carried_over(count: int) -> str:
    """Japanese note on papers that are left for the next run or day to be scored."""
    return f"持ち越し *{count}件* は次回に採点します。"


def borderline(count: int) -> str:
    """Japanese heading of the papers whose score is just below the threshold for being shown."""
    return f"*惜しくも届かなかった論文*　{count}件"


def disagreements(count: int) -> str:
    """Japanese heading of the papers for which the classifier's probability and the model's score disagree."""
    return f"*事前選別と採点が食い違った論文*　{count}件"


def apart(probability: float, score: int) -> str:
    """Japanese text with the classifier's probability and the model's score of a paper for which the two disagree."""
    return f"（事前選別 {common.percent(probability)}・採点 {score}）"


REST = "残りの候補"
REJECT_REST = "残りを却下"
REJECT_REST_ASKED = "まだ判断されていない本日の候補を、すべて却下します。あとでまとめて取り消せます。"
UNDO_REST = "まとめて取り消す"
BACK = "やめる"
NONE_LEFT = "残っている候補はありません。"
NOTHING_TO_UNDO = "まとめて取り消せる却下はありません。"
NO_SUCH_DIGEST = "このお知らせは見つかりませんでした。新しいカードから操作してください。"


def swept(count: int) -> str:
    """Japanese text that says how many remaining papers of a digest were rejected at once."""
    return f"残りの{count}件をまとめて却下しました"


def notices(count: int) -> str:
    """Japanese heading of the changes to papers that curators have seen (replaced, renamed, withdrawn)."""
    return f"*既知の論文の変更*　{count}件"


def more(count: int) -> str:
    """Japanese text that says how many items of a list are not shown."""
    return f"ほか{count}件"


def usage(calls: int, prompt: int, completion: int, cost: float) -> str:
    """Japanese text with the calls, tokens and cost of the models."""
    return f"モデル呼び出し {calls}回 · トークン 入力 {prompt:,} / 出力 {completion:,} · 約 ${cost:.2f}"


def not_fit(found: Iterable[Violation]) -> str:
    """Japanese text that says why a paper cannot be approved with its present texts, and what to do."""
    faults = "、".join(common.violation(one) for one in found)
    return f"この内容のままではカタログに載せられません（{faults}）。「編集」で直してから追加してください。"


def endorsed(count: int, needed: int, names: str) -> str:
    """Japanese text for an approval that needs more curators: `count` of `needed` have agreed, with their names."""
    return f"*賛成{count}*（{names}）。あと{needed - count}人の賛成で追加されます。"


def not_yours(name: str) -> str:
    """Japanese text that says that only the curator with this name can undo a decision."""
    return f"これを取り消せるのは、判断した {name} さんだけです。必要なら、ご本人に頼んでください。"


def accessible(action: str, native: str) -> str:
    """A button's accessible name for screen readers: the action, and the id of the paper that it is for."""
    return f"{action}：{native}"


PREVIEW = "カタログに入る行"
NO_PREVIEW = "（入力すると、ここに行が現れます）"
PREVIEW_BROKEN = "このままではカタログに載せられません："
PREVIEW_FAILED = "カタログを読めないため、行を表示できません。保存はできます。"
CONFLICT = "*編集中に、ほかの人がこの行を変えました*"
CONFLICT_NEXT = (
    "あなたが触れていない欄は、新しい内容に入れ替えました。よければ、もう一度「保存」を押すと、この上に保存します。"
)
HINTS = "*念のため、確かめてください*"
HINTS_NEXT = "このままでよければ、もう一度「保存」を押してください。"


def changed(name: str, when: str, cell: str, before: str, after: str) -> str:
    """Japanese line, in a conflict of edits, about a change of a cell that another curator made meanwhile."""
    return f"{name} さん（{when}）：{cell}　「{before}」→「{after}」"


# docs.slack.dev/reference/methods/chat.postMessage
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "not_in_channel": "チャンネルで /invite @watcher としてアプリを招いてください",
        "channel_not_found": "SLACK_CHANNEL にチャンネルの ID を設定し、アプリを招いてください",
        "is_archived": "チャンネルのアーカイブを解除するか、SLACK_CHANNEL を別のチャンネルにしてください",
        "missing_scope": "config/slack/manifest.yaml の権限をアプリに与え、入れ直してください",
        "not_authed": "SLACK_BOT_TOKEN を設定してください",
        "invalid_auth": "SLACK_BOT_TOKEN と SLACK_APP_TOKEN を、アプリのいまのトークンにしてください",
        "not_allowed_token_type": "SLACK_BOT_TOKEN には xoxb- で始まるボットのトークンを設定してください",
        "token_revoked": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "token_expired": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "account_inactive": "アプリを入れ直し、新しい SLACK_BOT_TOKEN を設定してください",
        "no_permission": "アプリがこの操作をできるよう、ワークスペースの管理者に頼んでください",
        "access_denied": "アプリがこの操作をできるよう、ワークスペースの管理者に頼んでください",
        "posting_to_general_channel_denied": "#general への投稿を許可してもらうか、SLACK_CHANNEL を別のチャンネルにしてください",
        "no_such_subteam": "[slack] curator_group にユーザーグループの ID（S で始まる）を設定してください",
        "org_login_required": "組織への移行を終えるよう、ワークスペースの管理者に頼んでください",
        "ekm_access_denied": "鍵の管理によりアクセスが止められています。ワークスペースの管理者に頼んでください",
        "team_access_not_granted": "このワークスペースをアプリに許可するよう、組織の管理者に頼んでください",
    }
)
RESTRICTED = "チャンネルへの投稿をアプリに許可するよう、ワークスペースの管理者に頼んでください"


_HELP = """`/watch` でできること
• `/watch search 言葉 …`　カードとカタログから探します
• `/watch status`　今日の状況
• `/watch add arXiv の番号か URL …`　論文を手で候補に加えます
• `/watch run`　配信元をいま読みに行きます
• `/watch help`　この説明
カードは、ボタンのほかにリアクション（管理者が変えていなければ :white_check_mark: 追加、:x: 却下、:clock3: あとで）でも判断できます。外すと取り消しです。
`add` と `run` は、{who}。"""

CHECKING = "確認しています…"
STARTED = "確認を始めます。終わったらお知らせします。"
CURATORS_ONLY = "これができるのは、担当者だけです。必要なら管理者に追加を頼んでください。"
WHAT_TO_SEARCH = "探す言葉を続けて書いてください。例：`/watch search 題名や著者名の言葉`"
WHAT_TO_ADD = "arXiv の番号か URL を続けて書いてください。例：`/watch add 2306.12672`"
NO_PAPER = "このメッセージには arXiv の番号も URL も見つかりませんでした。"
NOTHING_FOUND = "見つかりませんでした。言葉を減らすか、別の言葉で試してください。"
UNKNOWN = "arXiv に見つかりません。番号を確かめてください。"
ON_ITS_WAY = "候補に加えました。採点と要約が済むと、カードが届きます。"
NOT_SERVED = "このワークスペースには、見られるテーマがまだありません。管理者にたずねてください。"
INSTALLED = "文献ウォッチを追加しました。この画面を閉じて、テーマのチャンネルで /invite @watcher と入力してください。"
NOT_INSTALLED = "追加できませんでした。もう一度、追加のリンクからやり直してください。"
LINK_OFFER = "この論文を候補に加えますか。採点と要約をして、カードにします。"

HOME = "今日のようす"
HOME_QUEUE = "判断を待つ論文"
HOME_NONE = "判断を待つ論文はありません。"
HOME_SETTINGS = "表示の設定（自分だけ）"
HOME_STRONG = "関連度 4 だけ"
HOME_LATER = "「あとで」にしたものも"
HOME_MINE = "「あとで」は自分のものだけ"
HOME_OPEN = "カードへ"
PREVIOUS = "前へ"
NEXT = "次へ"
NO_NEWS_YET = "まだ何も読んでいません。"


def usage_of_command(*, everybody: bool) -> str:
    """Japanese help text of the Slack command `/watch`. `everybody` says that no curators are configured, so that every
    member may use all of it.
    """
    return _HELP.format(who="ワークスペースのメンバーならだれでも使えます" if everybody else "担当者だけが使えます")


def no_such_subcommand(verb: str) -> str:
    """Japanese text that says that `/watch` cannot be followed by this word."""
    return f"`/watch {verb}` という使い方はありません。"


def too_many(count: int, most: int) -> str:
    """Japanese refusal of a request that names `count` papers where `most` are allowed."""
    return f"論文が {count} 本あります。一度に {most} 本までにしてください。"


JOIN_A_CHANNEL = (
    "テーマのチャンネルで使うか、テーマのチャンネルに参加してください。参加しているチャンネルのテーマだけを表示します。"
)


def which_topic(slugs: str) -> str:
    """Japanese question which of several topics is meant, with their slugs."""
    return f"テーマが複数あります。テーマのチャンネルで使うか、番号のあとにテーマの名前を書いてください：{slugs}"


def failed(error: str) -> str:
    """Japanese message that a request in Slack failed; `error` is Japanese already."""
    return f"⚠ うまくいきませんでした。{error}"


def stands(state: str, score: int | None) -> str:
    """Japanese text for the state of a paper and its score."""
    return f"{state}　{common.relevance(score)}"


def row(number: int | None) -> str:
    """Japanese text for a search result that is a catalog row, by its number; None for a row without one."""
    return f"カタログ No. {number}" if number is not None else "カタログの追加欄"


def papers_found(count: int, most: int) -> str:
    """Japanese heading of search results with their number."""
    return f"*{count} 件*" if count < most else f"*はじめの {most} 件*"


def ran(announced: int, scored: int, posted: int) -> str:
    """Japanese text for the result of a pipeline run that a person started in Slack."""
    return f"確認が終わりました。配信 {announced}、採点 {scored}、投稿 {posted}。"


def waiting(count: int) -> str:
    """Japanese text that says how many papers wait for a decision."""
    return f"判断待ち *{count}件*"


def page(first: int, last: int, total: int) -> str:
    """Japanese text that says which part (first to last of how many) of the undecided papers the Home tab shows."""
    return f"{first}–{last} 件目 / {total} 件"


def done(label: str, title: str) -> str:
    """Japanese confirmation of an action on the Home tab: the action's label and the paper's title."""
    return f"✓ {label}：{title}"


EVIDENCE, SIMILAR, AUTHORS, REWRITE = "evidence", "similar", "authors", "rewrite"
LOOKS: Mapping[str, str] = MappingProxyType(
    {EVIDENCE: "根拠と要旨", SIMILAR: "似た論文", AUTHORS: "同じ著者の論文", REWRITE: "要約し直す"}
)

OTHER = "other"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        **dict(zip(("scope", "thin", "known", "weak"), common.REASONS, strict=True)),
        OTHER: "その他（書き込む）",
    }
)
TOMORROW, NEXT_WEEK, ANY_DAY = "tomorrow", "week", "day"
UNTIL: Mapping[str, str] = MappingProxyType({TOMORROW: "明日", NEXT_WEEK: "来週", ANY_DAY: "日付を選ぶ"})
UNTIL_CHOOSE = "いつ？"
UNTIL_CHANGE = "日を変える"
UNTIL_LABEL = "いつお知らせしますか"
UNTIL_PAST = "明日以降の日付を選んでください。"
UNTIL_GONE = "この論文は、いまは「あとで」になっていません。カードの表示を確かめてください。"


def until(day: date) -> str:
    """Japanese text that says until which day the decision about a paper is put off."""
    return f"{day.month}月{day.day}日（{common.WEEKDAYS[day.weekday()]}）にお知らせします"


REASON_CHOOSE = "理由を選ぶ"
REASON_CHANGE = "理由を変える"
REASON_TITLE = "却下の理由"
REASON_LABEL = "却下の理由（任意）"
REASON_HINT = "ひとことで構いません。次からの選び方に生かします。"
REASON_NOT_YOURS = "理由を書き足せるのは、却下した人だけです。"
REASON_GONE = "この論文は、いまは却下されていません。カードの表示を確かめてください。"

FAILED = "画面を開けませんでした。もう一度お試しください。"
UNREADABLE = "カタログを読めなかったため、表示できませんでした。管理者に知らせてください。"
QUOTE = "根拠"
NO_QUOTES = "（根拠として引かれた文はありません）"
ABSTRACT_PAGE = "arXiv"
KEYWORDS = "当たった語"
NO_SIMILAR = "近い論文は、カードにもカタログにも見つかりませんでした。"
SIMILAR_NOTE = "題名・要旨・概要に出る語の近さ（TF-IDF、0〜100）で並べています。"
NO_AUTHORS = "同じ著者の論文は、カードにもカタログにも見つかりませんでした。"
AUTHORS_NOTE = "カードは著者名、カタログの行は筆頭著者の姓で照らし合わせています。同姓の別人かもしれません。"
REWRITE_ASKED = "要約し直しています。できあがるとカードが新しくなります。手で直した欄はそのまま残ります。"
REWRITE_WAITS = "この論文は、すでに要約し直しているところです。"
REWRITE_DECIDED = "この論文は、すでに判断されています。要約し直すには、先に「取り消す」を押してください。"

_VERDICT = {
    None: CARD_STATE[CardState.OPEN],
    Verdict.APPROVE: CARD_STATE[CardState.CATALOGED],
    Verdict.ENDORSE: CARD_STATE[CardState.ENDORSED],
    Verdict.REJECT: CARD_STATE[CardState.REJECTED],
    Verdict.LATER: CARD_STATE[CardState.LATER],
    Verdict.UNDO: CARD_STATE[CardState.OPEN],
}


def probability(value: float) -> str:
    """Japanese text for the classifier's probability that a paper belongs to the topic."""
    return f"事前選別の見込み {value:.0%}"


def near(one: Related) -> str:
    """Japanese text about a related paper: its catalog row or its state, its year and its similarity."""
    where = f"カタログ No. {one.row}" if one.row else (_VERDICT[one.verdict] if one.card else "カタログ（番号なし）")
    nearness = f"近さ {round(one.nearness * 100)}" if one.nearness else ""
    return "　".join(part for part in (where, str(one.year or ""), nearness) if part)
