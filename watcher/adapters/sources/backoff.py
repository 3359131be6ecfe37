"""Retries requests that a server refused because of its rate limit, with growing pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import stamina

from watcher.adapters.sources.fetch import XML, DocumentFetcher, Fetcher
from watcher.domain.errors import FeedError, TooManyRequests

PAUSES: Final = (30.0, 60.0, 120.0, 300.0)
"""Seconds between attempts. arXiv's periods of HTTP 429 last from minutes to hours; what is missed is read later from
the other of its two interfaces (feeds and OAI-PMH).
"""

Given = TypeVar("Given")


class RetryingFetcher:
    """Wrapper around a document fetcher that retries after each of the `pauses` (seconds) if the server refuses because
    of its rate limit.

    HTTP 429, or any failure with a Retry-After, is retried. A Retry-After longer than the pause is waited for; if it is
    longer than the longest pause, the request fails.
    """

    def __init__(self, gets: DocumentFetcher, pauses: Sequence[float] = PAUSES) -> None:
        self._gets = gets
        self._pauses = pauses

    def get(self, url: str, *, about: str, media_types: Iterable[str] = XML, remember: bool = False) -> bytes:
        """Download the document at `url`, with retries. Raises FeedError after the last pause, or at once for other
        failures.
        """
        return _with_retries(
            lambda: self._gets.get(url, about=about, media_types=media_types, remember=remember), self._pauses
        )


class RetryingClient:
    """Wrapper around the HTTP client for JSON services (Fetcher.ask) that retries after pauses if the server refuses
    because of its rate limit.
    """

    def __init__(self, fetcher: Fetcher, pauses: Sequence[float]) -> None:
        self._fetcher = fetcher
        self._pauses = pauses

    def __call__(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Send a request to a JSON service (a POST if there is a `body`), with retries, and return the body of the
        response; None for HTTP 404. Raises FeedError.
        """
        return _with_retries(lambda: self._fetcher.ask(url, about=about, body=body, headers=headers), self._pauses)


def _with_retries(act: Callable[[], Given], pauses: Sequence[float]) -> Given:
    longest, left = max(pauses, default=0.0), iter(pauses)

    def wait(error: Exception) -> float | bool:
        """The seconds to wait after a failure; False if the request must not be sent again."""
        wished = error.retry_after if isinstance(error, FeedError) else None
        if wished is None:
            return isinstance(error, TooManyRequests) and next(left, longest)
        return wished <= longest and max(next(left, longest), wished)

    return stamina.RetryingCaller(attempts=len(pauses) + 1, timeout=None)(wait, act)
