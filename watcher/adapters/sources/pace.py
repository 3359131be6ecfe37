"""A throttle for requests to arXiv, for a single process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ARXIV_HOSTS = frozenset({"rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"})


class LocalThrottle:
    """Throttle for one process: one request at a time to all arXiv hosts together, `interval` seconds after the
    previous one ended.

    arXiv's terms (info.arxiv.org/help/api/tou) allow one request every three seconds over a single connection. Counting
    from the end of a request keeps that distance at arXiv's side too, whatever the network delays.
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
        """Context manager for one request to `host`; waits for arXiv's hosts, never for others."""
        if host not in ARXIV_HOSTS:
            yield
            return
        with self._lock:
            self._sleep(max(0.0, self._free_at - self._monotonic()))
            try:
                yield
            finally:
                self._free_at = self._monotonic() + self._interval
