"""Evaluates keywords, prefilter and model verdicts against labels: recall, precision and share of papers passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from watcher.adapters.prefilters import KeywordsAlone
from watcher.adapters.prefilters.features import Phrases
from watcher.adapters.prefilters.learned import Learned
from watcher.adapters.prefilters.training import train
from watcher.domain.errors import UsageError
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.intervals import Estimate
from watcher.domain.screening.label import Label, LabeledPaper
from watcher.domain.screening.measure import Passing, Ranking, passing
from watcher.domain.screening.threshold import REFERENCE, threshold
from watcher.ports import TrainedPrefilter
from watcher.stages.screen import Screen
from watcher.training.files import Announced

SHARES = (0.03, 0.05, 0.07, 0.10, 0.15)
"""Shares of papers for which the prefilter's ranking is evaluated."""
RECALLS = (0.95, 0.97, 1.0)
"""Recall levels for which the needed share of papers is reported."""
_CORE = 0
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Evaluation:
    """The results of evaluating screening, triage and model verdicts against labels.

    `stages` maps these names to their performance: core keywords, all keywords, several shares of the prefilter's
    ranking, screening as configured, what screening and triage did with the labeled papers (`before_triage`,
    `after_triage`), and the model's verdicts, if there are any. `seen` is the number of labels the prefilter was
    trained on, for which the figures are too good. `missing` are labels whose papers are not available. `needed` maps
    recall levels to the share of papers that must pass.
    """

    prefilter: str
    papers: int
    labels: int
    belonging: int
    seen: int
    missing: Sequence[str]
    stages: Mapping[str, Passing]
    needed: Mapping[str, float | None]
    work_saved: Estimate | None
    curve: Sequence[tuple[float, float]]


def evaluate(
    topic: Topic,
    trained: TrainedPrefilter | None,
    labels: Sequence[Label],
    papers: Mapping[str, Announced],
    *,
    share: float,
    learned_from: frozenset[str] = frozenset(),
    outcomes: Mapping[str, tuple[bool, bool]] | None = None,
    verdicts: Mapping[str, bool] | None = None,
) -> Evaluation:
    """Screen all papers and measure the result against the labels of those papers that have one.

    `share` is the share of papers that the prefilter lets pass, `learned_from` are the papers it was trained on.
    `outcomes` maps a paper to whether it passed screening, and whether it is scored after triage; the share of papers
    is then that by the labels' weights. `verdicts` maps a paper to whether the model found it relevant. A paper outside
    the topic's categories counts as rejected. Raises UsageError if no labeled paper is among `papers`.
    """
    known = [one for one in labels if one.paper in papers]
    if not known:
        raise UsageError(f"none of its {len(labels)} papers is at hand", remedy="name a file: --stream")
    prefilter = Learned(trained)
    noted = _screened(topic, papers)
    stages = {
        "core": _passing(known, papers, {key for key, priority in noted.items() if priority == _CORE}),
        "keywords": _passing(known, papers, set(noted)),
    }
    ranking = None
    if trained is not None:
        values = _values(topic, papers, prefilter, noted)
        left = [key for key in papers if key not in values]
        ranking = Ranking([*sorted(values, key=lambda key: (-values[key], key)), *left], known)
        stages |= {f"{wanted:.3g}": ranking.at(wanted) for wanted in sorted({*SHARES, share})}
        stages["screening"] = _passing(known, papers, _as_configured(values, papers, prefilter.usual, share))
    judged = [one for one in known if one.paper in (outcomes or {})]
    if outcomes and judged:
        for name, place in (("before_triage", 0), ("after_triage", 1)):
            held = frozenset(one.paper for one in judged if outcomes[one.paper][place])
            weight = sum(one.weight for one in judged if one.paper in held) / sum(one.weight for one in judged)
            stages[name] = passing(judged, held, weight)
    if verdicts:
        stages["verdict"] = _passing(known, papers, {key for key, relevant in verdicts.items() if relevant})
    return Evaluation(
        prefilter=prefilter.trained,
        papers=len(papers),
        labels=len(known),
        belonging=sum(one.belongs for one in known),
        seen=sum(one.paper in learned_from for one in known),
        missing=sorted(one.paper for one in labels if one.paper not in papers),
        stages=stages,
        needed={f"{recall:.3g}": ranking.needed(recall) for recall in RECALLS} if ranking else {},
        work_saved=ranking.work_saved() if ranking else None,
        curve=ranking.curve() if ranking else (),
    )


