"""The `learned` prefilter: gives the probabilities of the topic's trained model, or none if there is no model."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.adapters.prefilters.trained import Trained
from watcher.domain.papers.paper import Paper
from watcher.domain.papers.topic import Topic
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
