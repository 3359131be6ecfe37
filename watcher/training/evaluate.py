"""Evaluates keywords, prefilter and model verdicts against labels (recall, precision and share of papers passed), and
simulates a curator who reads papers in the order that active learning suggests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from watcher.adapters.prefilters import KeywordsAlone
from watcher.adapters.prefilters.trained import Features, Learned, Phrases
from watcher.adapters.prefilters.training import ALPHA, Rows, inverse_document_frequencies, read_features, ridge, train
from watcher.domain.errors import UsageError
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.measure import Estimate, Label, LabeledPaper, Passing, Ranking, passing
from watcher.ports import TrainedPrefilter
from watcher.stages.screen import REFERENCE, Screen, threshold
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
    found = {key: screen(one.candidate(topic)) for key, one in papers.items() if _is_watched(topic, one)}
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


_AGAIN = 50  # the model is fitted after every paper at first, later after every 2 % of the papers read
_ENOUGH = 0.95


def _silent(looks: int, found: int) -> None:
    del looks, found


@dataclass(frozen=True)
class Simulation:
    """The result of simulating a curator who reads papers in the order of active learning: numbers of papers, of
    relevant ones among them, and of those known at the start. `found_at` holds, for each relevant paper found, the
    number of papers read by then.
    """

    papers: int
    belonging: int
    known: int
    found_at: tuple[int, ...]

    def looks(self, recall: float) -> int | None:
        """The number of papers that the simulated curator had to read to find a share of the relevant ones (the recall,
        0–1); None if it was not reached.
        """
        needed = math.ceil(recall * self.belonging - 1e-9)
        return self.found_at[needed - 1] if 0 < needed <= len(self.found_at) else None


def simulate(
    topic: Topic,
    known: Sequence[LabeledPaper],
    labels: Sequence[Label],
    papers: Mapping[str, Announced],
    *,
    up_to: float = _ENOUGH,
    progress: Callable[[int, int], None] = _silent,
) -> Simulation:
    """Simulate reading papers in the order of active learning until `up_to` (0–1) of the relevant ones are found.

    `known` are relevant papers known from the start. Unlabeled papers count as irrelevant. `progress` is called with
    (papers read, relevant found). Raises UsageError if there is no relevant paper to find or none known.
    """
    pool = [LabeledPaper.of(Label(key, 0.0), one.paper) for key, one in papers.items()]
    belonging = {one.paper for one in labels if one.belongs and one.paper in papers}
    if not belonging or not known:
        raise UsageError(
            f"{len(belonging)} papers to find, {len(known)} known to begin with", remedy="both must be at least one"
        )
    active = _ActiveLearner(known, pool, Phrases.of(topic.themes))
    answers: dict[int, bool] = {}
    found_at: list[int] = []
    enough = math.ceil(up_to * len(belonging) - 1e-9)
    while len(found_at) < enough:
        for position in active.order(answers)[: max(1, len(answers) // _AGAIN)]:
            answers[position] = pool[position].paper in belonging
            if answers[position]:
                found_at.append(len(answers))
        progress(len(answers), len(found_at))
    return Simulation(len(pool), len(belonging), len(known), tuple(found_at))


_UNREAD_WEIGHT = 0.02  # weight of an unread paper as a negative example; few papers have an answer at first
_UNSEEN_AT_MOST = 1500  # unread papers used, spread evenly over the pool, so that fitting again stays quick


class _ActiveLearner:
    """A model that ranks unread papers for active learning. It is trained on papers known to be relevant and on the
    answers given; unread papers count as weak negative examples.
    """

    def __init__(self, known: Sequence[LabeledPaper], pool: Sequence[LabeledPaper], phrases: Phrases) -> None:
        self._known, self._pool = len(known), len(pool)
        together = [*known, *pool]
        features = Features(inverse_document_frequencies(together), phrases)
        self._rows = Rows([read_features(features, one) for one in together])
        self._coefficients: list[float] = []
        step = max(1, len(pool) // _UNSEEN_AT_MOST)
        self._background = range(0, len(pool), step)

    def order(self, answers: Mapping[int, bool]) -> list[int]:
        """Fit the model and return the positions of the unanswered papers in the pool, most promising first; `answers`
        maps a position to whether its paper is relevant.
        """
        unseen = [position for position in self._background if position not in answers]
        rows = [*range(self._known), *(self._known + position for position in [*answers, *unseen])]
        truths = [*[1.0] * self._known, *map(float, answers.values()), *[0.0] * len(unseen)]
        weights = [*[1.0] * (self._known + len(answers)), *[_UNREAD_WEIGHT] * len(unseen)]
        self._coefficients, _ = ridge(self._rows.take(rows), truths, weights, ALPHA, 1e-4, self._coefficients)
        scores = self._rows.times(self._coefficients)[self._known :]
        left = [position for position in range(self._pool) if position not in answers]
        return sorted(left, key=lambda position: (-scores[position], position))
