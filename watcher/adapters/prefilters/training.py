"""Papers with known scores -> a trained prefilter: ridge regression on terms and themes, by scikit-learn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from watcher.adapters.prefilters.features import Features, Phrases, terms
from watcher.adapters.prefilters.trained import Trained, rounded
from watcher.domain.errors import ConfigError, UsageError
from watcher.domain.label import LabeledPaper
from watcher.domain.paper import Paper

_SEEN_AT_LEAST = 3  # papers that must hold a term: rarer ones are names and slips
_SEEN_AT_MOST = 0.5  # of all papers; what half of them say tells nothing
_ALPHA = 1.0  # how much large weights are distrusted; 0.3 to 3 were within the noise of each other
# What scores are worth: the step to 3 is the one that counts.
_WORTH = (
    (0.0, 0.0),
    (1.0, 0.5),
    (2.0, 1.5),
    (3.0, 3.5),
    (4.0, 4.0),
)
_FOLDS = 5
_USUAL = 200  # probabilities kept of papers as they are announced
_ENOUGH = 1000  # announced papers that say better than labels what is usual


def available() -> bool:
    """Whether the learning library is installed."""
    return find_spec("sklearn") is not None


def train(labeled: Sequence[LabeledPaper], phrases: Phrases, topic: str, announced: Sequence[Paper] = ()) -> Trained:
    """Learn from labeled papers; the same ones give the same prefilter. Probabilities are fitted to what each paper was
    given while it was left out. What is usual is taken from `announced` papers, or from the labels' weights where those
    are few. Raises ConfigError without the library, UsageError with too little to learn from.
    """
    left_out = out_of_fold(labeled, phrases)
    fitted = _fit(labeled, phrases)
    slope, bias = _calibrate(labeled, left_out)
    made = Trained(
        topic=topic,
        phrases=phrases,
        rarity={term: rounded(value) for term, value in fitted.rarity.items()},
        weights={name: weight for name, value in fitted.weights.items() if (weight := rounded(value))},
        bias=rounded(bias + slope * fitted.bias),
        slope=rounded(slope),
        usual=(),
        learned_from=frozenset(one.paper for one in labeled),
    )
    probabilities = [1 / (1 + math.exp(-(bias + slope * score))) for score in left_out]
    return replace(made, usual=_usual(made, labeled, probabilities, announced))


def out_of_fold(
    labeled: Sequence[LabeledPaper], phrases: Phrases, known: Sequence[LabeledPaper] | None = None
) -> list[float]:
    """The worth that each paper is given by those of other days alone; higher is more likely to belong.

    `known` are those that may be learned from, so that two states of knowledge can be compared on the same papers.
    """
    allowed = None if known is None else {one.paper for one in known}
    folds = _folds(labeled)
    scores = [0.0] * len(labeled)
    for fold in range(_FOLDS):
        rest = [
            e for e, own in zip(labeled, folds, strict=True) if own != fold and (allowed is None or e.paper in allowed)
        ]
        held = [position for position, own in enumerate(folds) if own == fold]
        if held:
            fitted = _fit(rest, phrases)
            for position in held:
                scores[position] = fitted.score(labeled[position])
    return scores


def _folds(labeled: Sequence[LabeledPaper]) -> list[int]:
    """Papers of one day stay together: those announced together are often about the same. -1 is never held out."""
    days = sorted({one.day for one in labeled if one.day is not None})
    place = {day: position % _FOLDS for position, day in enumerate(days)}
    return [-1 if one.day is None else place[one.day] for one in labeled]


@dataclass(frozen=True)
class _Fitted:
    features: Features
    rarity: dict[str, float]
    weights: dict[str, float]
    bias: float

    def score(self, one: LabeledPaper) -> float:
        values = read_features(self.features, one)
        return self.bias + sum(self.weights.get(name, 0.0) * value for name, value in values.items())


def _fit(labeled: Sequence[LabeledPaper], phrases: Phrases) -> _Fitted:
    vectorizer, ridge = make_tools()
    _must_differ(labeled)
    rarity = weigh_terms(labeled)
    features = Features(rarity, phrases)
    matrix = vectorizer.fit_transform([read_features(features, one) for one in labeled])
    ridge.fit(matrix, [_worth(e.score) for e in labeled], sample_weight=[math.sqrt(e.weight) for e in labeled])
    weights = dict(zip(vectorizer.get_feature_names_out(), map(float, ridge.coef_), strict=True))
    return _Fitted(features, rarity, weights, float(ridge.intercept_))


def _must_differ(labeled: Sequence[LabeledPaper]) -> None:
    if len({one.belongs for one in labeled}) != len((True, False)):
        raise UsageError(
            "nothing to learn from: on several days, papers that belong and papers that do not are both needed",
            about=f"{len(labeled)} labeled papers",
            remedy="decide on more cards, or name a file of labels",
        )


def weigh_terms(labeled: Sequence[LabeledPaper]) -> dict[str, float]:
    """How rare every term is that enough papers hold and not too many."""
    seen = Counter(term for one in labeled for term in terms(one.title) | terms(one.abstract))
    count = len(labeled)
    return {
        term: math.log((1 + count) / (1 + held)) + 1
        for term, held in sorted(seen.items())
        if _SEEN_AT_LEAST <= held <= _SEEN_AT_MOST * count
    }


def read_features(features: Features, one: LabeledPaper) -> dict[str, float]:
    """All that counts of a paper, in one mapping."""
    return features(one.title, one.abstract, one.categories)


def _worth(score: float) -> float:
    lower = max(pair for pair in _WORTH if pair[0] <= score)
    upper = min(pair for pair in _WORTH if pair[0] >= score)
    part = (score - lower[0]) / (upper[0] - lower[0]) if upper != lower else 0.0
    return lower[1] + part * (upper[1] - lower[1])


def _calibrate(labeled: Sequence[LabeledPaper], scores: Sequence[float]) -> tuple[float, float]:
    """(slope, bias) that make of scores probabilities in what is announced, which the weights stand for."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see available()

    held = [(e, score) for e, score in zip(labeled, scores, strict=True) if e.day is not None]
    _must_differ([e for e, _ in held])
    logistic = LogisticRegression(C=1e6)
    logistic.fit(
        [[score] for _, score in held], [e.belongs for e, _ in held], sample_weight=[e.weight for e, _ in held]
    )
    return float(logistic.coef_[0][0]), float(logistic.intercept_[0])


