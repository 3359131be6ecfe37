"""What screening asks of a prefilter, and of the memory of those that were trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from watcher.domain.papers.paper import Paper


class Prefilter(Protocol):
    """A learned model of one topic that says how likely a paper belongs.

    `name` is its preset, `trained` names what it has learned so far (empty: nothing). `usual` are the probabilities it
    gave papers as they are announced, lowest first, while nothing of the day is known yet.
    """

    name: str
    trained: str
    usual: Sequence[float]

    def refresh(self) -> None:
        """Take up what was trained meanwhile. Raises ConfigError when it cannot be read."""

    def probability(self, paper: Paper) -> float | None:
        """How likely the paper belongs (0-1), or None when this prefilter has no opinion."""


@dataclass(frozen=True, slots=True)
class TrainedPrefilter:
    """A trained prefilter as it is kept: `content` is its own affair, `evidence` what was measured of it."""

    name: str
    content: bytes
    evidence: dict[str, object]


PrefilterOf = Callable[[str], TrainedPrefilter | None]
"""Gives the trained prefilter in use for a topic's slug, or None where nothing was trained."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a curator's latest decision on a card teaches."""

    paper: Paper
    announced_at: datetime
    belongs: bool
    at: datetime
