"""The `learned` prefilter, which gives the probabilities of the trained model, and the active learner that orders a pile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.adapters.prefilters.features import Features, Phrases
from watcher.adapters.prefilters.regression import Rows, ridge
from watcher.adapters.prefilters.trained import Trained
from watcher.adapters.prefilters.training import ALPHA, inverse_document_frequencies, read_features
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import Topic
from watcher.domain.screening.label import LabeledPaper
from watcher.ports import PrefilterOf


class Learned:
    """A prefilter that estimates relevance with the model trained for a topic (implements ports.Prefilter)."""

    name = "learned"

    def __init__(self, topic: Topic, prefilter_of: PrefilterOf) -> None:
        self._topic = topic
        self._prefilter_of = prefilter_of
        self._weights: Trained | None = None
        self.trained = ""
        self.usual: Sequence[float] = ()
        self.refresh()

    def refresh(self) -> None:
        found = self._prefilter_of(self._topic.slug)
        if found is None or found.name == self.trained:  # the name is a hash of the content
            return
        self._weights = Trained.load(found.content, found.name)
        self.trained, self.usual = found.name, self._weights.usual

    def probability(self, paper: Paper) -> float | None:
        if self._weights is None:
            return None
        return self._weights.probability(paper.title, paper.abstract, paper.categories)


_UNREAD_WEIGHT = 0.02  # weight of an unread paper as a negative example; few papers have an answer at first
_UNSEEN_AT_MOST = 1500  # unread papers used, spread evenly over the pool, so that fitting again stays quick


class ActiveLearner:
    """Active learner that ranks unread papers. It is trained on papers known to belong and on the answers given; unread
    papers count as weak negative examples.
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
        """The positions of unanswered papers in the pool, most promising first; `answers` maps a position to whether
        its paper belongs.
        """
        unseen = [position for position in self._background if position not in answers]
        rows = [*range(self._known), *(self._known + position for position in [*answers, *unseen])]
        truths = [*[1.0] * self._known, *map(float, answers.values()), *[0.0] * len(unseen)]
        weights = [*[1.0] * (self._known + len(answers)), *[_UNREAD_WEIGHT] * len(unseen)]
        self._coefficients, _ = ridge(self._rows.take(rows), truths, weights, ALPHA, 1e-4, self._coefficients)
        scores = self._rows.times(self._coefficients)[self._known :]
        left = [position for position in range(self._pool) if position not in answers]
        return sorted(left, key=lambda position: (-scores[position], position))
