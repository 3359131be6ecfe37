"""Questions of a run that failed -> whether the model still answers: a circuit breaker that tests itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

from watcher.domain.errors import ModelRefused, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.prompt import fingerprint
from watcher.ports import Clock

_IN_A_ROW = 3
"""So many failures with no success between them may be an outage: a harmless question tells."""
_FRESH = timedelta(minutes=10)
"""So long an answer to the harmless question tells that the model answers; a later failure has it asked anew."""

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
"""A paper that every model knows and none refuses; arXiv's metadata is in the public domain (CC0)."""


def harmless(topic: str, run: str, clock: Clock) -> tuple[Candidate, int]:
    """The harmless paper, and the attempt that makes the question about it one of this run and of these minutes: a
    reply from before says nothing about now.
    """
    now = clock()
    attempt = int(fingerprint(run, str(int(now.timestamp() / _FRESH.total_seconds()))), 16) % 2**31
    return Candidate(0, topic, _HARMLESS, AnnounceType.NEW, now), attempt


Harmless = Callable[[], WatcherError | None]
"""Asks the harmless question; gives why there is no answer to it, None where there is one."""


class Health:
    """Whether a model answers, as all questions of one stage of a run tell, whichever topic and thread asked them."""

    def __init__(self) -> None:
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._in_a_row = 0
        self.answers = 0
        self.over: WatcherError | None = None

    def answered(self) -> None:
        """A question got through to an answer that can be used, which was not recorded before."""
        with self._lock:
            self.answers += 1
            self._in_a_row = 0

    def failed(self, error: WatcherError, harmless: Harmless) -> None:
        """Take in a failure. Raises it where it concerns everybody: a refusal of all questions, or where the `harmless`
        question after several failures gets no answer either. What is left is for another run then.
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
        """Whether anything got through since there were so many `answers`; if need be the harmless question is asked. If
        not even that gets through, it is an outage.
        """
        with self._asking:  # one who waited here may have nothing left to ask
            if self.over is not None or (self._in_a_row < _IN_A_ROW if since is None else self.answers > since):
                return self.over is None
            self.over = harmless()
            if self.over is None:
                self.answered()
            return self.over is None
