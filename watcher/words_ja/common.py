"""Texts in Japanese that Slack, web pages and console share: states, verdicts, warnings, and why curators must decide
about a paper without the model's answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from watcher.domain.budget import Cap
from watcher.domain.curation.card import ROW_QUESTIONS, Card, CardState, bare_name
from watcher.domain.curation.reactions import ReactionOutcome
from watcher.domain.facts import (
    EMPTY_CELL,
    HANDOVER_RUNS,
    NO_QUOTE,
    Cells,
    Handover,
    HandoverCause,
    Notice,
    NoticeKind,
    RowChange,
    SentenceVerdict,
    Verdict,
    Violation,
)
from watcher.domain.papers.citations import CitedRow
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import AnnounceType, PaperId, address_of, alike_paper
from watcher.domain.screening.measure import BELONGS, surprising
from watcher.domain.text import clipped, visible

APPROVE = "追加"
REJECT = "却下"
EDIT = "編集"
LATER = "あとで"
UNDO = "取り消す"
CLOSE = "閉じる"
NOMINATE = "候補に加える"
EDIT_TITLE = "カタログの行を編集"
SAVE_ONLY = "保存のみ"
SAVE_APPROVE = "保存して追加"
REASON = "判定の理由"
ABSTRACT = "要旨（原文）"
FOLLOWED_LATER = "判断を記録しました。別の watcher が作業中のため、カタログへの反映は後になります。"
SETTLED_ALREADY = "この提案は、すでに片づいています。変えるときはカタログを直接編集してください。"

STAGE = {
    "collect": "取得",
    "screen": "選別",
    "triage": "下読み",
    "score": "採点",
    "summarize": "要約",
    "post": "投稿",
    "decide": "判断",
    "catalog": "反映",
}

CARD_STATE = {
    CardState.OPEN: "未判断",
    CardState.LATER: LATER,
    CardState.ENDORSED: "賛成（ほかの人の賛成待ち）",
    CardState.REJECTED: REJECT,
    CardState.APPROVED: "追加（反映待ち）",
    CardState.CATALOGED: "追加済み",
    CardState.MISSING: "カタログに見当たりません",
    CardState.RETURNED: "追加を取り消した行が、カタログに戻っています",
}

MISSING_ROW = {
    RowChange.TAKEN_OUT: "追加した行が、人の手でカタログから外されています",
    RowChange.LOST: "追加した行が、カタログのブランチから失われています",
    RowChange.RETURNED: CARD_STATE[CardState.RETURNED],
}
PUT_BACK = "もう一度載せる"
LEAVE_OUT = "外したままにする"
KEEP = "このまま載せる"
TAKE_OUT = "もう一度外す"
ROW_ANSWERS = {
    CardState.MISSING: {Verdict.APPROVE: PUT_BACK, Verdict.REJECT: LEAVE_OUT},
    CardState.RETURNED: {Verdict.APPROVE: KEEP, Verdict.REJECT: TAKE_OUT},
}
WEEKDAYS = "月火水木金土日"
LEFT_OUT = "カタログから外されたため"

# Why a paper is rejected; beside them there is always room for a reason of one's own.
REASONS = ("テーマから外れる", "関わりが表面的", "すでに把握している", "新しさや裏づけが弱い")

CITES = "引用"
BY_HAND = "手動"
_CITED_SHOWN, _CITED_TITLE = 4, 60


def cites(rows: Sequence[CitedRow]) -> str:
    """Japanese text that names a few of the catalog's papers that a new paper cites; "" for none."""
    named = [clipped(visible(row.full), _CITED_TITLE) for row in rows[:_CITED_SHOWN]]
    rest = f" ほか{len(rows) - _CITED_SHOWN}行" if len(rows) > _CITED_SHOWN else ""
    return "、".join(named) + rest


