"""A server's wish for fewer requests into longer and longer pauses, then into giving up: there is another route."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from watcher.adapters.sources.fetch import XML, Gets, TooMany
from watcher.domain.errors import FeedError

PAUSES: Final = (30.0, 60.0, 120.0, 300.0)
"""Seconds. arXiv's waves of HTTP 429 last from minutes to hours; feeds and full list make up for each other."""


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
        for pause in self._pauses:
            try:
                return self._gets.get(url, about=about, media_types=media_types, remember=remember)
            except FeedError as error:
                wished = error.retry_after
                if not (isinstance(error, TooMany) or wished is not None) or (wished or 0) > max(self._pauses):
                    raise
            self._sleep(max(pause, wished or 0))
        return self._gets.get(url, about=about, media_types=media_types, remember=remember)
