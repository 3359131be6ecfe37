"""Japanese texts for audit samples, the same at every desk."""

from __future__ import annotations

from watcher.domain.audit import AuditCard
from watcher.domain.text import visible
from watcher.domain.verdicts import bare_name
from watcher.words_ja.common import percent

TITLE = "抜き取り確認"
YES = "該当する"
NO = "該当しない"
CHANGE_YES = "「該当する」に変える"
CHANGE_NO = "「該当しない」に変える"

NOTE = (
    "選別で外れた論文から無作為に選びました。見落としがどれだけあるかを見積もるための確認です。"
    "「該当する」と答えた論文は、次の巡回で採点・要約されます。"
)
NOTE_SHORT = "選別で外れた論文から無作為に選びました。テーマに該当するかどうかを教えてください。"
NONE = "確認をお願いしたい論文はありません。"
OPEN = "回答待ち"
ANSWERED = "回答済み"
GOES_ON = "採点・要約に回しました"
TAKEN_BACK = "抜き取り確認の「該当する」が取り消されました"
NOT_IN_SAMPLE = "この論文は抜き取り確認の対象ではありません。一覧を開き直してください。"


def probability(card: AuditCard) -> str:
    """The prefilter's probability for the paper, or whether a keyword matched."""
    found = card.screening.probability
    if found is not None:
        return f"選別の見立て {percent(found)}"
    return "キーワードに該当" if card.screening.keywords else "キーワードに該当なし"


def week(card: AuditCard) -> str:
    """The week of the sample."""
    year, number = card.sample.week.split("-W")
    return f"{year}年第{int(number)}週"


def answer(card: AuditCard) -> str:
    """The answer; "" if there is none."""
    if card.answer is None:
        return ""
    return YES if card.answer.belongs else NO


def curator(card: AuditCard) -> str:
    """Text that says who answered; "" if nobody did."""
    return bare_name(card.answer.curator) if card.answer else ""


def line(card: AuditCard) -> str:
    """A paper of the sample on one line."""
    paper = card.candidate.paper
    state = answer(card) or OPEN
    return f"{card.candidate.number}\t{paper.id.native}\t{state}\t{probability(card)}\t{visible(paper.title)}"