PRESENT = "すでにカタログにあります"
DISAGREEMENT = "事前選別と採点の食い違い"
NOTHING_READ = "まだ何も読んでいません。配信元を読むまで、該当する論文の有無は分かりません。"
NO_NEWS = "前回のお知らせ以降、新しい配信はありません。"

VERDICT = {
    Verdict.APPROVE: APPROVE,
    Verdict.ENDORSE: "賛成",
    Verdict.REJECT: REJECT,
    Verdict.LATER: LATER,
    Verdict.UNDO: UNDO,
}

REACTED = {
    ReactionOutcome.DECIDED: "",
    ReactionOutcome.UNDONE: "判断を取り消しました",
    ReactionOutcome.NOTHING: "判断は変わりません",
    ReactionOutcome.UNCLEAR: "どちらの判断か分からないため、たずねました",
    ReactionOutcome.UNFIT: "このままではカタログに載せられません",
    ReactionOutcome.NOT_YOURS: "ほかの人の判断は変えられません",
    ReactionOutcome.NOT_A_CURATOR: "登録された担当者ではありません",
}

SOURCE_STATE = {
    SourceState.FRESH: "配信あり",
    SourceState.WAITING: "配信待ち",
    SourceState.QUIET: "配信のない日",
    SourceState.STALLED: "更新が止まっています",
    SourceState.FAILED: "取得に失敗",
    SourceState.COMPLETE: "照合済み",
    SourceState.PARTIAL: "一部だけ照合",
    SourceState.FORGOT: "間が空きました",
}

ANNOUNCED = {
    AnnounceType.NEW: "新規",
    AnnounceType.CROSS: "他分野からの掲載",
    AnnounceType.REPLACE: "改訂版",
    AnnounceType.REPLACE_CROSS: "改訂版（他分野）",
}

NOTICE = {
    NoticeKind.REPLACED: "改訂版が出ました",
    NoticeKind.RETITLED: "改訂版の題名が大きく変わりました。同じ論文かどうか確かめてください",
    NoticeKind.WITHDRAWN: "著者または arXiv により取り下げられました",
}

CELL = {
    "title": "論文タイトル",
    "summary": "概要",
    "authors": "著者",
    "year": "発表年",
    "categories": "研究カテゴリー",
    "venue": "カンファレンス名/出版情報",
    "attention": "arXivでの注目度",
}

OWN_FIELD = {
    "number": "番号",
    "link": "リンク",
    "date": "日付",
    "code": "コード",
    "project": "プロジェクトページ",
    "acronym": "略称",
    "task": "課題",
    "comment": "一言",
    "keywords": "キーワード",
    "institution": "所属",
}
"""Names of the fields that a catalog may have beside the seven cells."""

_VIOLATION = {
    "length": "概要の長さが目安に合いません",
    "ending": "文末は「〜を示した。」のように「。」で終えてください",
    "register": "文体が整っていません（です・ます調、話し言葉、「だ」と「である」の混在）",
    "kana": "日本語の割合が低すぎます",
    "stop": "文末はピリオドで終えてください",
    "tone": "文体が整っていません（一人称、短縮形、呼びかけ、話し言葉）",
    "latin": "英語の割合が低すぎます",
    "number": "要旨にない数値があります",
    "name": "要旨にない英字の名称があります",
    "unit": "数値の単位が要旨と違います",
    "hedge": "要旨が控えめに述べることを言い切っています",
    "claim": "要旨にない強い言い方があります",
    "ground": "根拠の引用がない文があります",
    "reason": "判定の理由に、論文にも基準にもない数値や名称があります",
    "quote": "要旨に見つからない引用があります",
    "categories": "研究カテゴリーの形が基準外です",
    "markup": "表を壊す記号や制御文字があります",
    "address": "URLや連絡先などがあり、その文を除きました",
    "citations": "被引用数があり、その文を除きました",
    "award": "受賞や価格に触れる、照合していない文があります",
    "reply": "要約の応答が壊れています",
    "field": "カタログ独自の欄に、要旨にない数値や名称、連絡先、記号があるか、長すぎます",
    "code_form": "コードがURLの形ではありません",
    "project_form": "プロジェクトページがURLの形ではありません",
    "date_form": "日付の形ではありません（例：2026-06-29）",
    "year": "発表年が西暦4桁ではありません",
    **{f"{cell}_empty": f"{word}が空です" for cell, word in CELL.items()},
    **{f"{cell}_long": f"{word}が長すぎます" for cell, word in {**CELL, **OWN_FIELD}.items()},
    **{f"{cell}_invisible": f"{word}に見えない文字があります" for cell, word in {**CELL, **OWN_FIELD}.items()},
}

