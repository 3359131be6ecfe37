"""What screening asks of a prefilter, and of the memory of those that were trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
        ...

    def probability(self, paper: Paper) -> float | None:
        """How likely the paper belongs (0-1), or None when this prefilter has no opinion."""
        ...


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


class PrefilterStore(Protocol):
    """What is remembered of prefilters. Every method is one transaction."""

    def recent_probabilities(self, topic: str, trained: str, limit: int) -> Sequence[float]:
        """What a trained prefilter gave the candidates it screened last; 1 where a core keyword decided."""
        ...

    def taken_in(self, topic: str, limit: int | None = None) -> Sequence[tuple[Paper, date | None, bool | None]]:
        """Every candidate's paper, the day of its announcement, and whether a model found it relevant, where one did;
        newest first, as many as `limit`.
        """
        ...

    def lessons(self, topic: str) -> Sequence[Lesson]:
        """The latest decision on every card, where it is approve or reject, oldest first."""
        ...

    def add_prefilter(self, topic: str, trained: TrainedPrefilter, at: datetime) -> None:
        """Keep a trained prefilter; one of this name stays as it is."""
        ...

    def choose_prefilter(self, topic: str, name: str, reason: str, at: datetime) -> None:
        """Add the choice of a kept prefilter; the latest holds. Raises UsageError if there is none of this name."""
        ...

    def prefilter_in_use(self, topic: str) -> str:
        """The name of the one chosen last; empty when none ever was."""
        ...

    def prefilter(self, topic: str, name: str) -> TrainedPrefilter:
        """A kept prefilter. Raises UsageError if there is none of this name."""
        ...

    def prefilters(self, topic: str) -> Sequence[tuple[str, datetime, dict[str, object]]]:
        """(name, when kept, evidence) of all of them, oldest first."""
        ...
