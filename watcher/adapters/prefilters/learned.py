"""The `learned` preset: the topic's trained prefilter, or no opinion where nothing was trained."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.adapters.prefilters.trained import Trained
from watcher.domain.paper import Paper
from watcher.domain.topic import Topic
from watcher.ports import PrefilterOf


class Learned:
    """Implements ports.Prefilter with the trained prefilter that is in use; `refresh` asks again which."""

    name = "learned"

    def __init__(self, topic: Topic, prefilter_of: PrefilterOf) -> None:
        self._topic = topic
        self._prefilter_of = prefilter_of
        self._weights: Trained | None = None
        self.trained = ""
        self.usual: Sequence[float] = ()
        self.refresh()

    def refresh(self) -> None:
        """Take up what was trained meanwhile. Raises ConfigError when it cannot be read."""
        found = self._prefilter_of(self._topic.slug)
        if found is None or found.name == self.trained:
            return
        self._weights = Trained.load(found.content, found.name)
        self.trained, self.usual = found.name, self._weights.usual

    def probability(self, paper: Paper) -> float | None:
        """How likely the paper belongs (0-1); None where nothing was trained."""
        if self._weights is None:
            return None
        return self._weights.probability(paper.title, paper.abstract, paper.categories)