def _usual(
    made: Trained, labeled: Sequence[LabeledPaper], left_out: Sequence[float], announced: Sequence[Paper]
) -> tuple[float, ...]:
    """Evenly spaced quantiles of what papers as announced are given, lowest first; a labeled one as it was left out."""
    if len(announced) >= _ENOUGH:
        known = {one.paper: probability for one, probability in zip(labeled, left_out, strict=True)}
        given = [
            (known.get(str(one.id), made.probability(one.title, one.abstract, one.categories)), 1.0)
            for one in announced
        ]
    else:
        given = [(p, one.weight) for p, one in zip(left_out, labeled, strict=True) if one.day is not None]
    every, passed, found = sum(weight for _, weight in given), 0.0, list[float]()
    for probability, weight in sorted(given):
        passed += weight
        while len(found) < _USUAL and (len(found) + 0.5) / _USUAL <= passed / every:
            found.append(rounded(probability))
    return tuple(found)


def make_tools(tolerance: float = 1e-8) -> tuple[Any, Any]:
    """What makes a matrix of mappings, and what learns from it. Raises ConfigError without the library."""
    if not available():
        raise ConfigError(
            "training needs scikit-learn",
            about="the prefilter",
            remedy="pip install -c constraints.txt '.[learn]'",
        )
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415 - see available()
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    return DictVectorizer(), Ridge(alpha=_ALPHA, solver="sparse_cg", tol=tolerance)
