"""Texts in Japanese that the commands `evaluate` and `simulate` print, and labels of their plots."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.domain.screening.measure import Estimate, Passing

STAGE = {
    "core": "核のキーワード",
    "keywords": "全キーワード",
    "screening": "選別（設定どおり）",
    "before_triage": "選別を通過（下読みの前）",
    "after_triage": "採点に回るもの（下読みの後）",
    "verdict": "言語モデルの判定",
}
RULE = "評価者の平均が 2.5 点以上なら該当"
_UNEVEN = 0.8  # below this part of the labels their effective number is told
RECALL_TITLE = "事前選別の再現率"
SHARE_AXIS = "言語モデルに渡す割合（配信数に対して）"
RECALL_AXIS = "再現率（重みつき）"
LOOKS_AXIS = "読んだ論文の数"
FOUND_AXIS = "見つかった割合"
AT_RANDOM = "無作為に読んだ場合"


def percent(value: float) -> str:
    """A share (0–1) as a percentage, as text."""
    return f"{100 * value:.1f}%"


def estimate(found: Estimate | None) -> str:
    """A share with its confidence interval as percentages, as text."""
    return "–" if found is None else f"{percent(found.value)}（{percent(found.low)}〜{percent(found.high)}）"


def stage(name: str) -> str:
    """Japanese name of a method of screening papers (core keywords, all keywords, the classifier's top share …)."""
    return STAGE.get(name) or f"事前選別の上位 {100 * float(name):.3g}%"


def measured(papers: int, labels: int, belonging: int, prefilter: str) -> str:
    """Japanese text of `evaluate` that says what was evaluated: the numbers of papers, labels and belonging papers, and
    the classifier.
    """
    used = prefilter or "なし"
    return f"論文 {papers:,} 件、ラベル {labels:,} 件（うち該当 {belonging:,} 件。{RULE}）、事前選別：{used}"


def seen(count: int) -> str:
    """Japanese warning of `evaluate` that the classifier was trained on `count` of the labels it is measured by."""
    return f"注意：ラベルのうち {count:,} 件は、この事前選別の学習に使われています。--split-day で日を分けて測ってください。"


def missing(count: int) -> str:
    """Japanese warning of `evaluate` that some labels were not used because their papers are not available."""
    return f"注意：ラベルのうち {count:,} 件は、論文が手元にないため使っていません。--stream で論文のファイルを指定してください。"


def unreadable(count: int) -> str:
    """Japanese warning that lines of a file of papers or labels could not be read."""
    return f"注意：論文のファイルの {count:,} 行は読めませんでした。"


def passing(name: str, found: Passing) -> list[str]:
    """Japanese lines of `evaluate` about a method of screening: how many papers pass, recall, precision, and recall by
    score.
    """
    levels = "、".join(f"{level}点 {percent(part.value)}" for level, part in found.by_level.items() if part is not None)
    lines = [
        f"{stage(name)}：通過 {percent(found.share)}、再現率 {estimate(found.recall)}、適合率 {estimate(found.precision)}",
        f"  点数別の通過：{levels}",
    ]
    if found.effective < _UNEVEN * found.belonging:
        lines.append(f"  該当 {found.belonging:,} 件は、重みの偏りにより、実質 {found.effective:.1f} 件分の情報です。")
    return lines


def needed(shares: Mapping[str, float | None]) -> str:
    """Japanese line of `evaluate` that gives, for each recall, the smallest share of papers that must pass
    screening.
    """
    parts = [f"{100 * float(recall):.3g}% に {percent(share)}" for recall, share in shares.items() if share is not None]
    return f"再現率に必要な割合：{'、'.join(parts)}"


def work_saved(found: Estimate) -> str:
    """Japanese line of `evaluate` with the work saved over reading in random order (WSS@95)."""
    return f"WSS@95：{estimate(found)}"


def simulated(papers: int, belonging: int, known: int, rule: str = "") -> str:
    """Japanese text of `simulate`, and title of its plot: how many papers there are, how many belong (by the `rule` if
    given), and how many further ones are known at the start.
    """
    by = f"（{rule}）" if rule else ""
    return f"論文 {papers:,} 件のなかに該当 {belonging:,} 件{by}。はじめに知っているのは {known:,} 件だけです。"


def left_out(papers: int, belonging: int, of: int) -> str:
    """Japanese text of `simulate`: how many papers screening and triage rejected, and how many of the `of` belonging
    papers are among them.
    """
    return f"選別と下読みで外れた {papers:,} 件は読みません。該当 {of:,} 件のうち {belonging:,} 件がそこに含まれます。"


def trial(lines: int, unread: int, unscored: int) -> str:
    """Japanese text of `evaluate`: how many labeled papers the model triaged, for how many no answer was usable, and
    how many it could not score.
    """
    return f"言語モデルに下読みさせた論文 {lines:,} 件（うち使える応答なし {unread:,} 件）、採点できなかった論文 {unscored:,} 件"


def verified(sound: int, faulty: int, unchecked: int, planted: int, named: int) -> str:
    """Japanese text of `evaluate` with the results of checking summaries: how many were sound, faulty and unchecked,
    and how many of those with a planted wrong sentence were noticed.
    """
    told = f"要約の照合：問題なし {sound:,} 件、指摘あり {faulty:,} 件、未照合 {unchecked:,} 件"
    return f"{told}。ほかの論文の文を混ぜた {planted:,} 件のうち {named:,} 件を指摘" if planted else told


def looks(recall: float, count: int, papers: int) -> str:
    """Japanese line of `simulate` that says how many papers must be read to find this share of the belonging ones."""
    return f"{percent(recall)} を見つけるまで：{count:,} 件（全体の {percent(count / papers)}）"


def written(path: str) -> str:
    """Japanese text that says where a file was written."""
    return f"{path} に書きました。"
