"""Requests to arXiv into a slow, steady row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

ARXIV_HOSTS = frozenset({"rss.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"})

Pace = Callable[[str], None]
"""Called with a host before every request to it; returns when the request may be sent."""


class ArxivPace:
    """One request per `interval` seconds to all of arXiv's hosts together, within this process.

    arXiv's terms (info.arxiv.org/help/api/tou): one request every three seconds for everything one runs.
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

    def __call__(self, host: str) -> None:
        """Return when a request to `host` may leave; other hosts than arXiv's never wait."""
        if host not in ARXIV_HOSTS:
            return
        with self._lock:  # held while sleeping, so that requests leave one by one
            self._sleep(max(0.0, self._free_at - self._monotonic()))
            self._free_at = self._monotonic() + self._interval
