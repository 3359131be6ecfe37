"""Japanese output and plot labels of `evaluate` and `simulate`."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.domain.screening.intervals import Estimate
from watcher.domain.screening.measure import Passing

STAGE = {
    "core": "核のキーワード",
    "keywords": "全キーワード",
    "screening": "選別（設定どおり）",
    "verdict": "言語モデルの判定",
}
RECALL_TITLE = "事前選別の再現率"
SHARE_AXIS = "言語モデルに渡す割合（配信数に対して）"
RECALL_AXIS = "再現率（重みつき）"
LOOKS_AXIS = "読んだ論文の数"
FOUND_AXIS = "見つかった割合"
AT_RANDOM = "無作為に読んだ場合"


def percent(value: float) -> str:
    """A share (0–1) as a percentage."""
    return f"{100 * value:.1f}%"


def estimate(found: Estimate | None) -> str:
    """A share with its confidence interval, as a percentage."""
    return "–" if found is None else f"{percent(found.value)}（{percent(found.low)}〜{percent(found.high)}）"


def stage(name: str) -> str:
    """Japanese name of a way of screening (core keywords, all keywords, prefilter …)."""
    return STAGE.get(name) or f"事前選別の上位 {100 * float(name):.3g}%"


def measured(papers: int, labels: int, belonging: int, prefilter: str) -> str:
    """Text that says what was evaluated: papers, labels and prefilter."""
    used = prefilter or "なし"
    return f"論文 {papers:,} 件、ラベル {labels:,} 件（うち該当 {belonging:,} 件）、事前選別：{used}"


def seen(count: int) -> str:
    """The warning that the prefilter was trained on some of the labels."""
    return f"注意：ラベルのうち {count:,} 件は、この事前選別の学習に使われています。--split-day で日を分けて測ってください。"


def missing(count: int) -> str:
    """The warning that some labels were not used because their papers are not available."""
    return f"注意：ラベルのうち {count:,} 件は、論文が手元にないため使っていません。--stream で論文のファイルを指定してください。"


def unreadable(count: int) -> str:
    """The warning that lines of a file could not be read."""
    return f"注意：論文のファイルの {count:,} 行は読めませんでした。"


def passing(name: str, found: Passing) -> list[str]:
    """Japanese lines about the performance of a way of screening, with recall by score."""
    levels = "、".join(f"{level}点 {percent(part.value)}" for level, part in found.by_level.items() if part is not None)
    return [
        f"{stage(name)}：通過 {percent(found.share)}、再現率 {estimate(found.recall)}、適合率 {estimate(found.precision)}",
        f"  点数別の通過：{levels}",
    ]


def needed(shares: Mapping[str, float | None]) -> str:
    """Japanese line with the smallest share of papers that must be read for each recall."""
    parts = [f"{100 * float(recall):.3g}% に {percent(share)}" for recall, share in shares.items() if share is not None]
    return f"再現率に必要な割合：{'、'.join(parts)}"


def work_saved(found: Estimate) -> str:
    """Japanese line with the work saved against reading in random order (WSS@95)."""
    return f"WSS@95：{estimate(found)}"


def simulated(papers: int, belonging: int, known: int) -> str:
    """Text that says what was simulated."""
    return f"論文 {papers:,} 件のなかに該当 {belonging:,} 件。はじめに知っているのは {known:,} 件だけです。"


def looks(recall: float, count: int, papers: int) -> str:
    """Text that says how many papers must be read to reach a recall."""
    return f"{percent(recall)} を見つけるまで：{count:,} 件（全体の {percent(count / papers)}）"


def written(path: str) -> str:
    """Text that says where a file was written."""
    return f"{path} に書きました。"
