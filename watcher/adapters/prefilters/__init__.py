"""PREFILTERS: name -> builder. A learned prefilter narrows what keywords let through; `keywords` adds nothing."""

from __future__ import annotations

from collections.abc import Callable

from watcher.domain.paper import Paper
from watcher.domain.topic import Topic
from watcher.ports import Prefilter


class KeywordsAlone:
    """The prefilter without an opinion: what the keywords pass goes on."""

    name = "keywords"

    def probability(self, paper: Paper, topic: Topic) -> float | None:
        """No opinion about any paper."""
        del paper, topic
        return None

    def keeps(self, probability: float | None) -> bool:
        """Everything goes on."""
        return probability is None or probability >= 0


PREFILTERS: dict[str, Callable[[], Prefilter]] = {"keywords": KeywordsAlone}