_VERIFIED = "✓ 要旨と照合済み"
_CORRECTED = "✓ 照合済み（{}か所修正）"
_UNVERIFIED = "– 未照合。要旨と見比べること"
_PLANTED = "⚠ 要旨に要約者への指示らしき文があり、除いて要約した。原文を確認のこと"
_WITHHELD = "⚠ 要旨に要約者への指示らしき文があり、要約を載せていない。原文を確認のこと"

_NO_QUOTES = "根拠の引用がありません。要旨と照らし合わせてください。"
_LENGTH = re.compile(r"(\d+) \((\d+)-(\d+)\)")  # as `violations` writes it: the length, and what is allowed

_CAP = {
    Cap.TOKENS: "本日のトークン数の上限に達する見込みのため、",
    Cap.USD: "本日の費用の上限に達する見込みのため、",
}

_ANOMALY = {
    "long_abstract": "要旨が arXiv の上限（1,920字）を超えています",
    "invisible": "見えない文字や壊れた文字を含みます",
    "empty_abstract": "要旨が空です",
    "empty_title": "題名が空です",
    "no_authors": "著者名がありません",
    "withdrawn": "取り下げられた版です",
    "orders": "AIや査読者に指図する文を含みます。採点と要約は単独で行いました",
    "roles": "AIとの対話を装う記号を含みます。採点と要約は単独で行いました",
    "answer_form": "AIの回答の形を装う文字列を含みます。採点と要約は単独で行いました",
    "encoded": "符号化された文を含みます。採点と要約は単独で行いました",
    "hidden_tex": "紙面で見えなくなるTeX命令を含みます",
    "live_markup": "リンクや通知として働く記法を含みます（ここでは無効にしてあります）",
    "other_script": "英語の要旨に、日本語などほかの文字で書かれた部分を含みます。採点と要約は単独で行いました",
    "mixed_scripts": "形の似た別の文字を混ぜた語を含みます。採点と要約は単独で行いました",
    "styled_letters": "全角や数学用などの装飾文字で綴った語を含みます。採点と要約は単独で行いました",
}


RETRY = "もう一度試す"
RETRY_ASKED = "次回の確認で、もう一度モデルに尋ねます。"
RETRY_WAITS = "この論文は、次回の確認でもう一度モデルに尋ねることになっています。"
RETRY_DECIDED = "この論文は、すでに判断されています。もう一度試すには、先に「取り消す」を押してください。"
RETRY_NOT_NEEDED = "この論文には、すでにモデルの答えがあります。"
RETRY_ACT = "再試行を依頼"
UNSCORED = "採点なし"
NO_SUMMARY = (
    f"概要は空です。「追加」を押すと編集画面が開きます（端末から追加すると、概要の欄は「{EMPTY_CELL}」になります）。"
)
EMPTY_SUMMARY = f"概要の欄は「{EMPTY_CELL}」です（モデルの要約がないため）。"

CAUSE: Final = {
    HandoverCause.REFUSED: "言語モデルのサーバーが、この論文についての質問を拒みます",
    HandoverCause.UNUSABLE: "言語モデルが、この論文について使える答えを返しません",
    HandoverCause.BROKEN: "この論文について尋ねると、言語モデルのサーバーが答えを返さずに失敗します",
}
LACKING: Final = {"score": "採点と要約", "summarize": "要約"}
_LONGEST_ERROR = 300

