"""Worker pool over the job queue: splits a stage's work into jobs, and collects their results from the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from watcher.adapters.queue.queue import Errand, Queue
from watcher.logs import get_logger
from watcher.ports import Piece, ResultStore, Tally

MODEL_CALLS = "model-calls"
_LOOK_SECONDS, _COUNT_SECONDS = 0.05, 1.0
_OUTAGE = 3  # as in thread_pool.py: so many whole failures in a row are the server's, not the papers'
_LOST = 3
"""An errand that was lost so many times is not put again in this run."""

_log = get_logger(__name__)


class QueueCrew:
    """Worker pool over a job queue (implements ports.Crew). Each worker runs `each` jobs at a time and stores results
    in the database.
    """

    def __init__(self, queue: Queue, results: ResultStore, each: int = 1) -> None:
        self._queue = queue
        self._results = results
        self._each = each
        self._sharing: set[int] = set()  # the threads that wait for pieces of theirs

    def hands(self) -> int:
        return max(1, self._queue.workers() * self._each)

    def share(self, pieces: Sequence[Piece], told: Callable[[Tally], None]) -> Sequence[Piece]:
        """Queue the jobs and wait for their results, which workers store in the database."""
        self._sharing.add(threading.get_ident())
        try:
            return self._share(pieces, told)
        finally:
            self._sharing.discard(threading.get_ident())

    def _share(self, pieces: Sequence[Piece], told: Callable[[Tally], None]) -> Sequence[Piece]:
        left = {piece.key: piece for piece in pieces}
        failed_on_end, given_up, put = 0, False, dict.fromkeys(left, 0)
        for tally in self._taken(left):  # by those who began under a coordinator that died
            told(tally)
        self._put(left.values(), put)
        counted = time.monotonic()
        while left:
            for tally in self._taken(left):
                told(tally)
                failed_on_end = failed_on_end + 1 if tally.failed else 0
            if failed_on_end >= _OUTAGE and not given_up:
                given_up = True
                self._queue.withdraw(left)
            if left and time.monotonic() - counted >= _COUNT_SECONDS:
                counted = time.monotonic()
                gone = left.keys() - self._queue.waiting(left)
                for tally in self._taken(left):  # done between the two looks
                    told(tally)
                gone &= left.keys()
                lost = [key for key in gone if given_up or put[key] >= _LOST]
                if gone and len(lost) == len(left):
                    break
                self._put([left[key] for key in gone if key not in lost], put)
            if left:
                time.sleep(_LOOK_SECONDS * len(self._sharing))  # together no more often than one alone
        return [] if given_up else list(left.values())

    def _taken(self, left: dict[str, Piece]) -> list[Tally]:
        found = self._results.pop(list(left))
        for key in found:
            del left[key]
        return list(found.values())

    def _put(self, pieces: Iterable[Piece], put: dict[str, int]) -> None:
        pieces = list(pieces)
        for piece in pieces:
            if put[piece.key]:
                _log.warning("a lost job is queued again", job=piece.key)
            put[piece.key] += 1
        self._queue.put(*map(errand_of, pieces))


def errand_of(piece: Piece) -> Errand:
    """Convert a job of the worker pool to the form in which the queue stores it."""
    now = piece.now.isoformat() if piece.now else None
    arguments = {"run": piece.run, "stage": piece.stage, "topic": piece.topic, "numbers": list(piece.numbers)}
    return Errand(MODEL_CALLS, piece.key, {**arguments, "now": now})
