"""Requests to arXiv into a slow, steady row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ARXIV_HOSTS = frozenset({"rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"})


class ArxivPace:
    """One request at a time to all of arXiv's hosts together, within this process.

    A turn begins `interval` seconds after the one before ended, so that arXiv too sees requests no closer than that
    whatever the network did to them. The terms (info.arxiv.org/help/api/tou): one request every three seconds and a
    single connection for everything one runs.
    """

    def __init__(
        self,
        interval: float = 3.0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = float("-inf")

    @contextmanager
    def __call__(self, host: str) -> Iterator[None]:
        """A turn at `host`; other hosts than arXiv's never wait."""
        if host not in ARXIV_HOSTS:
            yield
            return
        with self._lock:
            self._sleep(max(0.0, self._free_at - self._monotonic()))
            try:
                yield
            finally:
                self._free_at = self._monotonic() + self._interval
