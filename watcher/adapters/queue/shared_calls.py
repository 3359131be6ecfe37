"""Worker pool over the job queue: distributes model calls to worker processes, and collects their results from the
database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from watcher.adapters.queue.queue import Job, Queue
from watcher.logs import get_logger
from watcher.ports import JobResult, ModelJob, ResultStore

MODEL_CALLS = "model-calls"
_LOOK_SECONDS, _COUNT_SECONDS = 0.05, 1.0  # between looks for results, and for jobs that the queue has lost
_OUTAGE = (
    3  # as in pipeline/workers.py: so many jobs in a row that failed whole are the server's fault, not the papers'
)
_LOST = 3
"""The number of times that a job may be lost before it is left to another run."""

_log = get_logger(__name__)


class RemoteWorkers:
    """Worker pool whose workers are other processes (implements ports.WorkerPool). Jobs go through the queue, results
    come back through the database. Each worker runs `each` jobs at a time.
    """

    def __init__(self, queue: Queue, results: ResultStore, each: int = 1) -> None:
        self._queue = queue
        self._results = results
        self._each = each
        self._sharing: set[int] = set()  # the threads that wait for jobs of theirs

    def capacity(self) -> int:
        return max(1, self._queue.workers() * self._each)

    def map(self, jobs: Sequence[ModelJob], told: Callable[[JobResult], None]) -> Sequence[ModelJob]:
        """Queue the jobs, and wait for the results that workers store in the database, calling `told` with each; return
        the jobs that were lost. After several failures in a row the jobs not begun are withdrawn.
        """
        self._sharing.add(threading.get_ident())
        try:
            return self._share(jobs, told)
        finally:
            self._sharing.discard(threading.get_ident())

    def _share(self, jobs: Sequence[ModelJob], told: Callable[[JobResult], None]) -> Sequence[ModelJob]:
        left = {job.key: job for job in jobs}
        failed_on_end, given_up, put = 0, False, dict.fromkeys(left, 0)
        for result in self._taken(left):  # by those who began under a coordinator that died
            told(result)
        self._put(left.values(), put)
        counted = time.monotonic()
        while left:
            for result in self._taken(left):
                told(result)
                failed_on_end = failed_on_end + 1 if result.failed else 0
            if failed_on_end >= _OUTAGE and not given_up:
                given_up = True
                self._queue.withdraw(left)
            if left and time.monotonic() - counted >= _COUNT_SECONDS:
                counted = time.monotonic()
                gone = left.keys() - self._queue.waiting(left)
                for result in self._taken(left):  # done between the two looks
                    told(result)
                gone &= left.keys()
                lost = [key for key in gone if given_up or put[key] >= _LOST]
                if gone and len(lost) == len(left):
                    break
                self._put([left[key] for key in gone if key not in lost], put)
            if left:
                time.sleep(_LOOK_SECONDS * len(self._sharing))  # together no more often than one alone
        return [] if given_up else list(left.values())

    def _taken(self, left: dict[str, ModelJob]) -> list[JobResult]:
        found = self._results.pop(list(left))
        for key in found:
            del left[key]
        return list(found.values())

    def _put(self, jobs: Iterable[ModelJob], put: dict[str, int]) -> None:
        jobs = list(jobs)
        for job in jobs:
            if put[job.key]:
                _log.warning("a lost job is queued again", job=job.key)
            put[job.key] += 1
        self._queue.put(*map(queued, jobs))


def queued(job: ModelJob) -> Job:
    """Convert a ModelJob (papers to ask a language model about) to the job that the queue stores."""
    now = job.now.isoformat() if job.now else None
    arguments = {"run": job.run, "stage": job.stage, "topic": job.topic, "numbers": list(job.numbers)}
    return Job(MODEL_CALLS, job.key, {**arguments, "now": now})
