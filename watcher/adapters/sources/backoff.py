"""A server's wish for fewer requests into longer and longer pauses, then into giving up: there is another route."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from watcher.adapters.sources.fetch import XML, Fetcher, Gets, TooMany
from watcher.domain.errors import FeedError

PAUSES: Final = (30.0, 60.0, 120.0, 300.0)
"""Seconds. arXiv's waves of HTTP 429 last from minutes to hours; feeds and full list make up for each other."""

Given = TypeVar("Given")


class Patient:
    """Gets documents through `gets`; one refused for now is asked for again after each of the `pauses`.

    A refusal is HTTP 429, or any failure with a stated time to come back. A longer time than the pause is kept to;
    one beyond the longest pause is not waited for.
    """

    def __init__(
        self, gets: Gets, pauses: Sequence[float] = PAUSES, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._gets = gets
        self._pauses = pauses
        self._sleep = sleep

    def get(self, url: str, *, about: str, media_types: Iterable[str] = XML, remember: bool = False) -> bytes:
        """The document at `url`. Raises FeedError once no pause is left, or at once for what waiting cannot mend."""
        return _patiently(
            lambda: self._gets.get(url, about=about, media_types=media_types, remember=remember),
            self._pauses,
            self._sleep,
        )


class PatientAsk:
    """Asks JSON services through a fetcher, as patiently."""

    def __init__(self, fetcher: Fetcher, pauses: Sequence[float], sleep: Callable[[float], None] = time.sleep) -> None:
        self._fetcher = fetcher
        self._pauses = pauses
        self._sleep = sleep

    def __call__(
        self, url: str, *, about: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """What the service answers, None for HTTP 404. Raises FeedError."""
        return _patiently(
            lambda: self._fetcher.ask(url, about=about, body=body, headers=headers), self._pauses, self._sleep
        )


def _patiently(act: Callable[[], Given], pauses: Sequence[float], sleep: Callable[[float], None]) -> Given:
    for pause in pauses:
        try:
            return act()
        except FeedError as error:
            wished = error.retry_after
            if not (isinstance(error, TooMany) or wished is not None) or (wished or 0) > max(pauses):
                raise
        sleep(max(pause, wished or 0))
    return act()
