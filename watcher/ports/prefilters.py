"""Port of a prefilter, the trained classifier that screening asks, and the values that training stores about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from watcher.domain.papers.paper import Paper


class Prefilter(Protocol):
    """Classifier of one topic that estimates how likely a paper belongs to it.

    `name` is the kind set in the configuration; `trained` identifies the trained model in use, "" if there is none.
    `usual` are the probabilities it gives typical announced papers, lowest first, from which the threshold is set while
    no paper of the day is known.
    """

    name: str
    trained: str
    usual: Sequence[float]

    def refresh(self) -> None:
        """Load a model that was trained since the last call. Raises ConfigError if it cannot be read."""

    def probability(self, paper: Paper) -> float | None:
        """The probability (0–1) that the paper belongs to the topic; None if the prefilter cannot tell."""


@dataclass(frozen=True, slots=True)
class TrainedPrefilter:
    """A trained prefilter as the database stores it: `content` is its serialized model, `evidence` the figures measured
    for it.
    """

    name: str
    content: bytes
    evidence: dict[str, object]


PrefilterOf = Callable[[str], TrainedPrefilter | None]
"""Gives the trained prefilter in use for a topic's slug, or None where nothing was trained."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A training label from a curator: the paper, and whether the latest decision on its card approved or rejected it."""

    paper: Paper
    announced_at: datetime
    belongs: bool
    at: datetime
