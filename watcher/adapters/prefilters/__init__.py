"""PREFILTERS: preset name -> builder. `keywords` has no opinion, `learned` gives what training made of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.adapters.prefilters.learned import Learned
from watcher.domain.paper import Paper
from watcher.domain.topic import Topic
from watcher.ports import Prefilter, PrefilterOf


class KeywordsAlone:
    """The prefilter without an opinion: what the keywords pass goes on."""

    name = "keywords"
    trained = ""
    usual: Sequence[float] = ()

    def __init__(self, topic: Topic, prefilter_of: PrefilterOf) -> None:
        del topic, prefilter_of

    def refresh(self) -> None:
        """Keywords do not learn."""

    def probability(self, paper: Paper) -> float | None:
        """No opinion about any paper."""
        del paper
        return None


PREFILTERS: dict[str, Callable[[Topic, PrefilterOf], Prefilter]] = {"keywords": KeywordsAlone, "learned": Learned}
