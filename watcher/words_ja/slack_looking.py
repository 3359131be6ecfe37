"""Japanese texts in Slack for rejection reasons and for what can be looked up from a card."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from watcher.domain.card import CardState
from watcher.domain.facts import Verdict
from watcher.domain.related import Related
from watcher.words_ja import common
from watcher.words_ja.common import CARD_STATE

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
REASON_CHOOSE = "理由を選ぶ"
REASON_CHANGE = "理由を変える"
REASON_TITLE = "却下の理由"
REASON_LABEL = "なぜ加えないのでしょうか"
REASON_HINT = "ひとことで構いません。次からの選び方に生かします。"
REASON_SAVE = "保存"
REASON_NOT_YOURS = "理由を書き足せるのは、却下した人だけです。"
REASON_GONE = "この論文は、いまは却下されていません。カードの表示を確かめてください。"

CLOSE = "閉じる"
LOADING = "読み込んでいます…"
FAILED = "画面を開けませんでした。もう一度お試しください。"
UNREADABLE = "カタログを読めなかったため、表示できませんでした。運用担当者に知らせてください。"
QUOTE = "根拠"
NO_QUOTES = "（根拠として引かれた文はありません）"
ABSTRACT = "要旨（原文）"
KEYWORDS = "当たった語"
NO_SIMILAR = "近い論文は、カードにもカタログにも見つかりませんでした。"
SIMILAR_NOTE = "題名・要旨・概要に出る語の近さ（TF-IDF、0〜100）で並べています。"
NO_AUTHORS = "同じ著者の論文は、カードにもカタログにも見つかりませんでした。"
AUTHORS_NOTE = "カードは著者名、カタログの行は筆頭著者の姓で照らし合わせています。同姓の別人かもしれません。"
REWRITE_ASKED = "要約し直しています。できあがるとカードが新しくなります。手で直したセルはそのまま残ります。"
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
    """The prefilter's probability."""
    return f"事前選別の見込み {value:.0%}"


def near(one: Related) -> str:
    """Text that says where a related paper is (catalog row or card), its year and its similarity."""
    where = f"カタログ No. {one.row}" if one.row else (_VERDICT[one.verdict] if one.card else "カタログ（番号なし）")
    nearness = f"近さ {round(one.nearness * 100)}" if one.nearness else ""
    return "　".join(part for part in (where, str(one.year or ""), nearness) if part)
