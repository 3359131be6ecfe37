"""The texts of the weekly report and of the audit (rejected papers checked by people) in Japanese, for Slack, web pages
and console.
"""

from __future__ import annotations

from dataclasses import dataclass

from watcher.domain.curation.recall import AuditCard, AuditSheet, Recall, TriageRecall
from watcher.domain.curation.weekly import CuratorWork, SourceTrouble, SummaryChecks, Week, WeeklyReport
from watcher.domain.papers.citations import CitationSearch, SearchOutcome
from watcher.domain.screening.measure import Estimate
from watcher.domain.text import visible
from watcher.words_ja.common import feed_name, percent, person
from watcher.words_ja.failures import mend

TITLE = "週次レポート"
NO_REPORT = "テーマがありません。"
NOTHING = "なし"

_COUNT = {
    "announced": "配信",
    "screened": "選別",
    "passed": "通過",
    "triaged": "下読み",
    "named": "下読みで抽出",
    "scored": "採点",
    "relevant": "該当",
    "summarized": "要約",
    "approved": "追加",
    "rejected": "却下",
}
NOTES = (
    "区間は95%信頼区間です。回答が少ないあいだは広くなります。",
    "下読みの再現率は該当と分かっている論文だけによるため知られていない種類の見落としは分からず、抜き取りの下限は少数の無作為な回答によるため見落としが少ないことまでは分かりません。",
    "担当者の時間は操作の間隔から推定した下限の目安で、10分を超える空きは数えません。",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the weekly report: label, value, and in `detail` what the value is based on."""

    label: str
    text: str
    detail: str = ""


def heading(of: Week) -> str:
    """Japanese heading of the weekly report: the week with its first and last day."""
    first, last = of.monday, of.sunday
    return f"{week(str(of))}（{first.month}月{first.day}日〜{last.month}月{last.day}日）"


def lines(report: WeeklyReport) -> list[Line]:
    """The weekly report as lines in Japanese, most important first."""
    return [
        _precision(report),
        *_triage(report.triage),
        _recall(report.recall),
        *_nets(report),
        _checks(report.checks),
        _effort(report),
        _cost(report),
        Line("論文の流れ", _flow(report)),
        Line("配信元の失敗", "、".join(map(_trouble, report.troubles)) or NOTHING),
        Line("モデル", _models(report)),
    ]


def _share(found: Estimate) -> str:
    return f"{found.value:.0%}（{found.low * 100:.0f}〜{found.high:.0%}）"


def _precision(report: WeeklyReport) -> Line:
    label = "適合率"
    if report.precision is None:
        return Line(label, "まだ分かりません", "この週に判断されたカードがありません。")
    told = f"判断した{report.decided}件のうち{report.counts['approved']}件を追加"
    return Line(label, _share(report.precision), told)


def _recall(found: Recall) -> Line:
    label = "選別と下読みの再現率の下限（抜き取り）"
    asked = f"抜き取り{found.drawn}件に回答{found.answered}件、該当{found.belonging}件"
    if found.missed is None:
        return Line(label, "まだ推定できません", f"あと{found.lacking}件の回答が必要です。{asked}")
    missed = f"見落としは多くて{found.missed.high:.0f}本"
    if found.at_worst is None:
        return Line(label, "まだ推定できません", f"選別を通って追加された論文がありません。{missed}、{asked}")
    return Line(label, f"{found.at_worst:.0%}以上", f"追加{found.found}本に対し{missed}。{asked}")


def _triage(found: TriageRecall) -> list[Line]:
    label = "下読みの再現率（既知の論文）"
    if not found.batches:
        return []
    if not found.asked:
        return [Line(label, "確かめられません", "下読みで見つかったもののほかに、混ぜられる既知の論文がありません。")]
    bare = f"既知の論文を混ぜられなかった回が{found.batches}回のうち{found.bare}回。" if found.bare else ""
    told = f"初めて混ぜた既知の論文{found.asked}本のうち{found.named}本を挙げました。{bare}"
    return [Line(label, _share(found.share) if found.share else f"{found.asked}本のうち{found.named}本", told)]


_OUTCOME = {
    SearchOutcome.COMPLETE: "最後まで調べました",
    SearchOutcome.CUT: "要求の上限までを調べました",
    SearchOutcome.FAILED: "調べられませんでした",
}


def _nets(report: WeeklyReport) -> list[Line]:
    """What feeds and citations found, and how the searches for citing papers went; nothing where none was made."""
    found = report.nets
    if not (report.searches or found.citations or found.both):
        return []
    told = f"配信だけ{found.feeds}本・引用だけ{found.citations}本・両方{found.both}本"
    return [Line("該当した論文を見つけた道筋", told, "。".join(map(search, report.searches)))]


def search(made: CitationSearch) -> str:
    """Japanese text about one service's part in a week's search for papers that cite the catalog: how it ended, and why
    if it failed.
    """
    asked = f"（{made.papers}本・要求{made.requests}回）" if made.outcome is not SearchOutcome.FAILED else ""
    error = f"。{mend(made.error)}（{visible(made.error)}）" if made.error else ""
    return f"引用の検索：{made.service} {_OUTCOME[made.outcome]}{asked}{error}"


def _checks(found: SummaryChecks) -> Line:
    label = "要約の照合"
    if found == SummaryChecks():
        return Line(label, NOTHING, "照合した要約の論文は、この週に追加されていません。")
    told = f"追加した論文のうち照合済み{found.verified}件・要確認{found.flagged}件・未照合{found.unchecked}件"
    told += f"・指示らしき文を除いて要約したもの{found.cut}件" if found.cut else ""
    missed = f"照合済みのうち{found.edited}件は概要が編集され（見落としの目安）"
    return Line(label, told, f"{missed}、要確認のうち{found.untouched}件はそのまま追加されました（誤警報の目安）。")


def _effort(report: WeeklyReport) -> Line:
    label = "担当者の時間"
    if not report.curators:
        return Line(label, NOTHING)
    return Line(label, _minutes(report.minutes), "、".join(map(_work, report.curators)))


def _minutes(spent: float) -> str:
    return f"約{spent:.0f}分" if spent >= 1 else "1分未満"


def _work(work: CuratorWork) -> str:
    done = [f"判断{work.decisions}件"] if work.decisions or not work.answers else []
    done += [f"抜き取り確認{work.answers}件"] if work.answers else []
    return f"{person(work.curator)}：{'・'.join(done)}（{_minutes(work.minutes)}）"


def _cost(report: WeeklyReport) -> Line:
    label, used, each = "費用", report.usage, report.cost_per_relevant
    if not used.calls:
        return Line(label, NOTHING, "モデルの呼び出しはありませんでした。")
    per_paper = f"（該当1本あたり ${each:.4f}）" if each is not None else ""
    tokens = f"入力{used.prompt_tokens:,}・出力{used.completion_tokens:,}トークン"
    return Line(label, f"${used.cost_usd:.3f}{per_paper}", f"呼び出し{used.calls}回、{tokens}")


def _flow(report: WeeklyReport) -> str:
    if not any(report.counts.values()):
        return "その週は記録がありません。"
    told = [f"{label} {report.counts[name]}" for name, label in _COUNT.items()]
    return f"{' → '.join(told[:-2])}（{'・'.join(told[-2:])}）"


def _trouble(trouble: SourceTrouble) -> str:
    error = f"（{trouble.error}）" if trouble.error else ""
    return f"{feed_name(trouble.name)}：{trouble.readings}回のうち{trouble.failures}回{error}"


def _models(report: WeeklyReport) -> str:
    used = [
        f"{label} {'、'.join(names)}"
        for label, names in (("採点", report.scorers), ("要約", report.summarizers), ("選別", _screenings(report)))
        if names
    ]
    return "／".join(used) or NOTHING


def _screenings(report: WeeklyReport) -> list[str]:
    """The prefilters and keywords that screened the week's papers, each named once."""
    kinds = (rule.partition(":")[0] for rule in report.rules)
    return list(dict.fromkeys("事前選別" if kind == "learned" else "キーワード" for kind in kinds))


AUDIT_TITLE = "抜き取り確認"
YES = "該当する"
NO = "該当しない"
CHANGE_YES = "「該当する」に変える"
CHANGE_NO = "「該当しない」に変える"

NOTE = (
    "選別で外れた論文から無作為に選びました。見落としがどれだけあるかを見積もるための確認です。"
    "「該当する」と答えた論文は、次回の確認で採点・要約されます。"
)
NOTE_SHORT = "選別で外れた論文から無作為に選びました。テーマに該当するかどうかを教えてください。"
NONE = "確認をお願いしたい論文はありません。"
OPEN = "回答待ち"
ANSWERED = "回答済み"
GOES_ON = "採点・要約に回しました"
TAKEN_BACK = "抜き取り確認の「該当する」が取り消されました"
NOT_IN_SAMPLE = "この論文は抜き取り確認の対象ではありません。一覧を開き直してください。"


def probability(card: AuditCard) -> str:
    """Japanese text for the classifier's probability for an audited paper, or, without one, whether a
    keyword matched.
    """
    found = card.screening.probability
    if found is not None:
        return f"事前選別 {percent(found)}"
    return "キーワードに該当" if card.screening.keywords else "キーワードに該当なし"


def sheet(shown: AuditSheet) -> str:
    """Japanese text that says how many papers a weekly audit message asks about, and how many minutes answering takes
    or that all are answered.
    """
    left = sum(card.answer is None for card in shown.cards)
    return f"{len(shown.cards)}件・約{shown.minutes}分" if left else f"{len(shown.cards)}件すべて回答済み"


# arXiv's subject classes (arxiv.org/category_taxonomy) that computer science papers are found in.
_SUBJECT = {
    "cs.AI": "人工知能",
    "cs.AR": "ハードウェア",
    "cs.CC": "計算複雑性",
    "cs.CE": "計算工学",
    "cs.CG": "計算幾何",
    "cs.CL": "自然言語処理",
    "cs.CR": "暗号とセキュリティ",
    "cs.CV": "画像認識",
    "cs.CY": "計算機と社会",
    "cs.DB": "データベース",
    "cs.DC": "分散・並列計算",
    "cs.DL": "電子図書館",
    "cs.DS": "アルゴリズム",
    "cs.ET": "新しい計算技術",
    "cs.FL": "形式言語",
    "cs.GR": "コンピュータグラフィックス",
    "cs.GT": "ゲーム理論",
    "cs.HC": "ヒューマンインターフェース",
    "cs.IR": "情報検索",
    "cs.IT": "情報理論",
    "cs.LG": "機械学習",
    "cs.LO": "論理",
    "cs.MA": "マルチエージェント",
    "cs.MM": "マルチメディア",
    "cs.NE": "ニューラル・進化計算",
    "cs.NI": "ネットワーク",
    "cs.PL": "プログラミング言語",
    "cs.RO": "ロボティクス",
    "cs.SD": "音響",
    "cs.SE": "ソフトウェア工学",
    "cs.SI": "ソーシャルネットワーク",
    "cs.SY": "システム制御",
    "eess.AS": "音声処理",
    "eess.IV": "画像処理",
    "eess.SP": "信号処理",
    "eess.SY": "システム制御",
    "math.OC": "最適化",
    "q-bio.NC": "神経科学",
    "quant-ph": "量子物理",
    "stat.ML": "統計的機械学習",
}


def about(card: AuditCard) -> str:
    """Japanese line about an audited paper: its title translated by a model, or, without one, its subjects, the
    keywords in it, and the classifier's probability.
    """
    if card.line_ja:
        return card.line_ja
    names = dict.fromkeys(_SUBJECT.get(category, category) for category in card.candidate.paper.categories[:4])
    keywords = f"語：{'、'.join(card.screening.keywords[:3])}" if card.screening.keywords else ""
    return "・".join(part for part in ("／".join(names), keywords, probability(card)) if part)


def week(name: str) -> str:
    """Japanese name of a week, from its ISO name."""
    year, number = name.split("-W")
    return f"{year}年第{int(number)}週"


def answer(card: AuditCard) -> str:
    """Japanese text for a curator's answer whether an audited paper belongs; "" if there is none."""
    if card.answer is None:
        return ""
    return YES if card.answer.belongs else NO


def curator(card: AuditCard) -> str:
    """The name of the curator who answered about an audited paper; "" if nobody did."""
    return person(card.answer.curator) if card.answer else ""


def line(card: AuditCard) -> str:
    """Japanese line about an audited paper for the terminal, with tabs between number, id, answer, probability and
    title.
    """
    paper = card.candidate.paper
    state = answer(card) or OPEN
    return f"{card.candidate.number}\t{paper.id.native}\t{state}\t{probability(card)}\t{visible(paper.title)}"
