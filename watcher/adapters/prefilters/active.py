"""Papers that somebody looks at one after the other -> which to look at next, learned from the answers so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.adapters.prefilters.features import Features, Phrases
from watcher.adapters.prefilters.training import make_tools, read_features, weigh_terms
from watcher.domain.label import LabeledPaper

_UNSEEN = 0.02  # what a paper nobody looked at counts as one that does not belong, while few have been looked at
_UNSEEN_AT_MOST = 1500


class Active:
    """Learns from papers known to belong and from answers; unseen papers are weak signs of what does not belong."""

    def __init__(self, known: Sequence[LabeledPaper], pool: Sequence[LabeledPaper], phrases: Phrases) -> None:
        self._known, self._pool = len(known), len(pool)
        together = [*known, *pool]
        features = Features(weigh_terms(together), phrases)
        vectorizer, self._ridge = make_tools(tolerance=1e-4)
        self._matrix = vectorizer.fit_transform([read_features(features, one) for one in together])
        step = max(1, len(pool) // _UNSEEN_AT_MOST)
        self._background = range(0, len(pool), step)

    def order(self, answers: Mapping[int, bool]) -> list[int]:
        """The positions in the pool without an answer, most promising first."""
        unseen = [position for position in self._background if position not in answers]
        rows = [*range(self._known), *(self._known + position for position in [*answers, *unseen])]
        truths = [*[1.0] * self._known, *map(float, answers.values()), *[0.0] * len(unseen)]
        weights = [*[1.0] * (self._known + len(answers)), *[_UNSEEN] * len(unseen)]
        self._ridge.fit(self._matrix[rows], truths, sample_weight=weights)
        scores = self._ridge.predict(self._matrix[self._known :])
        left = [position for position in range(self._pool) if position not in answers]
        return sorted(left, key=lambda position: (-scores[position], position))
