"""Port of the worker pool, which distributes model calls as jobs among worker processes and collects their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from watcher.domain.budget import Cap, Usage
from watcher.domain.text import fingerprint


@dataclass(frozen=True, slots=True)
class ModelJob:
    """A job for a worker process: ask the model about some papers of a topic, given by candidate number, for one stage
    of a run. `now` is the time of the run if it is not the present.
    """

    run: str
    stage: str
    topic: str
    numbers: tuple[int, ...]
    now: datetime | None = None

    @property
    def key(self) -> str:
        """The deduplication key of this job: the same for the same work on every machine, so that no job is queued
        twice.
        """
        return f"{self.run}/{self.stage}/{fingerprint(self.topic, *map(str, sorted(self.numbers)))}"


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a worker's job: how many papers each step handled, the tokens used, errors, and the spending cap
    that stopped the job, if one did.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    failures: tuple[str, ...] = ()
    cap: Cap | None = None

    @property
    def failed(self) -> bool:
        """Whether the whole job failed: there are errors and no paper was handled."""
        return bool(self.failures) and not any(self.counts.values())


class WorkerPool(Protocol):
    """All worker processes of a deployment, among which a run distributes its model calls as jobs."""

    def capacity(self) -> int:
        """The number of jobs that all workers together can do at the same time; at least 1."""

    def map(self, jobs: Sequence[ModelJob], told: Callable[[JobResult], None]) -> Sequence[ModelJob]:
        """Run the jobs on the workers and call `told` with each result as it arrives; return the jobs that no worker
        did.

        After three jobs in a row in which everything failed, the jobs not yet begun are withdrawn, because the model
        server is probably down.
        """
