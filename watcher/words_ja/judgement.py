"""Japanese output and plot labels of `evaluate`, `simulate` and `retrain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
NOTHING_KEPT = "学習した事前選別はまだありません（同梱のものを使用中）。"
_DONE = {
    "same": "新しく学ぶことはありませんでした。事前選別はそのままです。",
    "first": "初めて学習しました。次の選別から使います。",
    "not worse": "学習し直しました。いまのものに劣らないので、次の選別から使います。",
    "worse": "学習し直しましたが、いまのものに劣るので使いません。記録だけ残しました。",
}


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


def retrained(reason: str, name: str) -> str:
    """Japanese text for the result of training a prefilter."""
    return f"{_DONE[reason]}（{name}）"


def evidence(found: Mapping[str, object]) -> list[str]:
    """Japanese text for the evaluation of a trained prefilter."""
    if not found:
        return []
    lines = [
        f"学習に使った論文 {found['labeled']:,} 件（該当 {found['belonging']:,} 件、うち皆さんの判断 {found['taught']:,} 件）"
    ]
    for key, whose in (("measured", "新しいもの"), ("measured_of_it", "いまのもの")):
        if isinstance(parts := found.get(key), list) and parts:
            lines.append(f"{whose}：{_pair(parts)}")
    return lines


def _pair(parts: Sequence[Sequence[float]]) -> str:
    """The recall of all relevant papers and that of core papers."""
    names = ("該当の再現率", "核（4点）の再現率")
    return "、".join(f"{name} {estimate(Estimate(*part))}" for name, part in zip(names, parts, strict=False))


def kept(name: str, when: str, found: Mapping[str, object], *, in_use: bool) -> str:
    """Line about a stored prefilter: its name, when it was stored, and from how many papers it was trained; ＊ marks the
    one in use.
    """
    mark = "＊" if in_use else "　"
    labeled = found.get("labeled")
    learned = f"論文 {labeled:,} 件から" if isinstance(labeled, int) else "同梱"
    return f"{mark}{name}\t{when}\t{learned}"


def goes_back(name: str) -> str:
    """The confirmation that another prefilter is used from now on."""
    return f"次の選別から {name} を使います。"


def written(path: str) -> str:
    """Text that says where a file was written."""
    return f"{path} に書きました。"
