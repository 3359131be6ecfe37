"""Prefilters: cheap classifiers that estimate the probability that a paper is relevant to a topic, before a language
model is asked.

PREFILTERS maps the name in the configuration to its class: `keywords` gives no probability, `learned` uses a trained
model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.adapters.prefilters.trained import Learned
from watcher.domain.papers.paper import Paper
from watcher.ports import Prefilter, TrainedPrefilter


class KeywordsAlone:
    """The prefilter `keywords`, a stand-in that estimates nothing, so that the topic's keywords alone decide which
    papers go on.
    """

    name = "keywords"
    trained = ""
    usual: Sequence[float] = ()

    def __init__(self, trained: TrainedPrefilter | None = None) -> None:
        del trained

    def probability(self, paper: Paper) -> float | None:
        """Always None: this prefilter estimates no probability."""
        del paper
        return None


PREFILTERS: dict[str, Callable[[TrainedPrefilter | None], Prefilter]] = {"keywords": KeywordsAlone, "learned": Learned}