# How the places of entries begin in what a source says of those it could not read, joined by "; ".
_UNREAD_PLACE = re.compile(r"(?:^|; )(?:entry|line|record) \d+\b")
_LONGEST_UNREAD = 600
# arxiv.org/category_taxonomy: archives with subjects, and those without
_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\.[A-Za-z-]{2,18}"
    r"|astro-ph|gr-qc|hep-(?:ex|lat|ph|th)|math-ph|nucl-(?:ex|th)|quant-ph"
)
_MOST_DAYS = 7
FORGOT_NEXT = (
    "前回の項目が一つも残っていません。間に載った論文はこの配信元からは分からず、自動では取り込めません。"
    "号ごとに入れ替わる誌ならそのままで構いません。"
)
UNREAD_NEXT = "watcher run か watcher reconcile が arXiv の全件リストから取り込みます。それまで、その日の論文は漏れているおそれがあります。"


def field_name(name: str) -> str:
    """Name of a catalog field for people: Japanese for the seven standard cells, for others as known or as given."""
    return CELL.get(name) or OWN_FIELD.get(name, name)


def own_fields(cells: Cells) -> list[tuple[str, str]]:
    """The filled fields of a catalog row beside the seven standard cells, as pairs (label, text)."""
    return [(field_name(name), text) for name, text in cells.own.items() if text]


def taken_out(count: int) -> str:
    """Japanese text that says how many approved rows somebody removed from the catalog, and that curators should decide
    about them.
    """
    return f"追加した行が {count} 件、カタログから外されています。カードで「{PUT_BACK}」か「{LEAVE_OUT}」を選んでください。"


def returned(count: int) -> str:
    """Japanese text that says how many removed rows are in the catalog again, and that curators should decide about
    them.
    """
    return (
        f"追加を取り消した行が {count} 件、カタログに戻っています。カードで「{KEEP}」か「{TAKE_OUT}」を選んでください。"
    )


def missing(card: Card) -> str:
    """Japanese text that says that a paper's catalog row is missing, or back after its removal; "" for any
    other paper.
    """
    if card.row is None or card.state not in ROW_QUESTIONS:
        return ""
    return MISSING_ROW[card.row.change]


def discussion(card: Card) -> str:
    """Japanese text that says how many replies there are in the thread of a paper's message; "" if there are none."""
    return f"💬 Slack のスレッドに話し合いがあります（{card.replies}件）" if card.replies else ""


def card_state(card: Card) -> str:
    """Japanese name of the state of a paper that was shown to curators (undecided, added …). A paper that people had
    added to the catalog by themselves gets another text.
    """
    if card.state in ROW_QUESTIONS:
        return missing(card)
    return PRESENT if was_present(card) else CARD_STATE[card.state]


def was_present(card: Card) -> bool:
    """Whether a paper is approved and was in the catalog already, added by people, when the program was
    about to add it.
    """
    present = card.row is not None and card.row.change is RowChange.PRESENT
    return present and card.state is CardState.CATALOGED


def percent(share: float) -> str:
    """Japanese text for a probability as a percentage; a very small one is "less than 1 %", not 0 %."""
    if 0 < share < 0.01:
        return "1%未満"
    return "99%超" if 0.99 < share < 1 else f"{share:.0%}"


def disagreement(probability: float | None, score: int | None) -> str:
    """Japanese warning that the classifier's probability and the model's score of a paper are far apart; "" if they are
    not.
    """
    if probability is None or score is None or not surprising(probability, score):
        return ""
    expected = "可能性が高い" if score < BELONGS else "可能性が低い"
    return f"事前選別では{expected}（{percent(probability)}）と見ましたが、採点は{score}でした。"


_DESK = {"web": "Web", "slack": "Slack", "console": "端末"}


