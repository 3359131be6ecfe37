"""Circuit breaker for a model: decides from failed requests whether the model still answers, and tests that by a
request about a well-known, harmless paper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

from watcher.domain.errors import ModelRefused, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.text import fingerprint
from watcher.ports import Clock

_IN_A_ROW = 3
"""The number of failures in a row after which a request about a harmless paper tests for an outage."""
_FRESH = timedelta(minutes=10)
"""The time for which an answer to the harmless request shows that the model answers; then it is sent anew."""

_ABSTRACT = (
    "The dominant sequence transduction models are based on complex recurrent or convolutional neural networks in an "
    "encoder-decoder configuration. The best performing models also connect the encoder and decoder through an "
    "attention mechanism. We propose a new simple network architecture, the Transformer, based solely on attention "
    "mechanisms, dispensing with recurrence and convolutions entirely."
)
_HARMLESS = Paper(
    id=PaperId("arxiv", "1706.03762"),
    version=1,
    title_raw="Attention Is All You Need",
    abstract_raw=_ABSTRACT,
    authors_raw="Ashish Vaswani",
    title="Attention Is All You Need",
    abstract=_ABSTRACT,
    authors=("Ashish Vaswani",),
    categories=("cs.CL",),
    url="https://arxiv.org/abs/1706.03762",
    published=date(2017, 6, 12),
)
"""A well-known paper about which no model refuses to answer; arXiv's metadata are in the public domain (CC0)."""


def harmless(topic: str, run: str, clock: Clock) -> tuple[Candidate, int]:
    """A stand-in candidate for testing whether a model answers, made from a well-known paper about which no model
    refuses, and the `attempt` for the request.

    The attempt is new for each run and every few minutes, because a cached reply would not show that the model answers
    now.
    """
    now = clock()
    attempt = int(fingerprint(run, str(int(now.timestamp() / _FRESH.total_seconds()))), 16) % 2**31
    return Candidate(0, topic, _HARMLESS, AnnounceType.NEW, now), attempt


Harmless = Callable[[], WatcherError | None]
"""Sends the request about a harmless paper; returns the error, None if it was answered."""


class Health:
    """State of the circuit breaker for one stage's model: whether it answers, judged by all requests of a run, from all
    topics and threads.
    """

    def __init__(self) -> None:
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._in_a_row = 0
        self.answers = 0
        self.over: WatcherError | None = None

    def answered(self) -> None:
        """Note that the model gave a usable answer that did not come from the cache."""
        with self._lock:
            self.answers += 1
            self._in_a_row = 0

    def failed(self, error: WatcherError, harmless: Harmless) -> None:
        """Note a failed request. After several in a row, `harmless` is called to test by another request whether the
        model answers.

        Raises the error if the model refuses all requests or fails the test too; another run then takes up the
        remaining work.
        """
        with self._lock:
            self._in_a_row += 1
            doubtful = self._in_a_row >= _IN_A_ROW
        if isinstance(error, ModelRefused):
            self.over = error
        elif doubtful:
            self.check(harmless)
        if self.over is not None:
            raise self.over.with_traceback(None)

    def check(self, harmless: Harmless, since: int | None = None) -> bool:
        """Whether the model answers: it has answered since its count of answers was `since` (None: it did not fail
        several times in a row), or it answers the test request sent by `harmless`. If that fails too, an outage is
        recorded.
        """
        with self._asking:  # one who waited here may have nothing left to ask
            if self.over is not None or (self._in_a_row < _IN_A_ROW if since is None else self.answers > since):
                return self.over is None
            self.over = harmless()
            if self.over is None:
                self.answered()
            return self.over is None
