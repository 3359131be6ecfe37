"""Port of the prefilter: the trained classifier that estimates whether a paper belongs to a topic, before a language
model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from watcher.domain.papers.paper import Paper


class Prefilter(Protocol):
    """A classifier of one topic that estimates how likely a paper belongs to it.

    `name` is the kind set in the configuration; `trained` identifies the trained model in use, "" if there is none.
    `usual` are its probabilities for typical announced papers, lowest first, from which the threshold is set as long as
    it has screened too few papers itself.
    """

    name: str
    trained: str
    usual: Sequence[float]

    def probability(self, paper: Paper) -> float | None:
        """The probability (0–1) that the paper belongs to the topic; None if the prefilter cannot tell."""


@dataclass(frozen=True, slots=True)
class TrainedPrefilter:
    """A trained classifier of papers for a topic as stored in a file: `content` is its serialized model, `name` is
    derived from it.
    """

    name: str
    content: bytes
