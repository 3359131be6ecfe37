"""The prefilter `learned`, which estimates the relevance of papers with a trained model."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.adapters.prefilters.trained import Trained
from watcher.domain.papers.paper import Paper
from watcher.ports import TrainedPrefilter


class Learned:
    """A prefilter that estimates a paper's relevance with the model trained for a topic (implements
    ports.Prefilter).
    """

    name = "learned"

    def __init__(self, trained: TrainedPrefilter | None) -> None:
        """`trained` is the topic's trained model, or None if there is none."""
        self._weights = Trained.load(trained.content, trained.name) if trained else None
        self.trained = trained.name if trained else ""
        self.usual: Sequence[float] = self._weights.usual if self._weights else ()

    def probability(self, paper: Paper) -> float | None:
        if self._weights is None:
            return None
        return self._weights.probability(paper.title, paper.abstract, paper.categories)