def put_forward(
    topic: Topic, trained: TrainedPrefilter | None, papers: Mapping[str, Announced], share: float
) -> frozenset[str]:
    """The keys of the papers that screening passes to scoring without triage, when the prefilter lets the given share
    pass; without a prefilter, of those with a core keyword.
    """
    noted = _screened(topic, papers)
    if trained is None:
        return frozenset(key for key, priority in noted.items() if priority == _CORE)
    prefilter = Learned(trained)
    return frozenset(_as_configured(_values(topic, papers, prefilter, noted), papers, prefilter.usual, share))


def split(
    topic: Topic, labeled: Sequence[LabeledPaper], papers: Mapping[str, Announced], day: date
) -> tuple[TrainedPrefilter, dict[str, Announced]]:
    """Split data at a day for a fair test: train a prefilter on labels from before it, and return the prefilter with
    the papers from that day on.

    Labels without a day, such as those of papers from the catalog, count as earlier.
    """
    before = [one for one in labeled if one.day is None or one.day < day]
    announced = [
        one.paper for one in papers.values() if one.day is not None and one.day < day and _is_watched(topic, one)
    ]
    trained = train(before, Phrases.of(topic.themes), topic.slug, announced)
    later = {key: one for key, one in papers.items() if one.day is not None and one.day >= day}
    return TrainedPrefilter(trained.name, trained.dump()), later


def _passing(labels: Sequence[Label], papers: Mapping[str, Announced], passed: set[str]) -> Passing:
    """The performance of a screening that lets these papers pass."""
    held = frozenset(passed & papers.keys())
    return passing(labels, held, len(held) / len(papers))


def _screened(topic: Topic, papers: Mapping[str, Announced]) -> dict[str, int]:
    """The priority of each paper that a keyword lets pass."""
    screen = Screen(topic, KeywordsAlone())
    found = {key: screen(_candidate(topic, one)) for key, one in papers.items() if _is_watched(topic, one)}
    return {key: screening.priority for key, screening in found.items() if screening.passed}


def _values(
    topic: Topic, papers: Mapping[str, Announced], prefilter: Learned, noted: Mapping[str, int]
) -> dict[str, float]:
    """The score that screening ranks papers by: the probability, plus 1 for papers with a core keyword."""
    return {
        key: (prefilter.probability(one.paper) or 0.0) + (1.0 if noted.get(key) == _CORE else 0.0)
        for key, one in papers.items()
        if _is_watched(topic, one)
    }


def _as_configured(
    values: Mapping[str, float], papers: Mapping[str, Announced], usual: Sequence[float], share: float
) -> set[str]:
    """The papers that pass if the days are screened in turn, with a threshold from the days before, as
    in production.
    """
    days: dict[date, list[str]] = {}
    for key in values:
        days.setdefault(papers[key].day or _EPOCH, []).append(key)
    passed, recent = set[str](), list[float]()
    for day in sorted(days):
        needed = threshold(recent[-REFERENCE:], usual, share)
        passed |= {key for key in days[day] if values[key] >= needed}
        recent += [min(1.0, values[key]) for key in days[day]]  # capped: papers with a core keyword have 1 added
    return passed


def _is_watched(topic: Topic, one: Announced) -> bool:
    """Whether the paper is in one of the topic's categories."""
    return bool(topic.categories.intersection(one.paper.categories))


def _candidate(topic: Topic, one: Announced) -> Candidate:
    at = datetime.combine(one.day or _EPOCH, time(), UTC)
    return Candidate(0, topic.slug, one.paper, AnnounceType.NEW, at)