def moment(at: datetime, zone: str = "Asia/Tokyo") -> str:
    """A time in a time zone as Japanese text, e.g. 6月30日 14:05."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def relevance(score: int | None) -> str:
    """Japanese text for a paper's relevance score, or that it has none."""
    return UNSCORED if score is None else f"関連度 {score}"


def until(day: date) -> str:
    """Japanese text for the day to which a card was put off, e.g. 12月2日まで."""
    return f"{day.month}月{day.day}日まで"


def person(curator: str) -> str:
    """The name of who acted, without id and desk; whoever gave no name at the console is called by the desk."""
    name = bare_name(curator)
    return _DESK[name] if name == "console" else name


def by(curator: str, desk: str) -> str:
    """Japanese text that says who acted and at which desk, each named once."""
    name, where = person(curator), _DESK.get(desk, desk)
    if not where or name == where:
        return where or name
    return f"{name}（{where}）"


def nothing_read(*, again: bool) -> str:
    """Japanese text for a digest without any feed read: since the program began, or with `again`, since the previous
    digest.
    """
    return NO_NEWS if again else NOTHING_READ


def feed_name(name: str) -> str:
    """The name of a feed for people: for arXiv its category, or the number of its categories; any other
    keeps its name.
    """
    categories = name.split("+")
    if not all(_CATEGORY.fullmatch(category) for category in categories):
        return name
    return f"arXiv（{len(categories)}分野）" if len(categories) > 1 else f"arXiv {name}"


def entries(report: FeedReport) -> str:
    """Japanese text that says how many entries a feed had, and how many of them are revisions of papers announced
    earlier.
    """
    revised = f"（改訂版{report.revised}件を含む）" if report.revised else ""
    return f"{report.entries}件{revised}"


def unread(error: str) -> str:
    """Japanese text that says how many entries of a feed could not be parsed, counted from the error text, which it
    quotes.
    """
    count = max(1, len(_UNREAD_PLACE.findall(error)))
    return f"{count} 件の項目を読めませんでした：{clipped(error, _LONGEST_UNREAD)}"


def verification(card: Card) -> str:
    """Japanese line with the result of the model's check of a paper's summary against the abstract; "" if it was not
    checked.
    """
    found = card.verification
    if found is None:
        return ""
    parts = [_PLANTED if card.cells.summary else _WITHHELD] if found.planted else []
    parts += [mismatch(verdict) for verdict in found.wrong]
    if not found.is_checked and card.cells.summary:
        parts.append(_UNVERIFIED)
    if parts:
        return "　".join(parts)
    return _CORRECTED.format(found.corrected) if found.corrected else _VERIFIED


def mismatch(verdict: SentenceVerdict) -> str:
    """Japanese warning that the abstract does not support a sentence of a summary, or the text of another
    catalog field.
    """
    where = field_name(verdict.field) if verdict.field else f"{verdict.number}文目"
    told = f"⚠ {where}「{verdict.words}」は要旨と不一致"
    return f"{told}：{verdict.reason_ja}" if verdict.reason_ja else told


def marked_summary(card: Card) -> str:
    """A paper's summary with the pieces that the abstract does not support put in brackets, for input fields, which
    cannot show formatting.
    """
    return "".join(f"【{piece}】" if is_wrong else piece for piece, is_wrong in card.marked_summary)


def violation(found: Violation) -> str:
    """Japanese warning that a paper's text for the catalog breaks a rule of the style sheet, with the offending piece
    if there is one.
    """
    if found.code == "quote" and found.detail in {"", NO_QUOTE}:
        return _NO_QUOTES
    if found.code == "length" and (told := _LENGTH.fullmatch(found.detail)):
        length, least, most = map(int, told.groups())
        return f"概要が{'短' if length < least else '長'}すぎます（{length}字。{least}〜{most}字が目安）"
    text = _VIOLATION.get(found.code, found.code)
    if found.code == "field":
        name, _, detail = found.detail.partition(": ")
        return f"{text}：{field_name(name)}（{detail}）"
    return f"{text}：{found.detail}" if found.detail else text


