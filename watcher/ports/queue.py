"""What the line asks of its fellow workers: pieces of a stage's work done by whoever is free, and what they came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from watcher.domain.budget import Cap, Usage
from watcher.domain.prompt import fingerprint


@dataclass(frozen=True, slots=True)
class Piece:
    """The candidates of a topic that one worker takes through a stage for a run; `now` stands in for its clock."""

    run: str
    stage: str
    topic: str
    numbers: tuple[int, ...]
    now: datetime | None = None

    @property
    def key(self) -> str:
        """The same for the same work, on whichever machine it is thought of."""
        return f"{self.run}/{self.stage}/{fingerprint(self.topic, *map(str, sorted(self.numbers)))}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a piece came to, in the terms of a run's report. `done` says whether anything was."""

    counts: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failures: tuple[str, ...] = ()
    cap: Cap | None = None

    @property
    def failed(self) -> bool:
        """Whether it failed as a whole."""
        return bool(self.failures) and not any(self.counts.values())


class Crew(Protocol):
    """The workers of a deployment, this one among them."""

    def hands(self) -> int:
        """How many pieces are done at a time; at least 1."""

    def share(self, pieces: Sequence[Piece], told: Callable[[Tally], None]) -> Sequence[Piece]:
        """Have every piece done, and tell of each as it comes in; gives those that nobody did.

        After three pieces on end that failed as a whole, what nobody has begun is left for another time.
        """