def notice(found: Notice) -> str:
    """Japanese line about a change to a paper that curators have seen (replaced, renamed, withdrawn); with the former
    title if it may be another paper now.
    """
    text = f"第{found.version}版：{NOTICE[found.kind]}"
    return f"{text}（旧題：{found.before}）" if found.kind is NoticeKind.RETITLED else text


def no_holidays(year: int) -> str:
    """Japanese warning that arXiv's holidays of a year are not configured."""
    return f"{year}年の arXiv の配信のない日が設定されていません。watcher.toml の holidays に加えてください。"


def named_days(days: Sequence[date]) -> str:
    """Japanese text that names a few days, or of many the first, the last and their number."""
    if len(days) <= _MOST_DAYS:
        return "、".join(day.isoformat() for day in days)
    return f"{days[0].isoformat()} から {days[-1].isoformat()} までのうち {len(days)} 日"


def unread_days(days: Sequence[date]) -> str:
    """Japanese warning that the papers of some announcement days were never read, and which command reads them."""
    return f"まだ読めていない配信日があります：{named_days(days)}。{UNREAD_NEXT}"


def cap_reached(cap: Cap) -> str:
    """Japanese notice that a daily spending cap stopped scoring and summarizing, and when it continues."""
    return f"{_CAP[cap]}ここで採点と要約を止めました。残りは日付が変わったあと（日本時間）、有望な順に続けます。"


def anomaly(code: str) -> str:
    """Japanese warning to curators about something unusual in a paper's text, or the question whether it is the same as
    another paper; from the anomaly's code.
    """
    if other := alike_paper(code):
        paper = PaperId.from_key(other)
        return f"同じ論文かもしれません（題名と筆頭著者が同じ：{address_of(paper) or paper.native}）。両方を載せる前に確かめてください"
    return _ANOMALY.get(code, code)


def handover_reason(found: Handover) -> str:
    """Japanese text that says why a paper comes to curators without the model's score or summary, followed by the
    server's error message.
    """
    said = visible(found.error)[:_LONGEST_ERROR]
    missing = LACKING.get(found.stage, found.stage)
    return f"{CAUSE[found.cause]}。{HANDOVER_RUNS}回の実行で試しても答えが得られないため、{missing}なしで判断をお願いします（{said}）"


def rewrite_note(card: Card) -> str:
    """Japanese note that a curator's request for another summary of a paper failed, and why; "" for other papers."""
    found = card.failed_rewrite
    if found is None:
        return ""
    said = visible(found.error)[:_LONGEST_ERROR]
    return f"{CAUSE[found.cause]}。{HANDOVER_RUNS}回試しても要約し直せなかったため、いまの要約のままです（{said}）"


def handover_note(card: Card) -> str:
    """Japanese note about a paper without a score or summary from the model: the reason, or that the model is being
    asked again; "" for other papers.
    """
    if card.retrying:
        return RETRY_ASKED
    return handover_reason(card.handover) if card.handover else ""


def summary_note(card: Card) -> str:
    """Japanese note shown instead of the summary if the model wrote none; "" if there is a summary."""
    if not card.is_unwritten or card.cells.summary not in {"", EMPTY_CELL}:
        return ""
    return EMPTY_SUMMARY if card.cells.summary else NO_SUMMARY


def handover_line(card: Card) -> str:
    """Japanese line in the terminal's list of papers that came to curators without the model's answer."""
    paper = card.candidate.paper
    return f"カード {card.candidate.number}　{paper.id.native} {visible(paper.title)}：{handover_note(card)}"


def handed_over_count(cards: int) -> str:
    """Japanese text, in Slack's markup, that says how many of a day's papers lack the model's answer."""
    return f"カードのうち *{cards}件* は、モデルが答えないため採点や要約がありません。"


def handed_over_plain(cards: int) -> str:
    """Japanese plain text that says how many of a day's papers lack the model's answer."""
    return handed_over_count(cards).replace("*", "").replace(" ", "")
